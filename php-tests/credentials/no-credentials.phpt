--TEST--
Without credentials no session is opened, and the warning says what to do
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

const NONE = ['AWS_ACCESS_KEY_ID' => null, 'AWS_SECRET_ACCESS_KEY' => null];

scenario(doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0], requests: [
    'a known visitor' => ['visit', [], NONE],
    'a new visitor' => [function () {
        var_dump(@session_start());
    }, [], NONE],
    'half of them' => ['visit', [], ['AWS_SECRET_ACCESS_KEY' => null]],
]);
?>
--EXPECTF--
-- a known visitor --
bool(false)
open failed: no AWS credentials were found (%s); %s set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
session_start(): Failed to initialize storage module: {handler} (path: …)
-- a new visitor --
bool(false)
-- half of them --
bool(false)
open failed: credentials from the environment: AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not; correct what configures this provider, or remove it so that the next one is asked
session_start(): Failed to initialize storage module: {handler} (path: …)
