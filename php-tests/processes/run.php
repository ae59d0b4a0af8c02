<?php

/** run.php SOCKET SOCKET: what scripts/test-locking tries, over two php-fpm pools and processes of its own. */

declare(strict_types=1);

require __DIR__ . '/../inc/dynamodb.inc';
require __DIR__ . '/processes.inc';

const TABLE = 'locking';

[, $pool_a, $pool_b] = $argv;
$passed = $failed = 0;

function check(string $what, mixed $expected, mixed $seen): void
{
    global $passed, $failed;
    if ($expected === $seen) {
        $passed++;
        echo "  ok      $what\n";
    } else {
        $failed++;
        echo "  FAILED  $what: expected ", json_encode($expected), ', seen ', json_encode($seen), "\n";
    }
}

function item(string $id, string $name = 'PHPSESSID_'): ?array
{
    $key = ['id' => ['S' => $name . $id]];
    return dynamodb('GetItem', ['TableName' => TABLE, 'Key' => $key, 'ConsistentRead' => true])['Item'] ?? null;
}

function is_locked(string $id, string $name = 'PHPSESSID_'): bool
{
    return isset(item($id, $name)['lock']);
}

function data(string $id): string
{
    return base64_decode(item($id)['data']['B'] ?? '');
}

/** The end of a lock in milliseconds since the epoch. */
function lock_end(string $id): int
{
    return (int) (item($id)['lock']['N'] ?? 0);
}

function new_id(): string
{
    return bin2hex(random_bytes(16));
}

/**
 * The id of a session that is there, with n = 1. An item that a lock alone has made expires with that lock, and DynamoDB
 * Local's TTL takes it away within seconds, where DynamoDB's takes its time.
 */
function begun(): string
{
    start([__DIR__ . '/page.php', 'count', $id = new_id()])->wait();
    return $id;
}

// ---- Eight visitors' windows on one session ----

$id = new_id();
$windows = [];
for ($window = 0; $window < 8; $window++) {
    $windows[] = start([__DIR__ . '/window.php', $pool_a, $pool_b, $id, '50']);
}
$lines = [];
foreach ($windows as $window) {
    array_push($lines, ...array_filter(explode("\n", stream_get_contents($window->out))));
}
$pages = array_map(fn ($line) => json_decode($line, true), $lines);
check('8 x 50 pages over two pools were served', 400, count(array_filter($pages, is_array(...))));
check('without a warning', [], array_merge(...array_column($pages, 'warnings')));
check('and lost nothing', 'n|i:400;', data($id));
check('nor counted anything twice', 400, count(array_unique(array_column($pages, 'n'))));
$longest = max(array_column($pages, 'waited') ?: [99]);
printf("          longest wait %.2f s\n", $longest);
check('the lock is free', false, is_locked($id));

// ---- Killed at any moment ----

$killed = [];
for ($n = 0; $n < 12; $n++) {
    $killed[] = [$kid = new_id(), start([__DIR__ . '/page.php', 'count on', $kid], ['dynamosess.lock_lifetime' => 1])];
}
foreach ($killed as [, $process]) {
    fgets($process->out);
}
usleep(100_000);
foreach ($killed as [, $process]) {
    usleep(random_int(0, 20_000));
    $process->signal(SIGKILL);
}
$lost = [];
$ends = [];
foreach ($killed as [$kid, $process]) {
    $said = explode("\n", trim(stream_get_contents($process->out)));
    $acknowledged = (int) end($said);
    $ends[$kid] = lock_end($kid);
    $stored = (int) substr(data($kid), 4);
    if ($stored < $acknowledged || $stored > $acknowledged + 1) {
        $lost[] = "$acknowledged acknowledged, $stored stored";
    }
}
check('of 12 processes killed at any moment nothing acknowledged is lost', [], $lost);
printf("          %d were killed while they held the lock\n", count(array_filter($ends)));
$nexts = [];
foreach ($killed as [$kid]) {
    $nexts[$kid] = start([__DIR__ . '/page.php', 'count', $kid]);
}
$warned = $after = [];
foreach ($nexts as $kid => $process) {
    $page = json_decode(stream_get_contents($process->out), true);
    array_push($warned, ...($page['warnings'] ?? ['no answer']));
    if ($ends[$kid] > 0) {
        $after[] = ($page['got'] ?? 0) - $ends[$kid];
    }
}
check('and their sessions go on', [], $warned);
if ($after !== []) {
    check('not before two seconds past the lease', true, min($after) >= 2_000);
    printf("          %d to %d ms past it\n", min($after), max($after));
}

// ---- Killed while it holds, stopped past the lease ----

$id = begun();
$stopped = start([__DIR__ . '/page.php', 'hold', $id], ['dynamosess.lock_lifetime' => 1]);
check('a holder', "held\n", fgets($stopped->out));
$stopped->signal(SIGSTOP);
$end = lock_end($id);
$next = start([__DIR__ . '/page.php', 'count', $id]);
$page = json_decode(stream_get_contents($next->out), true);
check('a stopped holder is robbed', [2, []], [$page['n'] ?? null, $page['warnings'] ?? null]);
check('not before two seconds past his lease', true, $end > 0 && ($page['got'] ?? 0) - $end >= 2_000);
printf("          %d ms past it\n", ($page['got'] ?? 0) - $end);
start([__DIR__ . '/page.php', 'count', $id])->wait();
$stopped->signal(SIGCONT);
fwrite($stopped->in, "\n");
check('when he goes on he hears that the lock is lost', true, str_contains((string) fgets($stopped->out), 'lock lost'));
check('and has overwritten nothing', 'n|i:3;', data($id));

// ---- A busy holder is renewed ----

$id = begun();
$busy = start([__DIR__ . '/page.php', 'hold', $id], ['dynamosess.lock_lifetime' => 1]);
fgets($busy->out);
$waiting = start([__DIR__ . '/page.php', 'count', $id], ['dynamosess.max_lock_wait_time' => 4]);
$said = stream_get_contents($waiting->out);
check('a living holder keeps his lock beyond its lifetime', true, str_contains($said, 'locked by another request for '));
check('the renewing thread takes no signals', [[]], array_map(
    fn ($mask) => array_values(array_filter([1, 2, 3, 10, 12, 14, 15, 17, 27], fn ($signal) => !($mask >> $signal - 1 & 1))),
    thread_masks($busy->pid),
));
fwrite($busy->in, "\n");
check('and his write is stored', "written\n", fgets($busy->out));

// ---- Forks ----

$id = new_id();
$parent = start([__DIR__ . '/page.php', 'fork', $id]);
check('a parent sees its children end', "children ended\n", fgets($parent->out));
check('whatever they did, its lock stays', true, is_locked($id));
fwrite($parent->in, "\n");
check('and its write is stored', "written\n", fgets($parent->out));
check('and the lock is free', false, is_locked($id));

// ---- Every way out that code can see ----

$ways = ['write_close', 'end of the page', 'abort', 'destroy', 'exit', 'exception', 'fatal error', 'memory limit',
    'time limit', 'unserializable', 'too large', 'reset', 'second start', 'regenerate', 'regenerate and delete'];
foreach (['command line', 'php-fpm', 'class'] as $where) {
    $running = [];
    foreach ($ways as $way) {
        $id = new_id();
        $running[$way] = [$id, match ($where) {
            'command line' => start([__DIR__ . '/page.php', $way, $id]),
            'class' => start([__DIR__ . '/page.php', $way, $id], ['auto_prepend_file' => __DIR__ . '/class.inc']),
            'php-fpm' => start([__DIR__ . '/window.php', $pool_a, $pool_b, $id, '1', $way]),
        }];
    }
    $locked = $silent = [];
    foreach ($running as $way => [$id, $process]) {
        $said = stream_get_contents($process->out);
        $process->wait();
        preg_match('/^id (\w+)$/m', $said, $other);
        if (!str_contains($said, 'ends')) {
            $silent[] = "$way: $said";
        }
        foreach (array_filter([$id, $other[1] ?? null]) as $one) {
            if (is_locked($one)) {
                $locked[] = $way;
            }
        }
    }
    check("$where: every page ran to its end", [], $silent);
    check("$where: the lock is free after each of " . count($ways) . ' ways to end', [], $locked);
}

$id = new_id();
$reader = start([__DIR__ . '/page.php', 'read_and_close', $id]);
fgets($reader->out);
check('read_and_close frees the lock at once', false, is_locked($id));
$reader->signal(SIGKILL);

$id = new_id();
$object = start([__DIR__ . '/page.php', 'object', $id]);
fgets($object->out);
check('an object that read holds the lock', true, is_locked($id, ''));
fwrite($object->in, "\n");
fgets($object->out);
check('until it is destroyed', false, is_locked($id, ''));
$object->signal(SIGKILL);

$id = new_id();
disconnect($pool_a, ['do' => 'disconnect', 'id' => $id]);
for ($tries = 0; $tries < 100 && (item($id) === null || is_locked($id)); $tries++) {
    usleep(50_000);
}
check('a client that goes away leaves no lock', ['n|s:4:"seen";', false], [data($id), is_locked($id)]);

echo "$passed passed, $failed failed\n";
exit($failed === 0 ? 0 : 1);
