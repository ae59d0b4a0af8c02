--TEST--
Several sessions in one request do not mix
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario([
    'begun' => function () {
        foreach (['a', 'b', 'c'] as $name) {
            session_id("$name-" . id());
            session_start();
            var_dump($_SESSION);
            $_SESSION['who'] = $name;
            session_write_close();
            $_SESSION = [];
        }
    },
    'continued in another order' => function () {
        foreach (['c', 'a', 'b', 'a'] as $name) {
            session_id("$name-" . id());
            session_start();
            $_SESSION['who'] .= $name;
            session_write_close();
        }
    },
    'stored' => function () {
        echo stored('a-' . id()), ' ', stored('b-' . id()), ' ', stored('c-' . id()), "\n";
    },
]);
?>
--EXPECT--
-- begun --
array(0) {
}
array(0) {
}
array(0) {
}
-- continued in another order --
-- stored --
who|s:3:"aaa"; who|s:2:"bb"; who|s:2:"cc";
