--TEST--
Every session serializer's data come back
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function fill(): void
{
    session_id(session_name() . id());
    session_start();
    $_SESSION['n'] = 1;
    $_SESSION['bytes'] = implode('', array_map('chr', range(0, 255)));
    $_SESSION['list'] = [1.5, null, [true]];
}

function look(): void
{
    session_id(session_name() . id());
    session_start();
    var_dump($_SESSION['n'], $_SESSION['bytes'] === implode('', array_map('chr', range(0, 255))), $_SESSION['list'] === [1.5, null, [true]]);
    $_SESSION['n']++;
    session_write_close();
    session_start();
    var_dump($_SESSION['n']);
}

$requests = [];
foreach (['php', 'php_binary', 'php_serialize', ...(extension_loaded('igbinary') ? ['igbinary'] : [])] as $serializer) {
    $settings = ['session.serialize_handler' => $serializer, 'session.name' => strtr($serializer, '_', '-')];
    $requests["$serializer fills"] = ['fill', $settings];
    $requests["$serializer looks"] = ['look', $settings];
}
scenario($requests, settings: ['session.use_strict_mode' => 0]);
?>
--EXPECTF--
-- php fills --
-- php looks --
int(1)
bool(true)
bool(true)
int(2)
-- php_binary fills --
-- php_binary looks --
int(1)
bool(true)
bool(true)
int(2)
-- php_serialize fills --
-- php_serialize looks --
int(1)
bool(true)
bool(true)
int(2)%A
