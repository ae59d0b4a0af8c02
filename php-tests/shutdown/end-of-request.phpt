--TEST--
What is put into the session at the very end of a request is stored: shutdown functions, exit, exceptions, fatal errors
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function visit(string $name): void
{
    session_id("$name-" . id());
    session_start();
    $_SESSION['at'] = $name;
}

function stored_as(string $name): void
{
    echo stored("$name-" . id()), "\n";
}

scenario(settings: ['session.use_strict_mode' => 0, 'memory_limit' => '16M'], requests: [
    'shutdown function' => function () {
        visit('shutdown');
        register_shutdown_function(function () {
            $_SESSION['late'] = 1;
        });
    },
    'session begun in a shutdown function' => function () {
        register_shutdown_function(function () {
            visit('begun-late');
        });
    },
    'exit' => function () {
        visit('exit');
        exit(3);
    },
    'uncaught exception' => function () {
        visit('exception');
        throw new Exception('told to the visitor');
    },
    'fatal error' => function () {
        visit('fatal');
        undefined_function();
    },
    'out of memory' => function () {
        visit('memory');
        str_repeat('x', 1 << 26);
    },
    'stored' => function () {
        array_map('stored_as', ['shutdown', 'begun-late', 'exit', 'exception', 'fatal', 'memory']);
    },
]);
?>
--EXPECTF--
-- shutdown function --
-- session begun in a shutdown function --
-- exit --
(exit code 3)
-- uncaught exception --
Fatal error: Uncaught Exception: told to the visitor in %send-of-request.php:%d
Stack trace:
#0 %a
  thrown
-- fatal error --
Fatal error: Uncaught Error: Call to undefined function undefined_function() in %send-of-request.php:%d
Stack trace:
#0 %a
  thrown
-- out of memory --
Fatal error: Allowed memory size of 16777216 bytes exhausted (tried to allocate %d bytes)
-- stored --
at|s:8:"shutdown";late|i:1;
at|s:10:"begun-late";
at|s:4:"exit";
at|s:9:"exception";
at|s:5:"fatal";
at|s:6:"memory";
