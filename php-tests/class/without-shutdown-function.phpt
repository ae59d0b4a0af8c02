--TEST--
Given to session_set_save_handler() without a shutdown function, the class still stores at the end
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: ['class'], settings: ['session.use_strict_mode' => 0], requests: [
    'without' => function () {
        session_set_save_handler(new DynamoDbSessionHandler, false);
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
    },
    'stored' => function () {
        echo stored(id()), "\n";
    },
]);
?>
--EXPECT--
-- without --
-- stored --
n|i:1;
