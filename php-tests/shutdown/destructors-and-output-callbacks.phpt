--TEST--
The native module stores what destructors and output callbacks put into the session
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

class Late
{
    public function __destruct()
    {
        $_SESSION['from the destructor'] = 1;
    }
}

// A user-space handler stores from a shutdown function, before both: PHP's own rule, and so the class's.
scenario(doors: ['files', 'dynamodb'], settings: ['session.use_strict_mode' => 0], requests: [
    'an object that lives to the end' => function () {
        session_id('object-' . id());
        session_start();
        $_SESSION['n'] = 1;
        $GLOBALS['late'] = new Late;
    },
    'an object in the session' => function () {
        session_id('inside-' . id());
        session_start();
        $_SESSION['object'] = new Late;
        unset($_SESSION['object']);
    },
    'an output callback' => function () {
        session_id('callback-' . id());
        session_start();
        $_SESSION['n'] = 1;
        ob_start(function (string $output): string {
            $_SESSION['from the callback'] = strlen($output);
            return $output;
        });
        echo "output\n";
    },
    'a shutdown function that another one registers' => function () {
        session_id('nested-' . id());
        session_start();
        $_SESSION['n'] = 1;
        register_shutdown_function(function () {
            register_shutdown_function(function () {
                $_SESSION['from the second'] = 1;
            });
        });
    },
    'stored' => function () {
        foreach (['nested-', 'object-', 'inside-', 'callback-'] as $which) {
            echo stored($which . id()), "\n";
        }
    },
]);
?>
--EXPECT--
-- an object that lives to the end --
-- an object in the session --
-- an output callback --
output
-- a shutdown function that another one registers --
-- stored --
n|i:1;from the second|i:1;
n|i:1;from the destructor|i:1;
from the destructor|i:1;
n|i:1;from the callback|i:7;
