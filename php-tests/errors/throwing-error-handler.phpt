--TEST--
Where warnings become exceptions, as frameworks have it, a failure is an exception and nothing worse
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function throw_warnings(): void
{
    set_error_handler(function (int $level, string $message) {
        throw new ErrorException($message, severity: $level);
    });
}

scenario(doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0, 'dynamosess.max_attempts' => 1], requests: [
    'before' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
    },
    'a read that fails' => [function () {
        throw_warnings();
        session_id(id());
        try {
            session_start();
        } catch (ErrorException $thrown) {
            echo 'thrown, ', str_contains($thrown->getMessage(), 'no connection') ? 'ours' : $thrown->getMessage(), "\n";
        }
        var_dump(session_status() === PHP_SESSION_NONE);
    }, ['dynamosess.endpoint' => 'http://127.0.0.1:1']],
    'a write that fails' => function () {
        session_id(id());
        session_start();
        $_SESSION['large'] = str_repeat('x', 500_000);
        throw_warnings();
        try {
            session_write_close();
        } catch (ErrorException $thrown) {
            echo 'thrown, ', str_contains($thrown->getMessage(), '409600') ? 'ours' : $thrown->getMessage(), "\n";
        }
    },
    'a write that fails at the end of the request' => function () {
        session_id(id());
        session_start();
        $_SESSION['large'] = str_repeat('x', 500_000);
        throw_warnings();
    },
    'after' => function () {
        echo stored(id()), "\n";
    },
]);
?>
--EXPECTF--
==== dynamodb ====
-- before --
-- a read that fails --
thrown, ours
bool(true)
-- a write that fails --
thrown, ours
-- a write that fails at the end of the request --
Fatal error: Uncaught ErrorException: write on table '{table}' in us-east-1 ({endpoint}) failed: the session needs an item of 500131 bytes, DynamoDB's limit is 409600; store less in $_SESSION, or turn on dynamosess.compression; the stored session is unchanged in %sthrowing-error-handler.php:%d
Stack trace:
%a
  thrown
-- after --
n|i:1;
==== class ====
-- before --
-- a read that fails --
thrown, ours
bool(true)
-- a write that fails --
thrown, ours
-- a write that fails at the end of the request --
Fatal error: Uncaught ErrorException: write on table '{table}' in us-east-1 ({endpoint}) failed: the session needs an item of 500131 bytes, DynamoDB's limit is 409600; store less in $_SESSION, or turn on dynamosess.compression; the stored session is unchanged in %sthrowing-error-handler.php:%d
Stack trace:
%a
  thrown
-- after --
n|i:1;
