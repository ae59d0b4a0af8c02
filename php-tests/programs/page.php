<?php

/** One page of scripts/test-programs: does what the request's body lists, and says what PHP answers and what $_SESSION is. */

declare(strict_types=1);

require __DIR__ . '/objects.inc';

/** Tells the driver that the page has come here, and waits until it may go on. */
function wait_for_driver(string $address): bool
{
    $driver = stream_socket_client($address, timeout: 30);
    fwrite($driver, $_SERVER['HTTP_PAGE'] . "\n");
    return fgets($driver) === "go\n";
}

function perform(string $operation, array $with): mixed
{
    if (in_array($operation, ['set', 'nest', 'append', 'count', 'refer'], true) && session_status() !== PHP_SESSION_ACTIVE) {
        return 'no session';
    }
    switch ($operation) {
        case 'set':
            return $_SESSION[$with[0]] = $with[1];
        case 'nest':
            is_array($_SESSION[$with[0]] ?? null) || $_SESSION[$with[0]] = [];
            return $_SESSION[$with[0]][$with[1]] = $with[2];
        case 'append':
            is_array($_SESSION[$with[0]] ?? null) || $_SESSION[$with[0]] = [];
            return $_SESSION[$with[0]][] = $with[1];
        case 'take out':
            $_SESSION[$with[0]] = array_values(array_diff($_SESSION[$with[0]], [$with[1]]));
            return count($_SESSION[$with[0]]);
        case 'count':
            return $_SESSION[$with[0]] = (is_int($_SESSION[$with[0]] ?? null) ? $_SESSION[$with[0]] : 0) + 1;
        case 'refer':
            $_SESSION[$with[0]] = &$_SESSION[$with[1]];
            return null;
        case 'unset':
            unset($_SESSION[$with[0]]);
            return null;
        case 'unset nested':
            if (is_array($_SESSION[$with[0]] ?? null)) {
                unset($_SESSION[$with[0]][$with[1]]);
            }
            return null;
        case 'replace':
            $_SESSION = $with[0];
            return null;
        case 'at shutdown':
            register_shutdown_function(function () use ($with): void {
                $_SESSION[$with[0]] = $with[1];
            });
            return null;
        case 'setting':
            return ini_set($with[0], $with[1]);
        case 'wait':
            return wait_for_driver($with[0]);
        case 'exit':
            exit;
        case 'exception':
            throw new RuntimeException('uncaught');
        case 'fatal':
            return undefined_function_of_ours();
        case 'memory':
            return strlen(str_repeat('x', 60_000_000));
        default:
            return $operation(...$with);
    }
}

['settings' => $settings, 'operations' => $operations] = unserialize(file_get_contents('php://input'));
foreach ($settings as $name => $value) {
    ini_set($name, $value);
}
set_error_handler(function (int $level, string $message): bool {
    echo "    warning: $message\n";
    return true;
});
if (getenv('DOOR') === 'class') {
    (new DynamoDbSessionHandler())->register();
}
ob_start();
foreach ($operations as [$operation, $with]) {
    $answer = perform($operation, $with);
    echo $operation, ': ', serialize($answer), "\n";
    if ($operation === 'session_start') {
        echo empty($_SESSION) ? 'fresh ' : 'known ', session_id(), "\n";
    }
    echo '    ', ['disabled', 'closed', 'open'][session_status()], ' ', isset($_SESSION) ? serialize($_SESSION) : 'none', "\n";
}
