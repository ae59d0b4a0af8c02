--TEST--
The class works without session_start(), its methods called in any order and with no open before
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: ['class'], requests: [
    'a session\'s life' => function () {
        $handler = new DynamoDbSessionHandler;
        var_dump($handler->read('a'));
        var_dump($handler->write('a', "any\0bytes\xff"));
        var_dump($handler->read('a') === "any\0bytes\xff");
        var_dump($handler->validateId('a'), $handler->validateId('b'));
        var_dump($handler->updateTimestamp('a', "any\0bytes\xff"));
        var_dump($handler->gc(0));
        var_dump($handler->destroy('a'), $handler->destroy('a'));
        var_dump($handler->read('a'));
        var_dump($handler->close());
        echo describe(item('a', '')), "\n";
    },
    'the session name is empty, so the key is the id' => function () {
        (new DynamoDbSessionHandler)->write('a-key', 'x|i:1;');
        echo describe(item('a-key', '')), "\n";
    },
    'with open, it is the name\'s' => function () {
        $handler = new DynamoDbSessionHandler;
        var_dump($handler->open('', 'NAME'));
        $handler->write('a', 'x|i:1;');
        $handler->close();
        echo describe(item('a', 'NAME')), "\n";
    },
    'writing first, and by two objects in turn' => function () {
        $one = new DynamoDbSessionHandler;
        $two = new DynamoDbSessionHandler;
        $one->write('b', '1');
        $two->write('b', '2');
        var_dump($one->read('b'));
        $one->write('b', '3');
        $two->write('b', '4');
        var_dump($one->read('b'), $two->read('b'));
    },
    'touching what is not there' => function () {
        $handler = new DynamoDbSessionHandler;
        var_dump($handler->updateTimestamp('never', ''));
        var_dump(describe(item('never', '')));
    },
    'close first' => function () {
        $handler = new DynamoDbSessionHandler;
        var_dump($handler->close(), $handler->close(), $handler->open('', ''), $handler->close());
    },
    'an error handler that throws at a warning about a setting' => function () {
        $handler = new DynamoDbSessionHandler;
        $handler->write('kept', 'before');
        ini_set('dynamosess.max_attempts', 'many');
        set_error_handler(fn (int $level, string $message) => throw new ErrorException(strstr($message, 'dynamosess.')));
        foreach (['write' => ['kept', 'after'], 'updateTimestamp' => ['kept', 'after'], 'destroy' => ['kept'], 'read' => ['kept']] as $method => $arguments) {
            echo "$method: ", outcome(fn () => (new DynamoDbSessionHandler)->$method(...$arguments)), "\n";
        }
        echo stored('kept', ''), "\n";
    },
    'ids that are PHP\'s own' => function () {
        $handler = new DynamoDbSessionHandler;
        var_dump(preg_match('/^[0-9a-v]{40}$/', $handler->create_sid()), $handler->create_sid() !== $handler->create_sid());
    },
    'ids of frameworks' => function () {
        $handler = new DynamoDbSessionHandler;
        foreach (['with space', 'slash/dot.', 'ünïcode', str_repeat('x', 2048), 'middle_under_score'] as $id) {
            var_dump($handler->write($id, 'd'), $handler->read($id));
        }
    },
], settings: WITH_DEPRECATED + ['session.sid_length' => 40, 'session.sid_bits_per_character' => 5]);
?>
--EXPECT--
-- a session's life --
string(0) ""
bool(true)
bool(true)
bool(true)
bool(false)
bool(true)
int(0)
bool(true)
bool(true)
string(0) ""
bool(true)
no item
-- the session name is empty, so the key is the id --
data B "x|i:1;", expires N future, gen B 8 bytes, rev B 4 bytes
-- with open, it is the name's --
bool(true)
data B "x|i:1;", expires N future, gen B 8 bytes, rev B 4 bytes
-- writing first, and by two objects in turn --
string(1) "2"
string(1) "4"
string(1) "4"
-- touching what is not there --
bool(true)
string(46) "expires N future, gen B 8 bytes, rev B 4 bytes"
-- close first --
bool(true)
bool(true)
bool(true)
bool(true)
-- an error handler that throws at a warning about a setting --
write: ErrorException: dynamosess.max_attempts must be a whole number from 1 to 20, 'many' given; the default '4' is used
updateTimestamp: ErrorException: dynamosess.max_attempts must be a whole number from 1 to 20, 'many' given; the default '4' is used
destroy: ErrorException: dynamosess.max_attempts must be a whole number from 1 to 20, 'many' given; the default '4' is used
read: ErrorException: dynamosess.max_attempts must be a whole number from 1 to 20, 'many' given; the default '4' is used
before
-- ids that are PHP's own --
int(1)
bool(true)
-- ids of frameworks --
bool(true)
string(1) "d"
bool(true)
string(1) "d"
bool(true)
string(1) "d"
bool(true)
string(1) "d"
bool(true)
string(1) "d"
