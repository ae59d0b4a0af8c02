<?php

declare(strict_types=1);

/** What the shop sells: key => [name, price in cents]. */
const PRODUCTS = [
    'coffee' => ['Coffee', 690],
    'bread' => ['Rye bread', 420],
    'apples' => ['Apples', 310],
    'cheese' => ['Cheese', 875],
];

/** What the page shows of DynamoDbSessionHandler::stats('shared'). */
const FIGURES = [
    'reads' => 'Sessions read',
    'writes' => 'Sessions written',
    'requests' => 'Requests to DynamoDB',
    'connections' => 'Connections opened',
    'errors' => 'Operations that failed',
];

/** How many entries of the log a session keeps. */
const LOG_LENGTH = 6;

/** Carries out what a button asked for. Needs a started session. */
function change_session(string $action, string $key, string $node): void
{
    if ($action === 'destroy') {
        session_destroy();
        return;
    }
    if ($action === 'regenerate') {
        session_regenerate_id(true);
        remember($node, 'gave the session a new id');
        return;
    }
    if (!isset(PRODUCTS[$key])) {
        return;
    }
    $name = PRODUCTS[$key][0];
    if ($action === 'add') {
        $_SESSION['cart'][$key] = ($_SESSION['cart'][$key] ?? 0) + 1;
        remember($node, "added $name");
    } elseif ($action === 'remove' && isset($_SESSION['cart'][$key])) {
        if (--$_SESSION['cart'][$key] < 1) {
            unset($_SESSION['cart'][$key]);
        }
        remember($node, "removed $name");
    }
}

function remember(string $node, string $what): void
{
    $log = $_SESSION['log'] ?? [];
    array_unshift($log, ['node' => $node, 'what' => $what, 'time' => time()]);
    $_SESSION['log'] = array_slice($log, 0, LOG_LENGTH);
}

function total(array $cart): int
{
    $cents = 0;
    foreach ($cart as $key => $count) {
        $cents += PRODUCTS[$key][1] * $count;
    }
    return $cents;
}

function money(int $cents): string
{
    return '€ ' . number_format($cents / 100, 2);
}

/** Enough of an id to recognise it, not enough to use it. */
function shortened(string $id): string
{
    return substr($id, 0, 6) . '…';
}
