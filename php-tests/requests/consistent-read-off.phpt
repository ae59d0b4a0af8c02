--TEST--
With consistent_read off, "absent" is confirmed by a consistent read
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function requests_for_reading(string $id): int
{
    $handler = new DynamoDbSessionHandler;
    $before = DynamoDbSessionHandler::stats()['requests'];
    $handler->read($id);
    return DynamoDbSessionHandler::stats()['requests'] - $before;
}

function both(): void
{
    put_item('there', ['data' => ['S' => 'x'], 'expires' => expires_in(60)], '');
    put_item('expired', ['data' => ['S' => 'x'], 'expires' => expires_in(-60)], '');
    echo requests_for_reading('there'), requests_for_reading('absent'), requests_for_reading('expired'), "\n";
}

scenario(doors: ['class'], requests: [
    'on' => ['both', ['dynamosess.consistent_read' => 1]],
    'off' => ['both', ['dynamosess.consistent_read' => 0]],
]);
?>
--EXPECT--
-- on --
111
-- off --
122
