--TEST--
With the endpoint unreachable session_start() returns false with one warning of ours, and nothing is written
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function visit(): void
{
    session_id(id());
    $warnings = warnings_of(function () {
        var_dump(session_start());
    });
    echo implode("\n", $warnings), "\n";
    echo str_contains(implode($warnings), id()) ? "the id is shown\n" : '';
    // The page goes on, and what it does to $_SESSION goes nowhere.
    $_SESSION['n'] = 'overwritten';
}

const CLOSED = ['dynamosess.endpoint' => 'http://127.0.0.1:1', 'dynamosess.max_attempts' => 2, 'dynamosess.connect_timeout' => 1];

scenario(doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0], requests: [
    'before' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
    },
    'unreachable' => ['visit', CLOSED],
    'under strict mode the visitor keeps the id' => [function () {
        visit();
        var_dump(session_id() === id() || session_id() === '');
    }, ['session.use_strict_mode' => 1] + CLOSED],
    'a second start in the request fails at once' => [function () {
        session_id(id());
        @session_start();
        $requests = DynamoDbSessionHandler::stats()['requests'];
        var_dump(@session_start(), DynamoDbSessionHandler::stats()['requests'] - $requests);
    }, CLOSED],
    'a new visitor, whose id needs no read' => [function () {
        $warnings = warnings_of(function () {
            var_dump(session_start());
            $_SESSION['n'] = 1;
            session_write_close();
        });
        echo implode("\n", $warnings), "\n";
    }, ['session.use_strict_mode' => 1] + CLOSED],
    'after' => function () {
        echo stored(id()), "\n";
    },
])
;
?>
--EXPECT--
-- before --
-- unreachable --
bool(false)
GetItem on table '{table}' in us-east-1 (http://127.0.0.1:1) failed: no connection: Connection refused (os error 111) (after 2 attempts); check that the endpoint is reachable from here (route, security group, VPC endpoint, proxy)
session_start(): Failed to read session data: {handler} (path: …)
-- under strict mode the visitor keeps the id --
bool(false)
GetItem on table '{table}' in us-east-1 (http://127.0.0.1:1) failed: no connection: Connection refused (os error 111) (after 2 attempts); check that the endpoint is reachable from here (route, security group, VPC endpoint, proxy)
session_start(): Failed to read session data: {handler} (path: …)
bool(true)
-- a second start in the request fails at once --
bool(false)
int(0)
-- a new visitor, whose id needs no read --
bool(true)
UpdateItem on table '{table}' in us-east-1 (http://127.0.0.1:1) failed: no connection: Connection refused (os error 111) (after 2 attempts); check that the endpoint is reachable from here (route, security group, VPC endpoint, proxy)
Failed to write session data
-- after --
n|i:1;
