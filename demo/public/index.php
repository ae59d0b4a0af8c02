<?php

/**
 * The demo's only page: a small shop's cart that lives in the PHP session, served by two nodes.
 * A POST changes the session and redirects; a GET shows it. `Accept: application/json` gives the same as JSON; /metrics
 * has what all workers of this node have done.
 */

declare(strict_types=1);

require __DIR__ . '/../shop.php';
require __DIR__ . '/../item.php';

switch (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)) {
    case '/':
        break;
    case '/metrics':
        // For Prometheus: docs/monitoring.md.
        header('Content-Type: text/plain; version=0.0.4');
        exit(DynamoDbSessionHandler::metrics());
    default:
        http_response_code(404);
        exit("Not here.\n");
}

// What PHP warns of belongs on the page: a store that cannot be reached must be seen.
$problems = [];
set_error_handler(function (int $level, string $message) use (&$problems): bool {
    if (error_reporting() & $level) {
        $problems[] = $message;
    }
    return true;
});

$node = getenv('DEMO_NODE') ?: '?';
$begin = hrtime(true);
$started = session_start();
$readMs = (hrtime(true) - $begin) / 1e6;

if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    if ($started) {
        change_session($_POST['action'] ?? '', $_POST['item'] ?? '', $node);
    }
    session_write_close();
    if ($problems !== []) {
        http_response_code(500);
        header('Content-Type: text/plain; charset=utf-8');
        exit(implode("\n", $problems) . "\n");
    }
    header('Location: /', true, 303);
    exit;
}

if ($started) {
    $_SESSION['views'][$node] = ($_SESSION['views'][$node] ?? 0) + 1;
    $_SESSION['began'] ??= ['node' => $node, 'time' => time()];
}
$id = (string) session_id();
$begin = hrtime(true);
session_write_close();
$writeMs = (hrtime(true) - $begin) / 1e6;

[$item, $itemProblem] = read_item((string) getenv('DEMO_ENDPOINT'), (string) getenv('DEMO_TABLE'), session_name() . '_' . $id);
$session = $_SESSION ?? [];
$state = [
    'node' => $node,
    'id' => shortened($id),
    'began' => $session['began'] ?? null,
    'views' => $session['views'] ?? [],
    'cart' => $session['cart'] ?? [],
    'log' => $session['log'] ?? [],
    'read_ms' => round($readMs, 2),
    'write_ms' => round($writeMs, 2),
    'item' => $item,
    'figures' => DynamoDbSessionHandler::stats('shared'),
    'problems' => array_merge($problems, $itemProblem === null ? [] : [$itemProblem]),
];

header('Cache-Control: no-store');
if (str_contains($_SERVER['HTTP_ACCEPT'] ?? '', 'application/json')) {
    header('Content-Type: application/json');
    echo json_encode($state, JSON_PRETTY_PRINT | JSON_INVALID_UTF8_SUBSTITUTE), "\n";
    exit;
}
header("Content-Security-Policy: default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'");
$host = preg_replace('/:\d+$/', '', $_SERVER['HTTP_HOST'] ?? '127.0.0.1');
$otherUrl = "http://$host:" . (int) getenv('DEMO_OTHER_PORT') . '/';
$otherNode = $node === 'A' ? 'B' : 'A';
require __DIR__ . '/../page.php';
