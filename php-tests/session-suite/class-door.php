<?php
// Before each test: the session goes to DynamoDB through the class, in place of `files`. Where PHP has already begun the
// session (auto_start), no handler can be set any more, and the test stays as it is; its skip and clean parts need none.
$script = ($_SERVER['SCRIPT_FILENAME'] ?? '') ?: $_SERVER['argv'][0];
if (session_status() === PHP_SESSION_NONE && !preg_match('/\.(skip|clean)\.php$/', $script)) {
    (new DynamoDbSessionHandler)->register();
}
unset($script);
