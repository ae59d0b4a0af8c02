<?php
// php delete-table.php TABLE...
require __DIR__ . '/dynamodb.inc';
foreach (array_slice($argv, 1) as $table) {
    dynamodb('DeleteTable', ['TableName' => $table]);
}
