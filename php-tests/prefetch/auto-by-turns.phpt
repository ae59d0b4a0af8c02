--TEST--
By itself no session is read ahead of a script that starts one half of the time, or under a lock
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function said(): void
{
    ['prefetched' => $used, 'prefetch_wasted' => $wasted, 'requests' => $requests] = DynamoDbSessionHandler::stats();
    echo "$used used, $wasted wasted, $requests requests\n";
}

website([
    'visit' => function () {
        if (isset($_GET['locking'])) {
            ini_set('dynamosess.locking', '1');
        }
        if (!isset($_GET['nothing'])) {
            session_start(['read_and_close' => true]);
        }
        said();
    },
], function (callable $get) {
    for ($turn = 0; $turn < 30; $turn++) {
        $get('visit', 'PHPSESSID=' . id());
        $text = $get('visit?nothing', 'PHPSESSID=' . id())[2];
    }
    echo $text;
    for ($turn = 0; $turn < 600; $turn++) {
        $text = $get('visit?locking', 'PHPSESSID=' . id())[2];
    }
    echo $text;
}, doors: ['dynamodb'], settings: ['session.use_strict_mode' => 0]);
?>
--EXPECTF--
0 used, 0 wasted, 30 requests
0 used, 0 wasted, %d requests
