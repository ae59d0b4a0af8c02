--TEST--
session.auto_start begins the session before the script
--SKIPIF--
<?php require __DIR__ . '/inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/inc/setup.inc';

scenario(doors: ['files', 'dynamodb'], settings: ['session.auto_start' => 1], requests: [
    'first' => function () {
        var_dump(session_status() === PHP_SESSION_ACTIVE);
        remember('visitor', session_id());
        $_SESSION['n'] = 1;
    },
    'stored at the end' => function () {
        echo stored(recall('visitor')), "\n";
    },
]);
?>
--EXPECT--
-- first --
bool(true)
-- stored at the end --
n|i:1;
