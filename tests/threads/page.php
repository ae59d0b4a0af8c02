<?php
/**
 * One page, as its query string says: `do` is what it does, the rest is for that. It says on one line what it has seen.
 */
function page(): void
{
    match ($_GET['do']) {
        'count' => count_up(),
        'region' => region(),
        'memory' => print(memory_of_process()),
        'late' => late_output(),
    };
}

/** Counts in the session, of which nobody else's may be seen, and ends as `end` says. */
function count_up(): void
{
    begin();
    $id = session_id();
    $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
    $who = $_SESSION['who'] ??= $id;
    echo $who === $id ? $id : "$who, not $id,", ' ', $_SESSION['n'], ' ';
    end_page($_GET['end'] ?? 'returns');
}

function begin(): void
{
    $locking = isset($_GET['locking']);
    if (($_GET['door'] ?? 'native') === 'class') {
        (new DynamoDbSessionHandler(['locking' => $locking]))->register();
    } else {
        // For each page: in a worker it stays until the next one.
        ini_set('dynamosess.locking', $locking ? '1' : '0');
    }
    session_start();
}

function end_page(string $how): void
{
    switch ($how) {
        case 'exits':
            exit;
        case 'throws':
            throw new Exception('of the page');
        case 'fails':
            trigger_error('of the page', E_USER_ERROR);
        case 'exceeds its memory':
            ini_set('memory_limit', memory_get_usage(true) + 1_000_000);
            str_repeat('x', 3_000_000);
            break;
        case 'exceeds its time':
            set_time_limit(1);
            while (true);
        case 'closes':
            session_write_close();
            break;
        case 'sets variables':
            // Names that nobody has set yet make the environment grow: its array has to move.
            for ($i = 0; $i < 20; $i++) {
                putenv('RANDOM_' . bin2hex(random_bytes(6)) . '=' . $i);
            }
            break;
        case 'leaves':
            // The lock is freed though the session was neither written nor closed.
            session_abort();
            begin();
            break;
    }
}

/** The region of a client as it is made for this page. */
function region(): void
{
    if (isset($_GET['putenv'])) {
        putenv("AWS_REGION={$_GET['putenv']}");
    }
    preg_match('/Region +(\S+)/', (new DynamoDbSessionHandler)->checkReport(), $match);
    echo $match[1];
}

/** Whether the session is stored by the time that the last of the page's output leaves. */
function late_output(): void
{
    begin();
    $_SESSION['seen'] = $_GET['value'];
    $id = session_id();
    ob_start(function () use ($id) {
        $other = new DynamoDbSessionHandler;
        $other->open('', 'PHPSESSID');
        return str_contains($other->read($id), $_GET['value']) ? 'stored' : 'not stored';
    });
    end_page($_GET['end'] ?? 'returns');
}

/** Resident, in MB. */
function memory_of_process(): int
{
    return (int) round(explode(' ', file_get_contents('/proc/self/statm'))[1] * 4096 / 1e6);
}
