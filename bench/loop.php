<?php

/* php bench/loop.php SESSION MODE PAGES: so many pages in one process; ro reads the session, rw counts in it. Says how
 * much memory the process has after a tenth of them and at the end, in KB, and fails if a count is lost. */

declare(strict_types=1);

[, $file, $mode, $pages] = $argv;
ini_set('session.use_cookies', '0');
ini_set('session.cache_limiter', '');
ob_start();
session_id("loop$mode" . getmypid());
session_start();
$_SESSION = ['data' => file_get_contents($file), 'count' => 0];
session_write_close();

$memory = fn () => preg_match('/^VmRSS:\s+(\d+)/m', file_get_contents('/proc/self/status'), $found) ? (int) $found[1] : 0;
for ($page = 1; $page <= $pages; $page++) {
    session_start();
    if ($mode === 'rw') {
        $_SESSION['count']++;
    }
    $count = $_SESSION['count'];
    session_write_close();
    if ($count !== ($mode === 'rw' ? $page : 0)) {
        fwrite(STDERR, "page $page: the count is $count\n");
        exit(1);
    }
    if ($page === intdiv((int) $pages, 10)) {
        $early = $memory();
    }
}
fwrite(STDERR, sprintf("%d pages, memory %d KB after a tenth, %d KB at the end\n", $pages, $early ?? 0, $memory()));
