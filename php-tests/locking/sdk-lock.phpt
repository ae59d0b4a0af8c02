--TEST--
With locking off a lock of the AWS SDK is neither waited for nor taken away
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: DYNAMODB_DOORS, requests: [
    'a locked session' => function () {
        put_item(id(), ['data' => ['S' => 'n|i:1;'], 'expires' => expires_in(1440), 'lock' => ['N' => '1']]);
        session_id(id());
        session_start();
        $_SESSION['n']++;
        session_write_close();
        $item = item(id());
        echo stored(id()), ' ', json_encode($item['lock'] ?? null), "\n";
    },
]);
?>
--EXPECT--
n|i:2; {"N":"1"}
