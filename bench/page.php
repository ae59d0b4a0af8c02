<?php

/* One page of bench/run. mode: none, ro (reads the session), rw (counts in it), new (begins one); work: milliseconds
 * of application before session_start(). Answers "OK" and the count, so that a lost write is seen. */

declare(strict_types=1);

['mode' => $mode, 'work' => $work] = $_GET;
if ($work > 0) {
    usleep((int) $work * 1000);
}
if ($mode === 'none') {
    exit('OK 0');
}
session_start();
if ($mode === 'new') {
    $_SESSION = ['data' => file_get_contents($_SERVER['BENCH_SESSION']), 'count' => 0];
} elseif (strlen($_SESSION['data'] ?? '') < 100) {
    exit('the session is empty');
} elseif ($mode === 'rw') {
    $_SESSION['count']++;
}
echo 'OK ', $_SESSION['count'];
