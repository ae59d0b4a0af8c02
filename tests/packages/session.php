<?php

// One session, by the native module and by the class, in a table of its own: scripts/test-packages runs it in PHPs that
// have not much else.

ini_set('dynamosess.table_name', 'packages-' . getmypid());
ini_set('session.use_cookies', '0');
ini_set('session.cache_limiter', '');
ini_set('session.save_handler', 'dynamodb');
(new DynamoDbSessionHandler())->createTable() || exit("The table was not created\n");

session_start();
$id = session_id();
$_SESSION['visits'] = 1;
session_write_close();

$_SESSION = [];
session_id($id);
session_start();
$_SESSION['visits']++;
session_write_close();

$handler = new DynamoDbSessionHandler();
$handler->open('', session_name());
$stored = $handler->read($id);
$handler->destroy($id) || exit("The session was not destroyed\n");
echo $stored === 'visits|i:2;' ? 'kept' : "Stored: $stored", "\n";
