--TEST--
Key, data and expiry attributes may have other names, and tables another key
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: DYNAMODB_DOORS, settings: [
    'session.use_strict_mode' => 0,
    'dynamosess.hash_key' => 'size', // a reserved word in DynamoDB's expressions
    'dynamosess.data_attribute' => 'value',
    'dynamosess.session_lifetime_attribute' => 'ttl',
    'dynamosess.session_lifetime' => '100000',
    'session.gc_maxlifetime' => '1440',
], requests: [
    'such a table' => function () {
        $table = table() . '-' . door();
        create_table($table, 'size');
        ini_set('dynamosess.table_name', $table);
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
        session_write_close();
        session_start();
        $_SESSION['n']++;
        session_write_close();
        $item = dynamodb('GetItem', ['TableName' => $table, 'Key' => ['size' => ['S' => key_of(id())]]])['Item'];
        ksort($item);
        echo implode(' ', array_keys($item)), ' ', base64_decode($item['value']['B']), "\n";
        $left = $item['ttl']['N'] - time();
        var_dump($left > 99_000 && $left <= 100_000 + 60);
        session_start();
        var_dump(session_destroy());
        var_dump(isset(dynamodb('GetItem', ['TableName' => $table, 'Key' => ['size' => ['S' => key_of(id())]]])['Item']));
        dynamodb('DeleteTable', ['TableName' => $table]);
    },
]);
?>
--EXPECT--
gen rev size ttl value n|i:2;
bool(true)
bool(true)
bool(false)
