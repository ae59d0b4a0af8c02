--TEST--
Memory that runs out while the session is serialized leaves the stored session as it was
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

$requests = [
    'begun' => with(fn () => null),
    'runs out of memory' => with(fn () => str_repeat('x', 1 << 26)),
    'after that' => $look,
];
// The native module serializes once more at the end, which PHP says cannot be done any more.
scenario(doors: ['dynamodb'], settings: ['session.use_strict_mode' => 0, 'memory_limit' => '16M'], requests: $requests);
?>
--EXPECTF--
-- begun --
-- runs out of memory --
Fatal error: Allowed memory size of 16777216 bytes exhausted (tried to allocate %d bytes)%A
-- after that --
n|i:1;object
