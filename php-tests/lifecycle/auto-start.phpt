--TEST--
session.auto_start begins the session before the script, and it is stored before the page's output is flushed
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: ['files', 'dynamodb'], settings: ['session.auto_start' => 1], requests: [
    'first' => function () {
        var_dump(session_status() === PHP_SESSION_ACTIVE);
        remember('visitor', session_id());
        $_SESSION['n'] = 1;
    },
    'stored at the end' => function () {
        echo stored(recall('visitor')), "\n";
    },
    'stored before the page leaves' => function () {
        $_SESSION['n'] = 2;
        ob_start(function (): string {
            return door() === 'files' ? 'n|i:2;' : (string) stored(session_id());
        });
    },
]);
?>
--EXPECT--
-- first --
bool(true)
-- stored at the end --
n|i:1;
-- stored before the page leaves --
n|i:2;
