--TEST--
A fatal error while the session is serialized keeps no shutdown function from running
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

class Fails { function __serialize(): array { trigger_error('no', E_USER_ERROR); } }

// With the class it is a shutdown function of PHP's own, registered before, that serializes.
scenario(doors: ['files', 'dynamodb'], settings: WITH_DEPRECATED + ['session.use_strict_mode' => 0], requests: [
    'a page' => function () {
        session_id(id());
        session_start();
        $_SESSION['o'] = new Fails;
        register_shutdown_function(function () { echo "it runs\n"; });
    },
]);
?>
--EXPECT--
it runs
Fatal error: no
