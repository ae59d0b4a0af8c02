--TEST--
phpinfo() shows version, settings and counters of the process, and no secret, not even one in a URL
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: ['dynamodb'], requests: [
    'phpinfo' => function () {
        session_start();
        session_write_close();
        ob_start();
        phpinfo(INFO_MODULES | INFO_CONFIGURATION);
        $info = ob_get_clean();
        $ours = substr($info, strpos($info, "\ndynamosess\n"));
        foreach ([phpversion('dynamosess'), 'dynamosess.table_name', table(), 'requests sent', 'sent again', 'failed for good', getenv('DYNAMOSESS_TEST_ENDPOINT')] as $fact) {
            echo str_contains($ours, $fact) ? '' : "not told: $fact\n";
        }
        echo str_contains($ours, 'secret-of-the-tests') ? "secret shown\n" : "no secret\n";
        var_dump((bool) preg_match('/^Registered save handlers => .*\bdynamodb\b/m', $info));
        var_dump(extension_loaded('dynamosess'), (new ReflectionExtension('dynamosess'))->getClassNames());
    },
    'a password in the endpoint' => [function () {
        ob_start();
        ini_set('dynamosess.endpoint', 'http://me:hush@elsewhere');
        phpinfo(INFO_MODULES);
        echo implode("\n", preg_grep('/^dynamosess\.endpoint|^Problem|hush/', explode("\n", ob_get_clean()))), "\n";
    }, ['dynamosess.endpoint' => 'http://me:hush@localhost']],
]);
?>
--EXPECT--
-- phpinfo --
no secret
bool(true)
bool(true)
array(1) {
  [0]=>
  string(22) "DynamoDbSessionHandler"
}
-- a password in the endpoint --
Problem => dynamosess.endpoint must be an http or https URL without user, path and query, 'http://[hidden]@elsewhere' given; it is not used
dynamosess.endpoint => [hidden]@elsewhere => [hidden]@localhost
