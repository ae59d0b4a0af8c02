<?php

/* One page of bench/parallel. do: new (begins a session), change (counts in a key of this client's own), counts (changes
 * nothing). work: milliseconds of application while the session is open. Answers "OK" and the sum of all counts; anything
 * else is a page that failed. */

declare(strict_types=1);

['do' => $do, 'work' => $work, 'client' => $client] = $_GET;
set_error_handler(fn (int $level, string $message) => exit($message));
if (!session_start()) {
    exit('there is no session');
}
if ($do === 'new') {
    session_decode(file_get_contents($_SERVER['BENCH_SESSION']));
    $_SESSION['begun'] = true;
} elseif (!isset($_SESSION['begun'])) {
    exit('the session is empty');
} elseif ($do === 'change') {
    usleep((int) $work * 1000);
    $_SESSION["client$client"] = ($_SESSION["client$client"] ?? 0) + 1;
}
$sum = array_sum(array_filter($_SESSION, fn (string $name) => str_starts_with($name, 'client'), ARRAY_FILTER_USE_KEY));
session_write_close();
echo "OK $sum";
