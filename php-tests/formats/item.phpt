--TEST--
A session is one item: key, binary data, expires and gen, and nothing else
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: DYNAMODB_DOORS, settings: ['session.gc_maxlifetime' => 1440, 'session.use_strict_mode' => 0], requests: [
    'begun' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
    },
    'its item' => function () {
        $item = item(id());
        echo $item['id']['S'], ': ', describe($item), "\n";
        // A touch may come late by touch_interval, at most 1/24 of the lifetime: expires is later by as much.
        $left = $item['expires']['N'] - time();
        var_dump($left >= 1440 - 30, $left <= 1440 + 60);
    },
    'an empty one' => function () {
        session_id('empty-' . id());
        session_start();
    },
    'its item has no data' => function () {
        echo describe(item('empty-' . id())), "\n";
    },
    'changed' => function () {
        $before = item(id());
        session_id(id());
        session_start();
        $_SESSION['n'] = 2;
        session_write_close();
        $after = item(id());
        echo describe($after), "\n";
        var_dump($before['gen'] === $after['gen']);
    },
    'destroyed and begun anew under its id' => function () {
        $before = item(id());
        session_id(id());
        session_start();
        session_destroy();
        session_id(id());
        session_start();
        $_SESSION['n'] = 3;
        session_write_close();
        $after = item(id());
        echo describe($after), "\n";
        var_dump($before['gen'] === $after['gen']);
    },
]);
?>
--EXPECT--
-- begun --
-- its item --
PHPSESSID_{id}: data B "n|i:1;", expires N future, gen B 8 bytes, rev B 4 bytes
bool(true)
bool(true)
-- an empty one --
-- its item has no data --
expires N future, gen B 8 bytes, rev B 4 bytes
-- changed --
data B "n|i:2;", expires N future, gen B 8 bytes, rev B 8 bytes
bool(true)
-- destroyed and begun anew under its id --
data B "n|i:3;", expires N future, gen B 8 bytes, rev B 4 bytes
bool(false)
