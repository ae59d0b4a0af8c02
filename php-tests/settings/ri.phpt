--TEST--
php --ri dynamosess shows what php.ini says, without a request
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: ['dynamodb'], requests: [
    'shown' => function () {
        $shown = shell_exec(php_command(['session.gc_maxlifetime' => 600]) . ' --ri dynamosess');
        foreach (['dynamosess.table_name', table(), 'dynamosess.region'] as $fact) {
            echo str_contains($shown, $fact) ? '' : "not told: $fact\n";
        }
        echo preg_match('/requests.*=> 0/', $shown), "\n";
        // What holds, not what is written: 0 stands for PHP's own lifetime, and touches come often enough for it.
        preg_match_all('/^(session\.save_handler|Problem|session_lifetime|touch_interval|key_prefix|credentials) => .*/m', $shown, $rows);
        echo implode("\n", $rows[0]), "\n";
    },
    'where sessions go, and names in php.ini that are none' => function () {
        foreach (['files', 'dynamodb'] as $handler) {
            $shown = shell_exec(php_command(['session.save_handler' => $handler, 'dynamosess.tablename' => 'x']) . ' --ri dynamosess');
            preg_match_all('/^(session\.save_handler|Problem) => .*/m', $shown, $rows);
            echo implode("\n", $rows[0]), "\n";
        }
    },
]);
?>
--EXPECT--
-- shown --
1
session.save_handler => dynamodb
key_prefix => (not set) [default]
session_lifetime => 600 [session.gc_maxlifetime]
credentials => the provider chain [default]
touch_interval => 25 [default]
-- where sessions go, and names in php.ini that are none --
session.save_handler => files (session_start() keeps no session in DynamoDB)
Problem => php.ini sets 'dynamosess.tablename', which is no setting and does nothing; did you mean 'dynamosess.table_name'?
session.save_handler => dynamodb
Problem => php.ini sets 'dynamosess.tablename', which is no setting and does nothing; did you mean 'dynamosess.table_name'?
