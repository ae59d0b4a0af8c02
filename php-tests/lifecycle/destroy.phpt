--TEST--
A destroyed session is gone at once, and another may begin under its id in the same request
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(settings: ['session.use_strict_mode' => 0], requests: [
    'before' => function () {
        session_id(id());
        session_start();
        $_SESSION['old'] = 1;
    },
    'destroyed' => function () {
        session_id(id());
        session_start();
        var_dump(session_destroy());
        var_dump(stored(id()));
        // $_SESSION is PHP's to keep, but it is not stored again.
        var_dump($_SESSION);
    },
    'gone' => function () {
        var_dump(stored(id()));
    },
    'destroyed and begun anew' => function () {
        session_id(id());
        session_start();
        $_SESSION['second'] = 2;
        session_destroy();
        session_id(id());
        var_dump(session_start(), $_SESSION);
        $_SESSION['third'] = 3;
    },
    'only the new one is there' => function () {
        echo stored(id()), "\n";
    },
    'destroyed without being stored ever' => function () {
        session_id('fresh-' . id());
        session_start();
        var_dump(session_destroy());
        var_dump(stored('fresh-' . id()));
    },
    'destroyed twice' => function () {
        session_id(id());
        session_start();
        var_dump(session_destroy(), session_destroy());
    },
]);
?>
--EXPECT--
-- before --
-- destroyed --
bool(true)
NULL
array(1) {
  ["old"]=>
  int(1)
}
-- gone --
NULL
-- destroyed and begun anew --
bool(true)
array(0) {
}
-- only the new one is there --
third|i:3;
-- destroyed without being stored ever --
bool(true)
NULL
-- destroyed twice --
Warning: session_destroy(): Trying to destroy uninitialized session
bool(true)
bool(false)
