--TEST--
The client is kept: twenty pages of one process use one connection
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

website([
    'visit' => function () {
        session_start();
        $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
        session_write_close();
        echo $_SESSION['n'], ' ', DynamoDbSessionHandler::stats()['connections'];
    },
], function (callable $get) {
    $get('visit', 'PHPSESSID=' . id());
    for ($i = 0; $i < 20; $i++) {
        [, , $body] = $get('visit', 'PHPSESSID=' . id());
    }
    echo $body, "\n";
}, doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0]);
?>
--EXPECT--
21 1
