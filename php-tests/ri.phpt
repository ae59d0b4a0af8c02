--TEST--
php --ri dynamosess shows what php.ini says, without a request
--SKIPIF--
<?php require __DIR__ . '/inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/inc/setup.inc';

scenario(doors: ['dynamodb'], requests: [
    'shown' => function () {
        $shown = shell_exec(php_command([]) . ' --ri dynamosess');
        foreach (['dynamosess.table_name', table(), 'dynamosess.region'] as $fact) {
            echo str_contains($shown, $fact) ? '' : "not told: $fact\n";
        }
        echo preg_match('/requests.*=> 0/', $shown), "\n";
    },
]);
?>
--EXPECT--
1
