--TEST--
A page whose lock was taken away by a program that ignores locks, or whose session was destroyed, overwrites nothing
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function begin(): void
{
    session_id(id());
    session_start();
    $_SESSION['n'] = 1;
    session_write_close();
    session_start();
    $_SESSION['n'] = 2;
}

scenario(doors: DYNAMODB_DOORS, settings: ['dynamosess.locking' => 1, 'session.use_strict_mode' => 0], requests: [
    'a write without a look at the lock' => function () {
        begin();
        put_item(id(), ['data' => ['S' => 'n|i:7;']] + array_diff_key(item(id()), ['id' => 0, 'lock' => 0]));
        echo preg_replace('/^.* failed: (.*?);.*$/', '$1', warnings_of(fn () => session_write_close())[0]), "\n";
        echo stored(id()), "\n";
        delete_item(id());
    },
    'a logout' => function () {
        begin();
        delete_item(id());
        echo preg_replace('/^.* failed: (.*?);.*$/', '$1', warnings_of(fn () => session_write_close())[0]), "\n";
        var_dump(item(id()));
    },
]);
?>
--EXPECT--
-- a write without a look at the lock --
lock lost: another request has taken over this session's lock
n|i:7;
-- a logout --
lock lost: the session was destroyed by another request
NULL
