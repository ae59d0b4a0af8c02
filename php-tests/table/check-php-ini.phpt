--TEST--
check() says where session_start() keeps sessions, and what in php.ini does nothing
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function told(): void
{
    $handler = new DynamoDbSessionHandler(['timeout' => 2]);
    $found = $handler->check();
    $notes = array_filter($found['notes'], fn ($note) => !str_starts_with($note, 'TTL is off'));
    echo 'handler: ', $found['save_handler'], "\n", implode("\n", [...$found['problems'], ...$notes]), "\n";
    preg_match('/^.*Save handler.*$/m', $handler->checkReport(), $row);
    preg_match('/^.+$(?=\s*\z)/m', $handler->checkReport(), $last);
    echo "$row[0]\n$last[0]\n";
}

$redis = ['session.save_path' => 'tcp://10.0.0.5:6379?auth=hush'];
scenario(doors: ['dynamodb'], requests: [
    'all is well' => told(...),
    'no session goes to DynamoDB' => [told(...), ['session.save_handler' => 'files']],
    'unless an object is registered' => [function () {
        (new DynamoDbSessionHandler)->register();
        told();
    }, ['session.save_handler' => 'files']],
    'a save path of another handler is left over' => [told(...), $redis],
    'a save path that was to be ours' => [told(...), ['session.save_path' => 'dynamo://shop']],
    'misspelt names' => [told(...), ['dynamosess.regoin' => 'eu-west-1', 'dynamoses.locking' => 1]],
    'a binary serializer' => [told(...), ['session.serialize_handler' => 'php_binary', 'dynamosess.data_attribute_type' => 'string']],
]);
?>
--EXPECT--
-- all is well --
handler: dynamodb

OK       Save handler  dynamodb
OK: sessions can be kept.
-- no session goes to DynamoDB --
handler: files
session.save_handler is 'files', so session_start() keeps no session in DynamoDB: set session.save_handler = dynamodb in this PHP's configuration, or call register(), unless a framework is given the object
NOTE     Save handler  files
OK for DynamoDbSessionHandler objects; session_start() alone uses another handler: see above.
-- unless an object is registered --
handler: user

OK       Save handler  user
OK: sessions can be kept.
-- a save path of another handler is left over --
handler: dynamodb
session.save_path begins with 'tcp://', which is another handler's and is ignored; take it out
OK       Save handler  dynamodb
OK: sessions can be kept.
-- a save path that was to be ours --
handler: dynamodb
session.save_path begins with 'dynamo:' and is ignored; one with settings of dynamosess begins with 'dynamodb://'
OK       Save handler  dynamodb
1 problem: see above.
-- misspelt names --
handler: dynamodb
php.ini sets 'dynamosess.regoin', which is no setting and does nothing; did you mean 'dynamosess.region'?
php.ini sets 'dynamoses.locking', which is no setting and does nothing; did you mean 'dynamosess.locking'?
OK       Save handler  dynamodb
2 problems: see above.
-- a binary serializer --
handler: dynamodb
session.serialize_handler is 'php_binary': changes that two pages make of one session at the same time are not merged, the last write wins; with php or php_serialize they are
data_attribute_type is 'string' and session.serialize_handler 'php_binary' makes binary data: what is not UTF-8 is written as B, which handlers that read only S cannot read; use php or php_serialize on all servers
OK       Save handler  dynamodb
OK: sessions can be kept.
