--TEST--
Settings are read when a session is opened: a change counts from the next one on
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0], requests: [
    'changed while one is open' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
        ini_set('dynamosess.data_attribute_type', 'string');
        session_write_close();
        echo key(item(id())['data']), "\n";
        session_start();
        $_SESSION['n'] = 2;
        session_write_close();
        echo key(item(id())['data']), "\n";
        ini_restore('dynamosess.data_attribute_type');
        session_start();
        $_SESSION['n'] = 3;
        session_write_close();
        echo key(item(id())['data']), "\n";
    },
]);
?>
--EXPECT--
B
S
B
