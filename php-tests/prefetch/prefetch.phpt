--TEST--
With prefetch the session of the cookie is read from the request's start on, once there is a connection
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

/** What has been asked for since the page before. */
function asked(): string
{
    static $names = ['requests', 'reads', 'prefetched'];
    $stats = DynamoDbSessionHandler::stats();
    return implode(', ', array_map(fn ($name) => "$name {$stats[$name]}", $names)) . "\n";
}

website([
    'visit' => function () {
        session_start();
        $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
        session_write_close();
        echo $_SESSION['n'], ': ', asked();
    },
    'another' => function () {
        session_id('another' . id());
        session_start();
        echo json_encode($_SESSION), ': ', asked();
    },
    'late' => function () {
        usleep(300_000);
        session_start();
        echo $_SESSION['n'], ': ', asked();
    },
    'without' => function () {
        echo 'none: ', asked();
        usleep(100_000);
    },
], function (callable $get) {
    $get('visit');
    foreach (['visit', 'visit', 'without', 'visit', 'late', 'another', 'visit'] as $page) {
        echo $page, ' ', $get($page, 'PHPSESSID=' . id())[2];
    }
}, doors: ['dynamodb'], settings: ['session.use_strict_mode' => 0, 'dynamosess.prefetch' => 1]);
?>
--EXPECT--
visit 1: requests 3, reads 2, prefetched 1
visit 2: requests 5, reads 3, prefetched 2
without none: requests 6, reads 3, prefetched 2
visit 3: requests 8, reads 4, prefetched 3
late 3: requests 10, reads 5, prefetched 3
another []: requests 12, reads 6, prefetched 3
visit 4: requests 15, reads 7, prefetched 4
