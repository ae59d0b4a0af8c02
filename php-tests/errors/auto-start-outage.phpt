--TEST--
When DynamoDB does not answer session.auto_start, session_start() in the same page fails at once; the next page tries again
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function waited(float $since): string
{
    return microtime(true) - $since > 0.5 ? 'waited' : 'at once';
}

// Takes connections and never answers.
$silent = stream_socket_server('tcp://127.0.0.1:0');

website(
    doors: ['dynamodb'],
    settings: ['session.auto_start' => 1, 'display_errors' => 0, 'dynamosess.timeout' => 1,
        'dynamosess.endpoint' => 'http://' . stream_socket_get_name($silent, false)],
    pages: ['page' => function () {
        $start = microtime(true);
        session_start();
        echo 'session_start() ', waited($start), session_status() === PHP_SESSION_NONE ? ', none' : ', open';
    }],
    visit: function (callable $get): void {
        // An id that is not PHP's own is read: a new one needs no request before the end.
        for ($page = 0; $page < 2; $page++) {
            $start = microtime(true);
            $said = $get('page', 'PHPSESSID=' . id())[2];
            echo 'page ', waited($start), ', ', preg_replace('/.*(?=session_start\(\) \w+)/s', '', $said), "\n";
        }
    },
);
?>
--EXPECT--
page waited, session_start() at once, none
page waited, session_start() at once, none
