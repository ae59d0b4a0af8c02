--TEST--
Output callbacks find in error_get_last() what ended the page, though the session has been encoded meanwhile
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

/** A page whose session makes PHP say something when it encodes it, and what is known of errors when the page leaves. */
function page(): void
{
    session_id(id());
    session_start();
    $_SESSION['n'] = 1;
    $_SESSION[3] = 'PHP skips numeric keys with a notice';
    ob_start(fn (): string => (error_get_last()['message'] ?? 'none') . "\n");
}

// Not the class: its write comes before the page leaves, as all user handlers' writes do, and its notices with it.
scenario(doors: ['files', 'dynamodb'], settings: ['session.use_strict_mode' => 0, 'display_errors' => 0], requests: [
    'no error' => 'page',
    'a notice before' => function () {
        page();
        trigger_error('before');
    },
    'a fatal error' => function () {
        page();
        eval('class Twice {} class Twice {}');
    },
]);
?>
--EXPECTF--
-- no error --
none
-- a notice before --
before
-- a fatal error --
Cannot %s class Twice%S
