--TEST--
By itself a script's session is read ahead once ten pages have shown that the script starts it, whatever its name
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function count_page(): void
{
    $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
    session_write_close();
    ['prefetched' => $used, 'prefetch_wasted' => $wasted, 'requests' => $requests] = DynamoDbSessionHandler::stats();
    echo "{$_SESSION['n']}: $used used, $wasted wasted, $requests requests\n";
}

website([
    'visit' => function () {
        session_name($_GET['name'] ?? 'OWN');
        session_start();
        count_page();
    },
], function (callable $get) {
    $cookies = 'PHPSESSID=foreign; OWN=' . id() . '; OTHER=other' . id();
    for ($page = 1; $page <= 15; $page++) {
        $text = $get('visit', $cookies)[2];
        echo $page >= 12 ? $text : '';
    }
    // A visitor without the cookie; then the script does something else.
    echo $get('visit', 'PHPSESSID=foreign')[2], $get('visit?name=OTHER', $cookies)[2], $get('visit', $cookies)[2];
}, doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0]);
?>
--EXPECT--
12: 0 used, 0 wasted, 24 requests
13: 1 used, 0 wasted, 26 requests
14: 2 used, 0 wasted, 28 requests
15: 3 used, 0 wasted, 30 requests
1: 3 used, 0 wasted, 31 requests
1: 3 used, 1 wasted, 34 requests
16: 3 used, 1 wasted, 36 requests
