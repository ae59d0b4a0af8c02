--TEST--
Without strict mode a session begins under the id that the visitor brings
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(settings: ['session.use_strict_mode' => 0], requests: [
    'first' => function () {
        session_id('chosen-by-the-visitor,' . id());
        session_start();
        echo session_id(), "\n";
        $_SESSION['n'] = 1;
    },
    'second' => function () {
        echo stored('chosen-by-the-visitor,' . id()), "\n";
    },
]);
?>
--EXPECT--
-- first --
chosen-by-the-visitor,{id}
-- second --
n|i:1;
