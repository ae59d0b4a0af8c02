--TEST--
createTable() makes a usable table with TTL, and repeating it is harmless
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: ['class'], requests: [
    'made' => function () {
        $table = table() . '-made';
        $handler = new DynamoDbSessionHandler(['table_name' => $table]);
        var_dump($handler->createTable());
        $made = dynamodb('DescribeTable', ['TableName' => $table])['Table'];
        echo $made['TableStatus'], ' ', json_encode($made['KeySchema']), ' ', json_encode($made['AttributeDefinitions']), ' ',
            $made['BillingModeSummary']['BillingMode'] ?? '', "\n";
        echo json_encode(dynamodb('DescribeTimeToLive', ['TableName' => $table])['TimeToLiveDescription']), "\n";
        var_dump($handler->write('a', 'b'), $handler->read('a'));
    },
    'repeated' => function () {
        $table = table() . '-made';
        $handler = new DynamoDbSessionHandler(['table_name' => $table]);
        var_dump($handler->createTable(), $handler->read('a'));
        dynamodb('DeleteTable', ['TableName' => $table]);
    },
    'with names of its own, provisioned, tagged' => function () {
        $table = table() . '-own';
        $handler = new DynamoDbSessionHandler(['table_name' => $table, 'hash_key' => 'key', 'session_lifetime_attribute' => 'ttl']);
        var_dump($handler->createTable([
            'BillingMode' => 'PROVISIONED',
            'ProvisionedThroughput' => ['ReadCapacityUnits' => 3, 'WriteCapacityUnits' => 2],
            'Tags' => [['Key' => 'team', 'Value' => 'shop']],
            'DeletionProtectionEnabled' => false,
        ]));
        $made = dynamodb('DescribeTable', ['TableName' => $table])['Table'];
        echo json_encode($made['KeySchema']), ' ', $made['ProvisionedThroughput']['ReadCapacityUnits'], ' ',
            $made['ProvisionedThroughput']['WriteCapacityUnits'], "\n";
        echo json_encode(dynamodb('DescribeTimeToLive', ['TableName' => $table])['TimeToLiveDescription']), "\n";
        dynamodb('DeleteTable', ['TableName' => $table]);
    },
    'options that mean nothing' => function () {
        echo outcome(fn () => (new DynamoDbSessionHandler(['table_name' => table() . '-x']))->createTable(['BilingMode' => 'PROVISIONED'])), "\n";
        echo outcome(fn () => (new DynamoDbSessionHandler(['table_name' => table() . '-y']))->createTable(['BillingMode' => 'FREE'])), "\n";
    },
    'a table that is there with another key' => function () {
        var_dump((new DynamoDbSessionHandler(['hash_key' => 'other']))->createTable());
    },
]);
?>
--EXPECTF--
-- made --
bool(true)
ACTIVE [{"AttributeName":"id","KeyType":"HASH"}] [{"AttributeName":"id","AttributeType":"S"}] PAY_PER_REQUEST
{"TimeToLiveStatus":"ENABLED","AttributeName":"expires"}
bool(true)
string(1) "b"
-- repeated --
Notice: DynamoDbSessionHandler::createTable(): table '{table}-made' exists already in us-east-1 and was left as it is
bool(true)
string(1) "b"
-- with names of its own, provisioned, tagged --
bool(true)
[{"AttributeName":"key","KeyType":"HASH"}] 3 2
{"TimeToLiveStatus":"ENABLED","AttributeName":"ttl"}
-- options that mean nothing --
ValueError: DynamoDbSessionHandler::createTable(): Argument #1 ($options) has no option 'BilingMode'; did you mean 'BillingMode'?
ValueError: DynamoDbSessionHandler::createTable(): Argument #1 ($options) option 'BillingMode' must be PAY_PER_REQUEST or PROVISIONED
-- a table that is there with another key --
Warning: createTable on table '{table}' in us-east-1 ({endpoint}): the table exists and its key is id (S), not 'other' (S) alone: set dynamosess.hash_key to 'id', or dynamosess.table_name to another table
bool(false)
