<?php

/** Creates the demo's table through the extension. All it needs to know comes from the settings. */

declare(strict_types=1);

(new DynamoDbSessionHandler())->createTable();
echo 'The table ', ini_get('dynamosess.table_name'), " is there.\n";
