--TEST--
With a key attribute of another name session_start() returns false and the warning says so
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

scenario(doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0, 'dynamosess.hash_key' => 'key'], requests: [
    'a page' => 'visit',
]);
?>
--EXPECT--
bool(false)
GetItem on table '{table}' in us-east-1 ({endpoint}) failed: ValidationException: the partition key of table '{table}' is not 'key' (S); set dynamosess.hash_key to the table's partition key, or create a table with (new DynamoDbSessionHandler)->createTable()
session_start(): Failed to read session data: {handler} (path: …)
