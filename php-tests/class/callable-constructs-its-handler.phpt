--TEST--
A credentials callable, or a destructor, that constructs its own handler once more frees nothing that is in use
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function local(): array
{
    return ['key' => 'local', 'secret' => 'secret-of-the-tests'];
}

class Rotating
{
    public ?DynamoDbSessionHandler $handler = null;
    private string $own;

    public function __construct()
    {
        $this->own = str_repeat('own ', 100);
    }

    public function make(): array
    {
        $handler = $this->handler;
        $this->handler = null;
        $handler->__construct(['credentials' => 'local']);
        $junk = [];
        for ($i = 0; $i < 100; $i++) {
            $junk[] = str_repeat(chr(65 + $i % 26), 400);
        }
        echo $this->own === str_repeat('own ', 100) ? "whole\n" : "overwritten\n";
        return local();
    }
}

class Leaving
{
    public static ?DynamoDbSessionHandler $handler = null;

    public function __invoke(): array
    {
        return local();
    }

    public function __destruct()
    {
        if ($handler = self::$handler) {
            self::$handler = null;
            $handler->__construct(['credentials' => 'local']);
        }
        echo "left\n";
    }
}

class Ending
{
    public function make(): array
    {
        session_abort();
        session_set_save_handler(new SessionHandler);
        return local();
    }
}

scenario(doors: ['class'], requests: [
    'a callable' => function () {
        $rotating = new Rotating;
        $handler = new DynamoDbSessionHandler(['credentials' => [$rotating, 'make']]);
        $rotating->handler = $handler;
        unset($rotating);
        var_dump($handler->read('x'));
        var_dump($handler->write('x', 'n|i:1;'), $handler->read('x'));
    },
    'a destructor' => function () {
        $handler = new DynamoDbSessionHandler(['credentials' => new Leaving]);
        Leaving::$handler = $handler;
        $handler->__construct(['credentials' => local(...)]);
        var_dump($handler->read('x'));
    },
    'an object that holds its handler, at the end' => function () {
        $handler = new DynamoDbSessionHandler(['credentials' => new Leaving]);
        Leaving::$handler = $handler;
    },
    'a callable that sets another handler' => function () {
        session_set_save_handler(new DynamoDbSessionHandler(['credentials' => [new Ending, 'make']]));
        session_id(id());
        var_dump(@session_start());
    },
]);
?>
--EXPECT--
-- a callable --
whole
string(0) ""
bool(true)
string(6) "n|i:1;"
-- a destructor --
left
string(6) "n|i:1;"
-- an object that holds its handler, at the end --
left
-- a callable that sets another handler --
bool(false)
