--TEST--
A shutdown function that another one registers may abort the session, too
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

// Not the class: PHP writes by user handlers before these.
scenario(doors: ['files', 'dynamodb'], settings: ['session.use_strict_mode' => 0], requests: [
    'one that aborts' => function () {
        session_id(id());
        session_start();
        register_shutdown_function(function () {
            register_shutdown_function(session_abort(...));
            $_SESSION['n'] = 1;
        });
    },
    'nothing stored' => fn () => var_dump(stored(id()) ?: null),
]);
?>
--EXPECT--
-- one that aborts --
-- nothing stored --
NULL
