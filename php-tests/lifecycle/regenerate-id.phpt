--TEST--
session_regenerate_id() moves the session to a new id; the old one stays or goes as asked
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario([
    'begun' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
    },
    'regenerated, the old one kept' => function () {
        session_id(id());
        session_start();
        $_SESSION['n']++;
        var_dump(session_regenerate_id());
        $_SESSION['n']++;
        var_dump(session_id() !== id());
        remember('second', session_id());
    },
    'both are there' => function () {
        echo stored(id()), ' ', stored(recall('second')), "\n";
    },
    'regenerated, the old one deleted' => function () {
        session_id(recall('second'));
        session_start();
        var_dump($_SESSION);
        var_dump(session_regenerate_id(true));
        // The deletion does not wait for the end of the request.
        var_dump(stored(recall('second')));
        remember('third', session_id());
    },
    'only the new one is there' => function () {
        var_dump(stored(recall('second')), stored(recall('third')));
    },
    'several times in one request' => function () {
        session_id(recall('third'));
        session_start();
        var_dump(session_regenerate_id(true), session_regenerate_id(), session_regenerate_id(true));
        $_SESSION['last'] = true;
        remember('last', session_id());
    },
    'the last one has it all' => function () {
        echo stored(recall('last')), "\n";
        var_dump(stored(recall('third')));
    },
    'an empty session' => function () {
        session_id('empty-' . id());
        session_start();
        session_regenerate_id(true);
        remember('was empty', session_id());
    },
    'is there under its new id' => function () {
        var_dump(stored('empty-' . id()), stored(recall('was empty')));
    },
]);
?>
--EXPECT--
-- begun --
-- regenerated, the old one kept --
bool(true)
bool(true)
-- both are there --
n|i:2; n|i:3;
-- regenerated, the old one deleted --
array(1) {
  ["n"]=>
  int(3)
}
bool(true)
NULL
-- only the new one is there --
NULL
string(6) "n|i:3;"
-- several times in one request --
bool(true)
bool(true)
bool(true)
-- the last one has it all --
n|i:3;last|b:1;
NULL
-- an empty session --
-- is there under its new id --
NULL
string(0) ""
