--TEST--
Credentials of a callable are made once, and once more when AWS refuses them, for every operation
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

/** A DynamoDB without items that knows the third key only. */
const SERVICE = <<<'PHP'
<?php
header('Content-Type: application/x-amz-json-1.0');
if (!str_contains($_SERVER['HTTP_AUTHORIZATION'], 'Credential=KEY-3/')) {
    http_response_code(400);
    exit('{"__type":"com.amazon.coral.service#ExpiredTokenException","message":"expired"}');
}
$table = ['TableStatus' => 'ACTIVE', 'KeySchema' => [['AttributeName' => 'id', 'KeyType' => 'HASH']],
    'AttributeDefinitions' => [['AttributeName' => 'id', 'AttributeType' => 'S']]];
echo json_encode(match (substr($_SERVER['HTTP_X_AMZ_TARGET'], 18)) {
    'DescribeTable' => ['Table' => $table],
    'DescribeTimeToLive' => ['TimeToLiveDescription' => ['TimeToLiveStatus' => 'ENABLED', 'AttributeName' => 'expires']],
    'Scan' => ['Items' => []],
    default => new stdClass,
});
PHP;

scenario(doors: ['class'], requests: [
    'each operation' => function () {
        $folder = getenv('SCENARIO_FOLDER');
        file_put_contents("$folder/service.php", SERVICE);
        $server = proc_open(
            'exec ' . escapeshellarg(PHP_BINARY) . " -n -S 127.0.0.1:0 $folder/service.php",
            [['file', '/dev/null', 'r'], ['file', "$folder/service.log", 'w'], ['file', "$folder/service.log", 'a']],
            $pipes,
        );
        $endpoint = 'http://127.0.0.1:' . port_in_log("$folder/service.log", $server);
        $operations = ['read' => ['v'], 'write' => ['v', 'n|i:1;'], 'updateTimestamp' => ['w', 'n|i:1;'], 'destroy' => ['v'],
            'validateId' => ['v'], 'createTable' => [], 'garbageCollect' => []];
        foreach ($operations as $method => $arguments) {
            $made = 1;
            $credentials = function () use (&$made) {
                $made++;
                return ['key' => "KEY-$made", 'secret' => 'secret'];
            };
            $handler = new DynamoDbSessionHandler(['endpoint' => $endpoint, 'credentials' => $credentials]);
            echo "$method: ", json_encode(@$handler->$method(...$arguments)), ', ', $made - 1, " made\n";
        }
        proc_terminate($server, 9);
    },
]);
?>
--EXPECT--
read: "", 2 made
write: true, 2 made
updateTimestamp: true, 2 made
destroy: true, 2 made
validateId: false, 2 made
createTable: true, 2 made
garbageCollect: 0, 2 made
