--TEST--
The native module can be chosen at run time
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: ['dynamodb'], settings: ['session.save_handler' => 'files', 'session.use_strict_mode' => 0], requests: [
    'by session_module_name()' => function () {
        var_dump(session_module_name('dynamodb'), session_module_name());
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
    },
    'by ini_set()' => function () {
        var_dump(ini_set('session.save_handler', 'dynamodb'));
        session_id(id());
        session_start();
        echo $_SESSION['n'], "\n";
    },
    'by session_start()' => function () {
        session_id(id());
        session_start(['save_handler' => 'dynamodb']);
        echo $_SESSION['n'], "\n";
    },
]);
?>
--EXPECT--
-- by session_module_name() --
string(5) "files"
string(8) "dynamodb"
-- by ini_set() --
string(5) "files"
1
-- by session_start() --
1
