--TEST--
session_reset() takes back what was changed, session_abort() ends the session without storing
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
    'reset' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 2;
        var_dump(session_reset(), $_SESSION['n']);
        $_SESSION['m'] = 3;
        var_dump(session_reset(), isset($_SESSION['m']));
        $_SESSION['n'] = 4;
    },
    'what was changed after the reset is stored' => function () {
        echo stored(id()), "\n";
    },
    'abort' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 5;
        var_dump(session_abort(), session_status() === PHP_SESSION_NONE);
        session_start();
        var_dump($_SESSION['n']);
        session_abort();
    },
    'what was aborted is not stored' => function () {
        echo stored(id()), "\n";
    },
]);
?>
--EXPECT--
-- before --
-- reset --
bool(true)
int(1)
bool(true)
bool(false)
-- what was changed after the reset is stored --
n|i:4;
-- abort --
bool(true)
bool(true)
int(4)
-- what was aborted is not stored --
n|i:4;
