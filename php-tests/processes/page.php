<?php

/** One page of scripts/test-locking, under php-fpm (?do=...) or on the command line (page.php DO ID). */

declare(strict_types=1);

$do = $_GET['do'] ?? $argv[1];
session_id($_GET['id'] ?? $argv[2]);

$warnings = [];
set_error_handler(function (int $level, string $message) use (&$warnings): bool {
    $warnings[] = $message;
    return true;
});

/** Says something, and where the page stands, at once. */
function say(string $text): void
{
    echo $text, "\n";
    while (ob_get_level() > 0) {
        ob_end_flush();
    }
    flush();
}

function begin(array $options = []): void
{
    if (!session_start($options)) {
        global $warnings;
        say('no session: ' . implode(' ', $warnings));
        exit(3);
    }
}

function end_when_told(): void
{
    global $warnings;
    fgets(STDIN);
    session_write_close();
    say(implode(' ', $warnings) ?: 'written');
}

/** How the pages end whose lock must be free at once. */
$ways = [
    'write_close' => fn () => session_write_close(),
    'end of the page' => fn () => null,
    'abort' => fn () => session_abort(),
    'destroy' => fn () => session_destroy(),
    'exit' => fn () => exit(0),
    'exception' => fn () => throw new RuntimeException('uncaught'),
    'fatal error' => fn () => (restore_error_handler() || true) && undefined_function_of_ours(),
    'memory limit' => function () {
        ini_set('memory_limit', '8M');
        str_repeat('x', 100_000_000);
    },
    'time limit' => function () {
        set_time_limit(1);
        for (;;);
    },
    'unserializable' => function () {
        $_SESSION['x'] = fn () => 1;
    },
    'too large' => function () {
        $_SESSION['x'] = random_bytes(500_000);
    },
    'reset' => function () {
        session_reset();
    },
    'second start' => function () {
        session_write_close();
        begin();
    },
    'regenerate' => function () {
        session_regenerate_id(false);
        say('id ' . session_id());
    },
    'regenerate and delete' => function () {
        session_regenerate_id(true);
        say('id ' . session_id());
    },
];

switch ($do) {
    case 'count':
        $asked = microtime(true);
        begin();
        $got = microtime(true);
        $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
        session_write_close();
        echo json_encode(['n' => $_SESSION['n'], 'waited' => $got - $asked, 'got' => (int) ($got * 1_000), 'warnings' => $warnings]);
        break;

    case 'count on':
        // Until it is killed; what it says was acknowledged.
        for (;;) {
            begin();
            $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
            usleep(random_int(0, 3_000));
            session_write_close();
            $warnings === [] ? say((string) $_SESSION['n']) : exit(3);
        }

    case 'hold':
        begin();
        $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
        say('held');
        end_when_told();
        break;

    case 'fork':
        begin();
        $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
        foreach (['ends', 'writes', 'is killed'] as $way) {
            $child = pcntl_fork();
            if ($child === 0) {
                $way === 'writes' ? session_write_close() : null;
                $way === 'is killed' ? exec('kill -9 ' . getmypid()) : exit(0);
            }
            pcntl_waitpid($child, $status);
        }
        say('children ended');
        end_when_told();
        break;

    case 'read_and_close':
        begin(['read_and_close' => true]);
        say('open');
        fgets(STDIN);
        break;

    case 'object':
        // The class on its own: no open, no close.
        $handler = new DynamoDbSessionHandler();
        $handler->read(session_id());
        say('held');
        fgets(STDIN);
        unset($handler);
        say('gone');
        fgets(STDIN);
        break;

    case 'disconnect':
        begin();
        $_SESSION['n'] = 'seen';
        for ($i = 0; $i < 100; $i++) {
            say(str_repeat('x', 65_536));
            usleep(20_000);
        }
        break;

    default:
        begin();
        $_SESSION['n'] = 1;
        register_shutdown_function(fn () => say('ends'));
        $ways[$do]();
}
