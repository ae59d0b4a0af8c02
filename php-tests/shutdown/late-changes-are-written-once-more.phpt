--TEST--
A page writes once, with what its shutdown functions have changed; what changes after that is stored at the end of the request
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

class Late
{
    public function __destruct()
    {
        $_SESSION['late'] = 1;
    }
}

/** A page that begins a session, and says what is stored when it leaves. */
function page(string $id): void
{
    session_id($id);
    session_start();
    $_SESSION['n'] = 1;
    ob_start(fn (): string => 'when the page leaves ' . stored($id));
}

website(doors: ['dynamodb'], settings: ['session.use_strict_mode' => 0], pages: [
    'nothing' => fn () => page('nothing' . id()),
    'shutdown-function' => function () {
        page('shutdown-function' . id());
        register_shutdown_function(function () {
            $_SESSION['late'] = 1;
        });
    },
    'destructor' => function () {
        page('destructor' . id());
        $GLOBALS['late'] = new Late;
    },
    'writes' => function () {
        echo DynamoDbSessionHandler::stats()['writes'];
    },
], visit: function (callable $get): void {
    foreach (['nothing', 'shutdown-function', 'destructor'] as $page) {
        $before = (int) $get('writes')[2];
        echo "changed by $page: ", $get($page)[2], ', ';
        echo 'then ', stored($page . id()), ', writes ', (int) $get('writes')[2] - $before, "\n";
    }
});
?>
--EXPECT--
changed by nothing: when the page leaves n|i:1;, then n|i:1;, writes 1
changed by shutdown-function: when the page leaves n|i:1;late|i:1;, then n|i:1;late|i:1;, writes 1
changed by destructor: when the page leaves n|i:1;, then n|i:1;late|i:1;, writes 2
