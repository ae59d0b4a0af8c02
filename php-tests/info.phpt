--TEST--
phpinfo() shows version, settings and counters of the process, and no secret
--SKIPIF--
<?php require __DIR__ . '/inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/inc/setup.inc';

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
]);
?>
--EXPECT--
no secret
bool(true)
bool(true)
array(1) {
  [0]=>
  string(22) "DynamoDbSessionHandler"
}
