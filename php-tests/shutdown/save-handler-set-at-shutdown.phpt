--TEST--
Shutdown functions are called once each where one of them sets another save handler
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

// With files PHP itself calls the first one twice, and others not at all.
scenario(doors: ['dynamodb'], settings: ['session.use_strict_mode' => 0], requests: [
    'several, behind another handler' => function () {
        session_id(id());
        session_start();
        register_shutdown_function(function () {
            echo "first\n";
            session_write_close();
            session_set_save_handler(new SessionHandler, true);
            foreach (range(1, 5) as $n) {
                register_shutdown_function(function () use ($n) {
                    echo "$n\n";
                });
            }
        });
    },
]);
?>
--EXPECT--
first
1
2
3
4
5
