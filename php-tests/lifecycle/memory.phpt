--TEST--
A long-running process does not grow with the sessions it has had
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function sessions(int $count): void
{
    for ($i = 0; $i < $count; $i++) {
        session_id(id() . ($i % 5));
        session_start();
        $_SESSION['data'] = str_repeat(chr(65 + $i % 26), 20_000);
        session_write_close();
        @session_start();
        session_destroy();
        $_SESSION = [];
    }
}

scenario(doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0], requests: [
    'sessions' => function () {
        sessions(20);
        gc_collect_cycles();
        $before = memory_get_usage();
        sessions(100);
        gc_collect_cycles();
        $grown = memory_get_usage() - $before;
        echo $grown < 4096 ? "not grown\n" : "grown by $grown\n";
    },
    'handlers' => function () {
        $use = function () {
            $handler = new DynamoDbSessionHandler(['credentials' => ['key' => 'local', 'secret' => 'longer-than-any-word'], 'key_prefix' => 'x']);
            $handler->write('x', str_repeat('x', 20_000));
            $handler->read('x');
            @$handler->read('_');
            outcome(fn () => new DynamoDbSessionHandler(['timeout' => 'soon']));
            DynamoDbSessionHandler::stats();
        };
        for ($i = 0; $i < 20; $i++) { $use(); }
        $before = memory_get_usage();
        for ($i = 0; $i < 100; $i++) { $use(); }
        $grown = memory_get_usage() - $before;
        echo $grown < 4096 ? "not grown\n" : "grown by $grown\n";
    },
]);
?>
--EXPECT--
-- sessions --
not grown
-- handlers --
not grown
