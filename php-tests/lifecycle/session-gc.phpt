--TEST--
session_gc() and session.gc_probability do no harm
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario([
    'each page collects' => function () {
        session_id(id());
        ini_set('session.use_strict_mode', 0);
        session_start();
        $_SESSION['n'] = 1;
        var_dump(is_int(session_gc()));
    },
    'the living stay' => function () {
        echo stored(id()), "\n";
    },
], settings: ['session.gc_probability' => 1, 'session.gc_divisor' => 1]);
?>
--EXPECT--
-- each page collects --
bool(true)
-- the living stay --
n|i:1;
