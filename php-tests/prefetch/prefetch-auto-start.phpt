--TEST--
With session.auto_start nothing is read ahead: the session is open before that could begin
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

website([
    'visit' => function () {
        $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
        session_write_close();
        $stats = DynamoDbSessionHandler::stats();
        echo "{$_SESSION['n']}: {$stats['requests']} requests, {$stats['prefetched']} prefetched\n";
    },
], function (callable $get) {
    for ($page = 0; $page < 4; $page++) {
        echo $get('visit', 'PHPSESSID=' . id())[2];
    }
}, doors: ['dynamodb'], settings: ['session.auto_start' => 1, 'dynamosess.prefetch' => 1]);
?>
--EXPECT--
1: 2 requests, 0 prefetched
2: 4 requests, 0 prefetched
3: 6 requests, 0 prefetched
4: 8 requests, 0 prefetched
