--TEST--
A session is stored before the page's output is flushed, so the next request cannot come too early
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

// An output callback is where the page leaves: what is stored by then, the visitor's next request finds.
scenario(doors: DYNAMODB_DOORS, requests: [
    'a login page of 64 KB' => function () {
        session_id(id());
        ini_set('session.use_strict_mode', 0);
        session_start();
        $_SESSION['user'] = 'zoe';
        ob_start(function (string $page): string {
            return strlen($page) . ' bytes leave, stored: ' . var_export(stored(id()), true);
        });
        echo str_repeat('x', 65536);
    },
]);
?>
--EXPECT--
65536 bytes leave, stored: 'user|s:3:"zoe";'
