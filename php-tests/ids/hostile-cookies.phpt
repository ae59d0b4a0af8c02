--TEST--
Cookies that no browser would send harm nobody: what `files` refuses is refused alike
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

const DOORS_TESTED = ['files', 'dynamodb'], MODES = [1, 0];
require __DIR__ . '/../inc/hostile-cookies.inc';
?>
--EXPECT--
---- strict mode ----
none: 200 started, clean id, 1
path: 200 started, clean id, 1
CRLF: 200 started, clean id, 1
quotes: 200 started, clean id, 1
12 KB: 200 started, clean id, 1
one too long: 200 started, clean id, 1
empty: 200 started, clean id, 1
array: 200 started, clean id, 1
underscore: 200 started, clean id, 1
UTF-8: 200 started, clean id, 1
deleted: 200 started, clean id, 1
---- without strict mode ----
none: 200 started, clean id, 1
path: 200 failed, id "", 1
    session_start(): Session ID is too long or contains illegal characters. Only the A-Z, a-z, 0-9, "-", and "," characters are allowed
    session_start(): Failed to read session data: {handler} (path: …)
CRLF: 200 started, clean id, 1
quotes: 200 started, clean id, 1
12 KB: 200 failed, id "", 1
    session_start(): Session ID is too long or contains illegal characters. Only the A-Z, a-z, 0-9, "-", and "," characters are allowed
    session_start(): Failed to read session data: {handler} (path: …)
one too long: 200 failed, id "", 1
    session_start(): Session ID is too long or contains illegal characters. Only the A-Z, a-z, 0-9, "-", and "," characters are allowed
    session_start(): Failed to read session data: {handler} (path: …)
empty: 200 started, clean id, 1
array: 200 started, clean id, 1
underscore: 200 failed, id "", 1
    session_start(): Session ID is too long or contains illegal characters. Only the A-Z, a-z, 0-9, "-", and "," characters are allowed
    session_start(): Failed to read session data: {handler} (path: …)
UTF-8: 200 failed, id "", 1
    session_start(): Session ID is too long or contains illegal characters. Only the A-Z, a-z, 0-9, "-", and "," characters are allowed
    session_start(): Failed to read session data: {handler} (path: …)
deleted: 200 started, id "deleted", 1
