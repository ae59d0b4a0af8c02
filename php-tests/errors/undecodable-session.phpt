--TEST--
A session that PHP cannot unserialize is destroyed, as PHP does with its own
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario([
    'before' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
    },
    'read by another serializer' => [function () {
        session_id(id());
        var_dump(@session_start());
        var_dump($_SESSION ?? 'none');
        var_dump(stored(id()));
    }, ['session.serialize_handler' => 'php_serialize']],
]);
?>
--EXPECT--
-- before --
-- read by another serializer --
bool(false)
array(0) {
}
NULL
