--TEST--
A session that stays empty, or is emptied, is kept
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario([
    'nothing put in' => function () {
        session_id(id());
        session_start();
    },
    'it exists' => function () {
        var_dump(stored(id()));
    },
    'filled' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
    },
    'and emptied' => function () {
        session_id(id());
        session_start();
        var_dump($_SESSION['n']);
        $_SESSION = [];
    },
    'it still exists' => function () {
        var_dump(stored(id()));
        session_id(id());
        var_dump(session_start(), $_SESSION);
    },
]);
?>
--EXPECT--
-- nothing put in --
-- it exists --
string(0) ""
-- filled --
-- and emptied --
int(1)
-- it still exists --
string(0) ""
bool(true)
array(0) {
}
