--TEST--
Shutdown functions find the session open and may abort it; if one ends the page, the session is stored all the same
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

/** A page that has changed its session when `$at_end` is called. */
function page(callable $at_end, int $step): void
{
    session_id(id());
    session_start();
    $_SESSION['step'] = $step;
    register_shutdown_function($at_end);
    // Never called where `$at_end` ends the page.
    register_shutdown_function(function () {
        echo session_status() === PHP_SESSION_ACTIVE ? "open\n" : "closed\n";
    });
}

$stored = fn () => print(stored(id()));

scenario(settings: ['session.use_strict_mode' => 0], requests: [
    'nothing' => fn () => page(fn () => null, 1),
    'session_abort() after a fatal error' => function () {
        page(function () {
            if (error_get_last()) {
                session_abort();
            }
        }, 2);
        undefined_function();
    },
    'still stored' => $stored,
    'session_destroy() and another session' => function () {
        page(function () {
            session_destroy();
            session_id(id());
            session_start();
            $_SESSION['begun'] = 'anew';
        }, 3);
    },
    'stored anew' => $stored,
    'exit' => fn () => page(fn () => exit, 4),
    'stored after exit' => $stored,
    'an exception' => fn () => page(fn () => throw new Exception('thrown late'), 5),
    'stored after an exception' => $stored,
    'a fatal error' => fn () => page(fn () => eval('class Twice {} class Twice {}'), 6),
    'stored after a fatal error' => $stored,
]);
?>
--EXPECTF--
-- nothing --
open
-- session_abort() after a fatal error --
Fatal error: Uncaught Error: Call to undefined function undefined_function() in %sshutdown-functions.php:%d
Stack trace:
#0 %a
  thrown
closed
-- still stored --
step|i:1;
-- session_destroy() and another session --
open
-- stored anew --
begun|s:4:"anew";
-- exit --
-- stored after exit --
begun|s:4:"anew";step|i:4;
-- an exception --
Fatal error: Uncaught Exception: thrown late in %sshutdown-functions.php:%d
Stack trace:
#0 %a
  thrown
-- stored after an exception --
begun|s:4:"anew";step|i:5;
-- a fatal error --
Fatal error: Cannot %s class Twice%S
-- stored after a fatal error --
begun|s:4:"anew";step|i:6;
