--TEST--
The handler can be neither serialized nor cloned
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: ['class'], requests: [
    'tried' => function () {
        $handler = new DynamoDbSessionHandler(['credentials' => ['key' => 'k', 'secret' => 'hidden-from-dumps']]);
        echo outcome(fn () => serialize($handler)), "\n";
        echo outcome(fn () => clone $handler), "\n";
        echo outcome(fn () => unserialize('O:22:"DynamoDbSessionHandler":0:{}')), "\n";
        var_dump($handler);
        echo str_contains(print_r($handler, true) . var_export($handler, true) . json_encode($handler), 'hidden') ? "shown\n" : "hidden\n";
    },
]);
?>
--EXPECTF--
Exception: Serialization of 'DynamoDbSessionHandler' is not allowed
Error: Trying to clone an uncloneable object of class DynamoDbSessionHandler
Exception: Unserialization of 'DynamoDbSessionHandler' is not allowed
object(DynamoDbSessionHandler)#%d (0) {
}
hidden
