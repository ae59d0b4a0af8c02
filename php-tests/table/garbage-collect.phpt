--TEST--
garbageCollect() deletes the expired sessions that nobody has locked, over all pages, and says how many
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: ['class'], requests: [
    'a mixed table' => function () {
        foreach (range(1, 30) as $i) {
            // 60 KB each: a Scan's page holds 1 MB.
            put_item("expired-$i", ['data' => ['S' => str_repeat('x', 60_000)], 'expires' => expires_in(-$i)]);
        }
        put_item('living', ['data' => ['S' => 'n|i:1;'], 'expires' => expires_in(100)]);
        put_item('without-end', ['data' => ['S' => 'n|i:1;']]);
        put_item('locked-by-ours', ['expires' => expires_in(-5), 'lock' => ['N' => (string) (1000 * (time() + 60))], 'lock_owner' => ['S' => 'x']]);
        put_item('locked-by-the-sdk', ['expires' => expires_in(-5), 'lock' => ['N' => '1']]);
        put_item('lock-ended', ['expires' => expires_in(-5), 'lock' => ['N' => (string) (1000 * (time() - 60))], 'lock_owner' => ['S' => 'x']]);
        put_item('_of_others', ['expires' => expires_in(-5)], '');
        $handler = new DynamoDbSessionHandler(['batch_config' => ['batch_size' => 10]]);
        var_dump($handler->garbageCollect());
        var_dump($handler->garbageCollect());
        $left = array_map(fn ($item) => $item['id']['S'], dynamodb('Scan', ['TableName' => table()])['Items']);
        sort($left);
        echo implode("\n", $left), "\n";
    },
    'PHP\'s own gc deletes nothing' => function () {
        put_item('expired', ['expires' => expires_in(-5)]);
        var_dump((new DynamoDbSessionHandler)->gc(0));
        session_start();
        var_dump(session_gc());
        var_dump(describe(item('expired')));
    },
    'only its own prefix' => function () {
        dynamodb('PutItem', ['TableName' => table(), 'Item' => ['id' => ['S' => 'app-x'], 'expires' => expires_in(-5)]]);
        var_dump((new DynamoDbSessionHandler(['key_prefix' => 'app-']))->garbageCollect());
        var_dump(describe(item('expired')));
    },
]);
?>
--EXPECT--
-- a mixed table --
int(32)
int(0)
PHPSESSID_living
PHPSESSID_locked-by-ours
PHPSESSID_locked-by-the-sdk
PHPSESSID_without-end
-- PHP's own gc deletes nothing --
int(0)
int(0)
string(14) "expires N past"
-- only its own prefix --
int(1)
string(14) "expires N past"
