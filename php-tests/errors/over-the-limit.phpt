--TEST--
A session too large for an item is refused with a warning that gives its size, and the stored one stays
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: DYNAMODB_DOORS, requests: [
    'before' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
    },
    'too large, by session_write_close()' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 2;
        $_SESSION['large'] = random_bytes(409600);
        $warnings = warnings_of(fn () => session_write_close());
        // PHP's own warning follows ours.
        echo count($warnings), " warnings\n";
        var_dump((bool) preg_match('/\b409[,.]?6\d\d\b/', $warnings[0]));
        var_dump(str_contains(implode($warnings), id()));
    },
    'the old one is there' => function () {
        echo stored(id()), "\n";
    },
    'too large, at the end of the request' => function () {
        session_id(id());
        session_start();
        $_SESSION['large'] = str_repeat('x', 500_000);
    },
    'the old one is still there' => function () {
        echo stored(id()), "\n";
        session_id(id());
        session_start();
        $_SESSION['n'] = 3;
    },
    'and goes on' => function () {
        echo stored(id()), "\n";
    },
]);
?>
--EXPECT--
-- before --
-- too large, by session_write_close() --
2 warnings
bool(true)
bool(false)
-- the old one is there --
n|i:1;
-- too large, at the end of the request --
Warning: write on table '{table}' in us-east-1 ({endpoint}) failed: the session needs an item of 500131 bytes, DynamoDB's limit is 409600; store less in $_SESSION, or turn on dynamosess.compression; the stored session is unchanged
Warning: Failed to write session data
-- the old one is still there --
n|i:1;
-- and goes on --
n|i:3;
