--TEST--
A session lives for session.gc_maxlifetime as PHP understands it, whichever way it is written
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0, 'dynamosess.touch_interval' => 0], requests: [
    'as they are written' => function () {
        foreach (['1440', '2M', '1k', '0x708', '010', ' 3600 ', '3600.5', '7200s'] as $n => $written) {
            // PHP warns of the last two, and takes what it can.
            @ini_set('session.gc_maxlifetime', $written);
            session_id("$n" . id());
            session_start();
            $_SESSION['n'] = 1;
            session_write_close();
            // Where the clock moves on meanwhile, a second is missing.
            $lives = item("$n" . id())['expires']['N'] - time();
            $php = @ini_parse_quantity($written);
            echo "$written: ", in_array($lives, [$php, $php - 1, $php - 2], true) ? $php : "$lives, not $php", "\n";
        }
    },
]);
?>
--EXPECT--
1440: 1440
2M: 2097152
1k: 1024
0x708: 1800
010: 8
 3600 : 3600
3600.5: 3600
7200s: 7200
