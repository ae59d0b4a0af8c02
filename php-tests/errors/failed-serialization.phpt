--TEST--
A session that cannot be serialized is not written, and the stored one stays
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

class Unserializable
{
    public function __serialize(): array
    {
        throw new LogicException('no');
    }
}

scenario(doors: DYNAMODB_DOORS, requests: [
    'before' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
    },
    'a class that throws' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 2;
        $_SESSION['object'] = new Unserializable;
        try {
            session_write_close();
        } catch (Throwable $thrown) {
            echo get_class($thrown), ': ', $thrown->getMessage(), "\n";
        }
    },
    'a closure, at the end of the request' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 3;
        $_SESSION['closure'] = fn () => 1;
    },
    'the stored one' => function () {
        echo stored(id()), "\n";
    },
]);
?>
--EXPECTF--
==== dynamodb ====
-- before --
-- a class that throws --
Warning: write on table '{table}' in us-east-1 ({endpoint}) failed: an exception is pending, so the session was not serialized whole; the stored session is unchanged; correct what failed to serialize
LogicException: no
-- a closure, at the end of the request --
Fatal error: Uncaught Exception: Serialization of 'Closure' is not allowed in [no active file]:0
Stack trace:
%a
  thrown in [no active file] on line 0
-- the stored one --
n|i:1;
==== class ====
-- before --
-- a class that throws --
LogicException: no
-- a closure, at the end of the request --
Fatal error: Uncaught Exception: Serialization of 'Closure' is not allowed in [no active file]:0
Stack trace:
%a
  thrown in [no active file] on line 0
-- the stored one --
n|i:1;
