--TEST--
session_reset() keeps the id of a new session under strict mode
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

$page = function () {
    session_start();
    $id = session_id();
    session_reset();
    echo session_id() === $id ? "same id\n" : "new id\n";
    session_reset();
    $_SESSION['n'] = 1;
    session_write_close();
    echo session_id() === $id ? "same id\n" : "new id\n", stored($id), "\n";
};

scenario(settings: ['session.use_strict_mode' => 1], requests: [
    'without locking' => $page,
    'with locking' => [$page, ['dynamosess.locking' => 1]],
]);
?>
--EXPECT--
-- without locking --
same id
same id
n|i:1;
-- with locking --
same id
same id
n|i:1;
