--TEST--
A session that cannot be serialized is not written, and the stored one stays
--SKIPIF--
<?php require __DIR__ . '/inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/inc/setup.inc';

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
            $warnings = warnings_of(fn () => session_write_close());
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

