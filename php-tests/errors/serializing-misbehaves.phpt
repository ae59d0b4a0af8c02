--TEST--
Objects that misbehave while they are serialized at the end of the request harm no more than on files
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

class Misbehaving
{
    public function __construct(private Closure $how) {}

    public function __serialize(): array
    {
        ($this->how)();
        return [];
    }

    public function __unserialize(array $data): void {}
}

// An exception whose trace is the same through every door.
class Quiet extends LogicException
{
    public function __toString(): string
    {
        return 'LogicException: ' . $this->getMessage();
    }
}

function with(Closure $how): Closure
{
    return function () use ($how) {
        session_id(id());
        session_start();
        $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
        $_SESSION['object'] = new Misbehaving($how);
    };
}

$look = fn () => print(stored(id()) === null ? "no session\n" : preg_replace('/object\|.*/', 'object', stored(id())) . "\n");

scenario(settings: ['session.use_strict_mode' => 0, 'memory_limit' => '16M'], requests: [
    'well behaved' => with(fn () => null),
    'stored' => $look,
    'throws' => with(fn () => throw new Quiet('no')),
    'after throwing' => $look,
    'exits' => with(function () { exit; }),
    'after exit' => $look,
    'starts a session' => with(fn () => session_start()),
    'warns' => with(fn () => trigger_error('told once', E_USER_WARNING)),
    'after these' => $look,
]);
?>
--EXPECTF--
-- well behaved --
-- stored --
n|i:1;object
-- throws --
Fatal error: Uncaught LogicException: no
  thrown
-- after throwing --
n|i:1;object
-- exits --
-- after exit --
n|i:1;object
-- starts a session --
Notice: session_start(): Ignoring session_start() because a session is already active
-- warns --
Warning: told once
-- after these --
n|i:3;object
