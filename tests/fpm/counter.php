<?php

/** One page of scripts/test-fpm and scripts/test-apache: counts its visitor's pages in the session and tells what happened as JSON. */

declare(strict_types=1);

$problems = [];
set_error_handler(function (int $level, string $message) use (&$problems): bool {
    $problems[] = $message;
    return true;
});

session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
session_write_close();

echo json_encode([
    'count' => $_SESSION['count'],
    'pool' => $_SERVER['POOL'],
    'process' => getmypid(),
    // php-fpm empties the environment (clear_env).
    'sees_credentials' => PHP_SAPI === 'fpm-fcgi' && (getenv('AWS_ACCESS_KEY_ID') !== false || getenv('AWS_SECRET_ACCESS_KEY') !== false),
    'problems' => $problems,
]);
