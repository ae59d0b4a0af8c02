--TEST--
Applications with different key prefixes do not accept one another's sessions
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: DYNAMODB_DOORS, requests: [
    'one' => [function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
    }, ['dynamosess.key_prefix' => 'one/', 'session.use_strict_mode' => 0]],
    'two' => [function () {
        session_id(id());
        session_start();
        var_dump(session_id() === id(), $_SESSION);
    }, ['dynamosess.key_prefix' => 'two/', 'session.use_strict_mode' => 1]],
    'one again' => [function () {
        session_id(id());
        session_start();
        var_dump(session_id() === id(), $_SESSION['n']);
    }, ['dynamosess.key_prefix' => 'one/', 'session.use_strict_mode' => 1]],
]);
?>
--EXPECT--
-- one --
-- two --
bool(false)
array(0) {
}
-- one again --
bool(true)
int(1)
