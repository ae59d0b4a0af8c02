--TEST--
The class can be extended, with or without types, and its own methods be called
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

class Counting extends DynamoDbSessionHandler
{
    public array $calls = [];

    public function __construct(private string $what)
    {
        parent::__construct(['key_prefix' => "$what-"]);
    }

    public function open(string $path, string $name): bool
    {
        $this->calls[] = 'open';
        return parent::open($path, $name);
    }

    #[\ReturnTypeWillChange]
    public function read($id)
    {
        $this->calls[] = 'read';
        return strrev(parent::read($id));
    }

    public function write(string $id, string $data): bool
    {
        $this->calls[] = 'write';
        return parent::write($id, strrev($data));
    }
}

class WithoutParentConstructor extends DynamoDbSessionHandler
{
    public function __construct() {}
}

scenario(doors: ['class'], settings: ['session.use_strict_mode' => 0], requests: [
    'counted' => function () {
        $handler = new Counting('mine');
        $handler->register();
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
        session_write_close();
        session_start();
        var_dump($_SESSION);
        session_write_close();
        echo implode(' ', $handler->calls), "\n";
        $item = dynamodb('GetItem', ['TableName' => table(), 'Key' => ['id' => ['S' => 'mine-PHPSESSID_' . id()]]])['Item'];
        echo describe($item), "\n";
    },
    'a constructor that does not call ours' => function () {
        $handler = new WithoutParentConstructor;
        echo outcome(fn () => $handler->read('x')), "\n";
    },
]);
?>
--EXPECT--
-- counted --
array(1) {
  ["n"]=>
  int(1)
}
open read write open read
data B ";1:i|n", expires N future, gen B 8 bytes, rev B 4 bytes
-- a constructor that does not call ours --
''
