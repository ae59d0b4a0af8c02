--TEST--
What cannot be decoded makes the read fail with the reason, and the item stays
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0], requests: [
    'data of another type' => function () {
        put_item(id(), ['data' => ['N' => '42'], 'expires' => expires_in(1440)]);
        session_id(id());
        $warnings = warnings_of(function () {
            var_dump(session_start());
        });
        echo count($warnings), " warnings\n";
        $_SESSION['n'] = 1;
    },
    'still there' => function () {
        echo describe(item(id())), "\n";
    },
    'data of a type that nobody writes' => function () {
        put_item(id(), ['data' => ['L' => [['S' => 'n|i:1;']]], 'expires' => expires_in(1440)]);
        session_id(id());
        echo implode("\n", warnings_of(function () {
            var_dump(session_start());
        })), "\n";
    },
    'a packed session that is cut off' => function () {
        $handler = new DynamoDbSessionHandler(['compression' => 'zstd']);
        $handler->open('', 'PHPSESSID');
        $handler->write(id(), str_repeat('n|i:1;', 1000));
        $item = item(id());
        $item['data']['B'] = base64_encode(substr(base64_decode($item['data']['B']), 0, -3));
        put_item(id(), ['data' => $item['data'], 'expires' => expires_in(1440)]);
        var_dump(@$handler->read(id()));
        session_id(id());
        echo implode("\n", warnings_of(function () {
            var_dump(session_start());
        })), "\n";
        $_SESSION['n'] = 2;
        session_write_close();
        var_dump(item(id())['data'] === $item['data']);
    },
]);
?>
--EXPECT--
-- data of another type --
bool(false)
2 warnings
-- still there --
data N 42, expires N future
-- data of a type that nobody writes --
bool(false)
read on table '{table}' in us-east-1 ({endpoint}) failed: the item's data cannot be decoded: its type is neither B nor S; the item is left as it is; repair it, or delete it, and the visitor begins a new session
session_start(): Failed to read session data: {handler} (path: …)
-- a packed session that is cut off --
bool(false)
bool(false)
read on table '{table}' in us-east-1 ({endpoint}) failed: the item's data cannot be decoded: its zstd frame is broken; the item is left as it is; repair it, or delete it, and the visitor begins a new session
session_start(): Failed to read session data: {handler} (path: …)
bool(true)
