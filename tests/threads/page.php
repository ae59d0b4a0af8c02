<?php
/**
 * One page, as its query string says: `do` is what it does, the rest is for that. It says on one line what it has seen.
 */
function page(): void
{
    match ($_GET['do']) {
        'count' => count_up(),
        'noise' => noise(),
        'region' => region(),
    };
}

function count_up(): void
{
    session_start();
    $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
    echo session_id(), ' ', $_SESSION['n'];
}

/** Names that nobody has set yet make the environment grow: its array has to move. */
function noise(): void
{
    count_up();
    for ($i = 0; $i < 20; $i++) {
        putenv('RANDOM_' . bin2hex(random_bytes(6)) . '=' . $i);
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
