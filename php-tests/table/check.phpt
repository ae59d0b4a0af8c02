--TEST--
check() finds what is wrong and says what to do; where nothing is, it says so
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: ['class'], requests: [
    'all is well' => function () {
        $handler = new DynamoDbSessionHandler(['table_name' => table() . '-checked']);
        $handler->createTable();
        $report = $handler->checkReport();
        foreach (['region', 'us-east-1', 'table_name', table() . '-checked', 'expires', 'TTL'] as $fact) {
            echo str_contains($report, $fact) ? '' : "not told: $fact\n";
        }
        var_dump($handler->check()['ok'], $handler->check()['problems']);
        echo str_contains($report . json_encode($handler->check()), 'secret-of-the-tests') ? "secret shown\n" : "no secret\n";
        // Nothing is left behind by its round trip.
        echo dynamodb('Scan', ['TableName' => table() . '-checked'])['Count'], "\n";
    },
    'no TTL, and then no table' => function () {
        $without = (new DynamoDbSessionHandler)->checkReport();
        var_dump((bool) preg_match('/TTL.*(off|not|disabled)/i', $without));
        dynamodb('DeleteTable', ['TableName' => table() . '-checked']);
        $report = (new DynamoDbSessionHandler(['table_name' => table() . '-checked']))->checkReport();
        var_dump(str_contains($report, 'createTable()'));
    },
    'a callable that changes session.save_path' => function () {
        ini_set('session.save_path', 'dynamodb://before?' . str_repeat('x', 200));
        $handler = new DynamoDbSessionHandler(['credentials' => function () {
            ini_set('session.save_path', 'dynamodb://after');
            // Where the former path was is something else now.
            for ($length = 200; $length < 300; $length++) {
                $GLOBALS['other'][] = str_repeat('#', $length);
            }
            return ['key' => 'local', 'secret' => 'local'];
        }]);
        echo $handler->check()['settings']['table_name']['value'], "\n";
    },
    'unreachable' => function () {
        $handler = new DynamoDbSessionHandler(['endpoint' => 'http://127.0.0.1:1', 'max_attempts' => 1]);
        $found = $handler->check();
        var_dump($found['ok'], count($found['problems']), str_contains($found['problems'][0], 'no connection'));
        var_dump(str_contains($handler->checkReport(), 'PROBLEM'));
    },
]);
?>
--EXPECT--
-- all is well --
bool(true)
array(0) {
}
no secret
0
-- no TTL, and then no table --
bool(true)
bool(true)
-- a callable that changes session.save_path --
after
-- unreachable --
bool(false)
int(1)
bool(true)
bool(true)
