--TEST--
use_trans_sid puts the id into links and forms
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(settings: WITH_DEPRECATED + ['session.use_cookies' => 0, 'session.use_only_cookies' => 0, 'session.use_trans_sid' => 1, 'session.use_strict_mode' => 0], requests: [
    'a page' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
        echo '<a href="next.php">next</a> <form action="send.php"></form>', "\n";
        session_write_close();
        echo stored(id()), "\n";
    },
]);
?>
--EXPECT--
<a href="next.php?PHPSESSID={id}">next</a> <form action="send.php"><input type="hidden" name="PHPSESSID" value="{id}" /></form>
n|i:1;
