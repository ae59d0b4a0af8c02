--TEST--
With no such table session_start() returns false and the warning names the table and what to do
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

scenario(doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0, 'dynamosess.table_name' => 'not-made'], requests: [
    'a page' => 'visit',
    'a new visitor' => function () {
        $warnings = warnings_of(function () {
            var_dump(session_start());
            $_SESSION['n'] = 1;
            session_write_close();
        });
        echo implode("\n", $warnings), "\n";
    },
]);
?>
--EXPECT--
-- a page --
bool(false)
GetItem on table 'not-made' in us-east-1 ({endpoint}) failed: ResourceNotFoundException: table 'not-made' does not exist in us-east-1; create it with (new DynamoDbSessionHandler)->createTable() or check dynamosess.table_name and dynamosess.region
session_start(): Failed to read session data: {handler} (path: …)
-- a new visitor --
bool(true)
UpdateItem on table 'not-made' in us-east-1 ({endpoint}) failed: ResourceNotFoundException: table 'not-made' does not exist in us-east-1; create it with (new DynamoDbSessionHandler)->createTable() or check dynamosess.table_name and dynamosess.region
Failed to write session data
