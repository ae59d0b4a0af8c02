--TEST--
session_create_id() makes ids of the configured kind, with the prefix, that sessions can begin under
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario([
    'ids' => function () {
        var_dump(preg_match('/^[0-9a-v]{26}$/', session_create_id()));
        var_dump(preg_match('/^app-[0-9a-v]{26}$/', session_create_id('app-')));
        var_dump(session_create_id() !== session_create_id());
        var_dump(session_create_id('no;no'));
        remember('made', session_create_id('app-'));
    },
    'a session begins under one' => function () {
        session_id(recall('made'));
        ini_set('session.use_strict_mode', 0);
        session_start();
        $_SESSION['n'] = 1;
        // Another id, made while a session is active, does not disturb it.
        var_dump(session_create_id('x') !== session_id());
        var_dump(session_id() === recall('made'));
    },
    'it is stored' => function () {
        echo stored(recall('made')), "\n";
    },
], settings: WITH_DEPRECATED + ['session.sid_length' => 26, 'session.sid_bits_per_character' => 5]);
?>
--EXPECT--
-- ids --
int(1)
int(1)
bool(true)
Warning: session_create_id(): Prefix cannot contain special characters. Only the A-Z, a-z, 0-9, "-", and "," characters are allowed
bool(false)
-- a session begins under one --
bool(true)
bool(true)
-- it is stored --
n|i:1;
