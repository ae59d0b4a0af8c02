--TEST--
With session.auto_start, too, a page tries again what failed on the last one
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

/** Passes requests on to the engine, from a port where nothing was before. */
function engine_comes_back(int $port)
{
    $script = getenv('SCENARIO_FOLDER') . '/engine.php';
    file_put_contents($script, '<?php
        $headers = "";
        foreach (getallheaders() as $name => $value) {
            $headers .= in_array(strtolower($name), ["host", "content-length", "connection"]) ? "" : "$name: $value\r\n";
        }
        $request = ["method" => "POST", "header" => $headers, "content" => file_get_contents("php://input"), "ignore_errors" => true];
        header("Content-Type: application/x-amz-json-1.0");
        echo file_get_contents(getenv("DYNAMODB"), false, stream_context_create(["http" => $request]));
    ');
    $log = getenv('SCENARIO_FOLDER') . '/engine.log';
    $server = proc_open(
        [PHP_BINARY, '-n', '-S', "127.0.0.1:$port", $script],
        [['file', '/dev/null', 'r'], ['file', $log, 'w'], ['file', $log, 'a']],
        $pipes,
        env_vars: ['DYNAMODB' => getenv('DYNAMOSESS_TEST_ENDPOINT')],
    );
    port_in_log($log, $server);
    return $server;
}

$free = stream_socket_server('tcp://127.0.0.1:0');
$port = (int) substr(strrchr(stream_socket_get_name($free, false), ':'), 1);
fclose($free);

website(
    doors: ['dynamodb'],
    settings: ['session.auto_start' => 1, 'display_errors' => 0, 'dynamosess.endpoint' => "http://127.0.0.1:$port", 'dynamosess.max_attempts' => 1],
    pages: ['page' => function () {
        $status = session_status();
        // What many an application does; it is this failure that the next page must not know of.
        session_start();
        echo $status === PHP_SESSION_ACTIVE ? 'open' : 'none';
    }],
    visit: function (callable $get) use ($port): void {
        // An id that is not PHP's own is read: a new one needs no request before the end.
        $status = fn () => preg_match('/(open|none)$/', trim($get('page', 'PHPSESSID=' . id())[2]), $found) ? $found[1] : '?';
        echo 'down: ', $status(), "\n";
        $engine = engine_comes_back($port);
        try {
            echo 'back: ', $status(), "\n";
        } finally {
            proc_terminate($engine, 9);
            proc_close($engine);
        }
    },
);
?>
--EXPECT--
down: none
back: open
