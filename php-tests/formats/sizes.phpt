--TEST--
Sessions of every size up to the limit of an item come back as they were
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

const SIZES = [1, 255, 256, 1023, 1024, 1025, 4095, 4096, 4097, 65535, 65536, 131072, 300000, 409000];

scenario([
    'written' => function () {
        foreach (SIZES as $size) {
            session_id("$size-" . id());
            session_start();
            $_SESSION = ['b' => random_bytes($size)];
            remember("hash of $size", md5($_SESSION['b']));
            session_write_close();
        }
    },
    'read' => function () {
        foreach (SIZES as $size) {
            session_id("$size-" . id());
            session_start();
            if (md5($_SESSION['b']) !== recall("hash of $size")) {
                echo "$size: not what was stored\n";
            }
            session_write_close();
        }
        echo 'all ', count(SIZES), "\n";
    },
], settings: ['session.use_strict_mode' => 0]);
?>
--EXPECT--
-- written --
-- read --
all 14
