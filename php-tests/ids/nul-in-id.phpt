--TEST--
An id with a NUL in it is refused: `files` takes the part before it, by which two cookies would be one session
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: ['dynamodb'], settings: ['session.use_strict_mode' => 0], requests: [
    'refused' => function () {
        $requests = DynamoDbSessionHandler::stats()['requests'];
        session_id("abc\0def");
        var_dump(session_start());
        echo DynamoDbSessionHandler::stats()['requests'] - $requests, " requests\n";
    },
]);
?>
--EXPECT--
Warning: session_start(): Session ID is too long or contains illegal characters. Only the A-Z, a-z, 0-9, "-", and "," characters are allowed
Warning: session_start(): Failed to read session data: {handler} (path: …)
bool(false)
0 requests
