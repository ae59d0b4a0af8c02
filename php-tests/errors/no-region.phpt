--TEST--
Without a region no session is opened, and the warning says where to set one
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

scenario(doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0, 'dynamosess.region' => ''], requests: [
    'a known visitor' => 'visit',
    'a new visitor' => function () {
        var_dump(@session_start());
    },
]);
?>
--EXPECT--
-- a known visitor --
bool(false)
open failed: no region is set; set dynamosess.region, AWS_REGION or the profile's region
session_start(): Failed to initialize storage module: {handler} (path: …)
-- a new visitor --
bool(false)
