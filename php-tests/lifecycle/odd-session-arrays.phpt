--TEST--
$_SESSION may be replaced, referenced or unset
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function begin(): void
{
    session_id(id());
    session_start();
}

$look = function () {
    echo json_encode(stored(id())), "\n";
};

scenario(settings: ['session.use_strict_mode' => 0], requests: [
    'replaced' => function () {
        begin();
        $_SESSION = ['n' => 1];
    },
    'stored 1' => $look,
    'unset' => function () {
        begin();
        unset($_SESSION['n']);
        $_SESSION['m'] = 2;
        unset($GLOBALS['_SESSION']);
    },
    'stored 2' => $look,
    'no array' => function () {
        begin();
        $_SESSION = 'text';
    },
    'stored 3' => $look,
    'a reference' => function () {
        begin();
        $array = ['r' => 1];
        $_SESSION = &$array;
        $array['s'] = 2;
    },
    'stored 4' => $look,
    'session_unset()' => function () {
        begin();
        $_SESSION['t'] = 1;
        session_unset();
    },
    'stored 5' => $look,
    'numeric and special names' => function () {
        begin();
        $_SESSION['a|b'] = 1;
        $_SESSION['!c'] = 2;
        $_SESSION[3] = 3;
        $_SESSION['ok'] = 4;
    },
    'stored 6' => $look,
]);
?>
--EXPECTF--
-- replaced --
-- stored 1 --
"n|i:1;"
-- unset --
-- stored 2 --
"m|i:2;"
-- no array --
-- stored 3 --
"m|i:2;"
-- a reference --
-- stored 4 --
"m|i:2;"
-- session_unset() --
-- stored 5 --
""
-- numeric and special names --%r(\nWarning: Failed to write session data)?%r
-- stored 6 --
""
