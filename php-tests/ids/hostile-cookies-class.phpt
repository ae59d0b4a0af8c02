--TEST--
Cookies that no browser would send get a new id under strict mode, through every door
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

const DOORS_TESTED = ALL_DOORS, MODES = [1];
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
