--TEST--
register() makes the object PHP's handler, and a script that checks the installation is content
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: ['class'], requests: [
    'the check' => function () {
        if (session_module_name() != 'user') { throw new \Exception("not using session handler"); }
        session_start();
        if (! array_key_exists("test", $_SESSION)) $_SESSION["test"] = microtime();
        echo "OK ".(strlen($_SESSION["test"]) > 10 ? 'a time' : 'none'), "\n";
        remember('visitor', session_id());
    },
    'once more' => function () {
        session_id(recall('visitor'));
        session_start();
        var_dump(preg_match('/^0\.\d+ \d+$/', $_SESSION['test']));
    },
    'with a session active' => function () {
        session_start();
        var_dump((new DynamoDbSessionHandler)->register());
    },
    'the handler lives on when its variable is gone' => function () {
        $handler = new DynamoDbSessionHandler(['key_prefix' => 'second-']);
        var_dump($handler->register());
        unset($handler);
        gc_collect_cycles();
        session_id(id());
        ini_set('session.use_strict_mode', 0);
        session_start();
        $_SESSION['n'] = 1;
        session_write_close();
        $item = dynamodb('GetItem', ['TableName' => table(), 'Key' => ['id' => ['S' => 'second-PHPSESSID_' . id()]]])['Item'];
        echo describe($item), "\n";
    },
]);
?>
--EXPECT--
-- the check --
OK a time
-- once more --
int(1)
-- with a session active --
Warning: session_set_save_handler(): Session save handler cannot be changed when a session is active
bool(false)
-- the handler lives on when its variable is gone --
bool(true)
data B "n|i:1;", expires N future, gen B 8 bytes, rev B 4 bytes
