--TEST--
Data that a string attribute cannot hold, or that would be taken for base64, are written as B
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: DYNAMODB_DOORS, settings: ['dynamosess.data_attribute_type' => 'string'], requests: [
    'not UTF-8' => function () {
        session_id(id());
        session_start();
        $_SESSION['b'] = "\xff\x00";
        session_write_close();
        $item = item(id());
        echo key($item['data']), "\n";
        session_start();
        var_dump($_SESSION['b'] === "\xff\x00");
        $_SESSION['b'] = 'text again';
        session_write_close();
        $item = item(id());
        echo key($item['data']), "\n";
    },
    'base64 of the application\'s own' => function () {
        $handler = new DynamoDbSessionHandler;
        // eyJ… as Laravel's encrypted sessions are: base64 throughout, and no serializer's data within.
        foreach ([base64_encode('{"iv":"x","value":"y"}'), base64_encode('n|i:1;'), 'abcd', ''] as $data) {
            $handler->read('own');
            $handler->write('own', $data);
            $item = item('own', '');
            echo key($item['data'] ?? ['none' => 1]), ' ';
            var_dump($handler->read('own') === $data);
        }
    },
]);
?>
--EXPECT--
-- not UTF-8 --
B
bool(true)
S
-- base64 of the application's own --
B bool(true)
B bool(true)
B bool(true)
none bool(true)
