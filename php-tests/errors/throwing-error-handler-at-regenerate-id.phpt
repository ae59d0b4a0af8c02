--TEST--
session_regenerate_id(true) keeps the data though an error handler throws at a warning about a setting
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

// Not with the class: PHP takes an exception in its open() for a failure, when the old session is destroyed already.
scenario(doors: ['dynamodb'], settings: ['session.use_strict_mode' => 0], requests: [
    'regenerate' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
        session_write_close();
        session_start();
        ini_set('dynamosess.timeout', 'soon');
        set_error_handler(fn (int $level, string $message) => throw new ErrorException($message));
        try {
            session_regenerate_id(true);
        } catch (ErrorException $thrown) {
            echo $thrown->getMessage(), "\n";
        }
        remember('new id', session_id());
    },
    'stored' => function () {
        var_dump(stored(id()), stored(recall('new id')));
    },
]);
?>
--EXPECT--
-- regenerate --
dynamosess.timeout must be a number of seconds from 0.01 to 300, 'soon' given; the default '5' is used
-- stored --
NULL
string(6) "n|i:1;"
