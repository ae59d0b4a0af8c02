--TEST--
Where the new session of session_regenerate_id() cannot be opened, PHP throws, and the old one is stored
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0], requests: [
    'a region that is gone' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
        ini_set('dynamosess.region', '');
        echo outcome(fn () => @session_regenerate_id()), "\n";
        var_dump(session_status() === PHP_SESSION_NONE);
    },
    'the old one' => function () {
        echo stored(id()), "\n";
    },
    'deleting, with the endpoint gone' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 2;
        ini_set('dynamosess.endpoint', 'http://127.0.0.1:1');
        ini_set('dynamosess.max_attempts', 1);
        // What is open keeps its settings: the old one is deleted where it is, the new one goes nowhere.
        var_dump(session_regenerate_id(true));
        echo count(warnings_of(fn () => session_write_close())), " warnings\n";
        var_dump(stored(id()));
    },
]);
?>
--EXPECT--
-- a region that is gone --
Error: Failed to open session: {handler} (path: …)
bool(true)
-- the old one --
n|i:1;
-- deleting, with the endpoint gone --
bool(true)
2 warnings
NULL
