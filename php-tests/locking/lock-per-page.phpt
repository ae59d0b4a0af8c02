--TEST--
Locking waits for another page, and ini_set() turns it off for one
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

const SETTINGS = [
    'dynamosess.locking' => 1,
    'dynamosess.max_lock_wait_time' => '0.3',
    'session.use_strict_mode' => 0,
];

scenario(
    doors: DYNAMODB_DOORS,
    settings: SETTINGS,
    requests: [
        'a page' => function () {
            session_id(id());
            session_start();
            $_SESSION['n'] = 1;
            echo isset(item(id())['lock']) ? "locked\n" : "free\n";
            session_write_close();
            echo isset(item(id())['lock']) ? "locked\n" : "free\n";
        },
        'a page and two others meanwhile' => function () {
            session_id(id());
            session_start();
            echo meanwhile('waits', SETTINGS), meanwhile('does not', SETTINGS), isset(item(id())['lock']) ? "locked\n" : "free\n";
            $_SESSION['n'] = 2;
            session_write_close();
            echo meanwhile('waits', SETTINGS);
        },
    ],
    meanwhile: [
        'waits' => function () {
            session_id(id());
            $warnings = warnings_of(fn () => session_start());
            echo preg_replace('/^.* failed: (.* 0\.3)\d* s;.*$/', '$1… s', $warnings[0] ?? 'n is ' . $_SESSION['n']), "\n";
        },
        'does not' => function () {
            ini_set('dynamosess.locking', 0);
            session_id(id());
            session_start();
            echo 'n is ', $_SESSION['n'], "\n";
        },
    ],
);
?>
--EXPECT--
-- a page --
locked
free
-- a page and two others meanwhile --
the session stayed locked by another request for 0.3… s
n is 1
locked
n is 2
