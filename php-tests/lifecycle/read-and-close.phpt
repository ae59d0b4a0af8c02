--TEST--
read_and_close reads and stores nothing
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario([
    'before' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
    },
    'read and closed' => function () {
        session_id(id());
        var_dump(session_start(['read_and_close' => true]));
        var_dump(session_status() === PHP_SESSION_NONE);
        var_dump($_SESSION);
        $_SESSION['n'] = 2;
    },
    'after' => function () {
        echo stored(id()), "\n";
    },
    'a session of nobody read and closed is not begun' => function () {
        session_id('nobody-' . id());
        var_dump(session_start(['read_and_close' => true]));
        var_dump($_SESSION);
    },
    'and after that one' => function () {
        // `files` leaves the empty file that it opened.
        var_dump(in_array(stored('nobody-' . id()), [null, ''], true));
    },
]);
?>
--EXPECT--
-- before --
-- read and closed --
bool(true)
bool(true)
array(1) {
  ["n"]=>
  int(1)
}
-- after --
n|i:1;
-- a session of nobody read and closed is not begun --
bool(true)
array(0) {
}
-- and after that one --
bool(true)
