--TEST--
stats('shared') and metrics() have what all processes of a PHP have done, also those that were killed; stats() has its own
--EXTENSIONS--
pcntl
posix
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

/** A worker's page; $end ends the process as it likes. */
function worker(string $name, callable $end): void
{
    $child = pcntl_fork();
    if ($child === 0) {
        ob_end_clean();
        session_id("$name-" . id());
        session_start();
        $_SESSION['n'] = 1;
        session_write_close();
        $end();
    }
    pcntl_waitpid($child, $status);
}

function series(string $pattern): string
{
    return implode("\n", preg_grep("/^$pattern/", explode("\n", DynamoDbSessionHandler::metrics()))) . "\n";
}

scenario(doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0], requests: [
    'three workers' => function () {
        worker('a', fn () => posix_kill(posix_getpid(), SIGKILL));
        worker('b', fn () => pcntl_exec('/bin/true'));
        worker('c', fn () => exit);
        [$own, $all] = [DynamoDbSessionHandler::stats(), DynamoDbSessionHandler::stats('shared')];
        echo "own: {$own['reads']} reads, {$own['writes']} writes; all: {$all['reads']} reads, {$all['writes']} writes, {$all['connections']} connections\n";
        echo array_keys($own) === array_keys($all) ? "the same names\n" : "other names\n";
        echo DynamoDbSessionHandler::stats('process') === DynamoDbSessionHandler::stats() ? "process is the default\n" : "wrong\n";
        echo series('dynamosess_(reads|writes)_total|dynamosess_(read|write|lock_wait|connect)_duration_seconds_count');
    },
    'the format' => function () {
        echo series('dynamosess_build_info'), series('# \w+ dynamosess_read_duration');
    },
    'a mistake' => function () {
        echo outcome(fn () => DynamoDbSessionHandler::stats('all')), "\n";
    },
]);
?>
--EXPECTF--
-- three workers --
own: 0 reads, 0 writes; all: 3 reads, 3 writes, 3 connections
the same names
process is the default
dynamosess_reads_total 3
dynamosess_writes_total 3
dynamosess_read_duration_seconds_count 3
dynamosess_write_duration_seconds_count 3
dynamosess_lock_wait_duration_seconds_count 0
dynamosess_connect_duration_seconds_count 3
-- the format --
dynamosess_build_info{version="%d.%d.%d"} 1
# HELP dynamosess_read_duration_seconds how long it took to read a session: GetItem with its retries; of one read ahead, what was left to wait
# TYPE dynamosess_read_duration_seconds histogram
-- a mistake --
ValueError: DynamoDbSessionHandler::stats(): Argument #1 ($of) must be 'process' or 'shared'
