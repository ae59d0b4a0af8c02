--TEST--
A page costs one read and one write, a new visitor's only a write, an unchanged page only a read
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function requests(callable $page): void
{
    $before = DynamoDbSessionHandler::stats()['requests'];
    $page();
    session_write_close();
    echo DynamoDbSessionHandler::stats()['requests'] - $before, "\n";
    $_SESSION = [];
}

foreach ([0, 1] as $strict) {
    $requests["a new visitor ($strict)"] = [fn () => requests(function () {
        session_start();
        $_SESSION['n'] = 1;
        remember('visitor', session_id());
    }), ['session.use_strict_mode' => $strict]];
    $requests["a changing page ($strict)"] = [fn () => requests(function () {
        session_id(recall('visitor'));
        session_start();
        $_SESSION['n']++;
    }), ['session.use_strict_mode' => $strict]];
    $requests["an unchanged page ($strict)"] = [fn () => requests(function () {
        session_id(recall('visitor'));
        session_start();
    }), ['session.use_strict_mode' => $strict]];
    $requests["regenerated ($strict)"] = [fn () => requests(function () {
        session_id(recall('visitor'));
        session_start();
        session_regenerate_id(true);
        remember('visitor', session_id());
    }), ['session.use_strict_mode' => $strict]];
    $requests["destroyed ($strict)"] = [fn () => requests(function () {
        session_id(recall('visitor'));
        session_start();
        session_destroy();
    }), ['session.use_strict_mode' => $strict]];
}
scenario($requests, doors: DYNAMODB_DOORS);
?>
--EXPECT--
-- a new visitor (0) --
1
-- a changing page (0) --
2
-- an unchanged page (0) --
1
-- regenerated (0) --
3
-- destroyed (0) --
2
-- a new visitor (1) --
1
-- a changing page (1) --
2
-- an unchanged page (1) --
1
-- regenerated (1) --
3
-- destroyed (1) --
2
