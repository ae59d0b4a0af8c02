<?php

/** Creates a table through the extension. All it needs to know comes from the settings. Ends with 1 if there is none. */

declare(strict_types=1);

// That the table exists already is worth a line here, not a notice with file and line.
$there = false;
set_error_handler(function (int $level, string $message) use (&$there): bool {
    $there = true;
    echo preg_replace('/^\S+\(\): /', '', $message), "\n";
    return true;
}, E_NOTICE | E_USER_NOTICE);

if (!(new DynamoDbSessionHandler())->createTable()) {
    exit(1);
}
if (!$there) {
    echo 'table ', ini_get('dynamosess.table_name'), " is created\n";
}
