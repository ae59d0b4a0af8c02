--TEST--
Ids of every length and alphabet that PHP offers are sessions' ids
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function begin(): void
{
    session_start();
    $id = session_id();
    $_SESSION['n'] = 1;
    session_write_close();
    echo strlen($id), ' ', stored($id), ' ';
    session_id($id);
    session_start();
    var_dump($_SESSION === ['n' => 1]);
}

// A file name cannot be as long as a session id may be.
scenario(doors: DYNAMODB_DOORS, settings: WITH_DEPRECATED, requests: [
    'shortest' => ['begin', ['session.sid_length' => 22, 'session.sid_bits_per_character' => 4]],
    '5 bits' => ['begin', ['session.sid_length' => 100, 'session.sid_bits_per_character' => 5]],
    'longest' => ['begin', ['session.sid_length' => 256, 'session.sid_bits_per_character' => 6]],
    'brought along, and strict' => [function () {
        session_id(str_repeat('a,-Z', 64));
        begin();
    }, ['session.use_strict_mode' => 0]],
]);
?>
--EXPECT--
-- shortest --
22 n|i:1; bool(true)
-- 5 bits --
100 n|i:1; bool(true)
-- longest --
256 n|i:1; bool(true)
-- brought along, and strict --
256 n|i:1; bool(true)
