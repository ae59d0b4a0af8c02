--TEST--
Two handlers with settings of their own do not mix
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: ['class'], requests: [
    'two prefixes, two types' => function () {
        $one = new DynamoDbSessionHandler(['key_prefix' => 'one-', 'data_attribute_type' => 'string']);
        $two = new DynamoDbSessionHandler(['key_prefix' => 'two-']);
        $one->open('', 'S');
        $two->open('', 'S');
        var_dump($one->read('x'), $two->read('x'));
        var_dump($one->write('x', 'from one'), $two->write('x', 'from two'));
        var_dump($one->read('x'), $two->read('x'));
        $one->destroy('x');
        var_dump($one->read('x'), $two->read('x'));
    },
    'beside PHP\'s own session' => function () {
        $other = new DynamoDbSessionHandler(['key_prefix' => 'other-']);
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
        $other->open('', 'PHPSESSID');
        $other->write(id(), 'elsewhere');
        $other->close();
        session_write_close();
        $other->open('', 'PHPSESSID');
        echo stored(id()), ' ', $other->read(id()), "\n";
    },
], settings: ['session.use_strict_mode' => 0]);
?>
--EXPECT--
-- two prefixes, two types --
string(0) ""
string(0) ""
bool(true)
bool(true)
string(8) "from one"
string(8) "from two"
string(0) ""
string(8) "from two"
-- beside PHP's own session --
n|i:1; elsewhere
