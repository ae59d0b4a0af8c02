--TEST--
A page that starts no session costs nothing: no thread, no connection, no request
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

/** Threads of this process, and what it has done. */
function held(): string
{
    $stats = DynamoDbSessionHandler::stats();
    return 'threads ' . count(glob('/proc/self/task/*')) . ", connections {$stats['connections']}, requests {$stats['requests']}\n";
}

scenario(doors: DYNAMODB_DOORS, settings: ['dynamosess.prefetch' => 1], requests: [
    'nothing is begun' => function () {
        echo held();
    },
    'a session is one connection and no thread' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
        session_write_close();
        echo held();
    },
]);
?>
--EXPECT--
-- nothing is begun --
threads 1, connections 0, requests 0
-- a session is one connection and no thread --
threads 1, connections 1, requests 2
