--TEST--
Objects that were not constructed as usual do no harm
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: ['class'], requests: [
    'without constructor' => function () {
        $handler = (new ReflectionClass('DynamoDbSessionHandler'))->newInstanceWithoutConstructor();
        echo outcome(fn () => $handler->write('x', 'y')), ' ', outcome(fn () => $handler->read('x')), "\n";
    },
    'constructed twice' => function () {
        $handler = new DynamoDbSessionHandler(['key_prefix' => 'a']);
        $handler->__construct(['key_prefix' => 'b']);
        echo outcome(fn () => $handler->write('y', 'z')), ' ', outcome(fn () => $handler->read('y')), "\n";
    },
    'arguments of other types' => function () {
        $handler = new DynamoDbSessionHandler;
        echo outcome(fn () => $handler->write(7, 8)), ' ', outcome(fn () => $handler->read(7)), "\n";
        echo outcome(fn () => $handler->read([])), "\n";
        echo outcome(fn () => $handler->read()), "\n";
    },
]);
?>
--EXPECT--
-- without constructor --
true 'y'
-- constructed twice --
true 'z'
-- arguments of other types --
true '8'
TypeError: DynamoDbSessionHandler::read(): Argument #1 ($id) must be of type string, array given
ArgumentCountError: DynamoDbSessionHandler::read() expects exactly 1 argument, 0 given
