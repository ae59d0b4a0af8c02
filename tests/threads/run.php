<?php
/**
 * run.php SERVER EXTENSION PAGES: plans pages, has the server of server.c serve them on threads, and looks at what they say.
 * PARTS in the environment names the parts to run, a comma between them.
 */
[, $server, $extension, $pages] = $argv;

const THREADS = 8;
define('PAGES', (int) $pages);

$passed = $failed = 0;
$folder = sys_get_temp_dir() . '/dynamosess-threads-' . getmypid();
mkdir($folder);
register_shutdown_function(fn () => exec('rm -rf ' . escapeshellarg($folder)));

/** What the server's pages say, by thread, or its exit code. @param array<int, list<string>> $pages */
function serve(string $mode, array $pages, array $ini = [], array $environment = []): array|int
{
    global $server, $extension, $folder;
    foreach ($pages as $thread => $lines) {
        file_put_contents("$folder/$thread.pages", implode("\n", $lines) . "\n");
    }
    $ini += [
        'extension' => $extension,
        'session.save_handler' => 'dynamodb',
        'session.use_strict_mode' => '0',
        'dynamosess.endpoint' => getenv('DYNAMOSESS_TEST_ENDPOINT'),
        'dynamosess.table_name' => 'threads',
    ];
    $lines = array_map(fn ($name, $value) => "$name=\"$value\"", array_keys($ini), $ini);
    $command = [$server, $mode, __DIR__ . "/$mode.php", $folder, (string) count($pages), ...$lines];
    $code = proc_close(proc_open($command, [2 => ['file', "$folder/log", 'w']], $pipes, env_vars: $environment + getenv()));
    if ($code !== 0) {
        echo implode("\n", array_slice(file("$folder/log", FILE_IGNORE_NEW_LINES), -5)), "\n";
        return $code;
    }
    return array_map(fn ($thread) => file("$folder/$thread.answers", FILE_IGNORE_NEW_LINES), array_keys($pages));
}

function line(string $id, array $query, array $environment = []): string
{
    return "PHPSESSID=$id\t" . http_build_query($query) . "\t" . http_build_query($environment);
}

function check(string $claim, mixed $expected, mixed $seen): void
{
    global $passed, $failed;
    if ($expected === $seen) {
        $passed++;
        echo "  ok      $claim\n";
        return;
    }
    $failed++;
    echo "  FAILED  $claim\n";
    echo '          ', difference($expected, $seen), "\n";
}

/** The first place where two lists of lists differ. */
function difference(mixed $expected, mixed $seen, string $at = ''): string
{
    if (is_array($expected) && is_array($seen)) {
        foreach (array_keys($expected + $seen) as $key) {
            if (($expected[$key] ?? null) !== ($seen[$key] ?? null)) {
                return difference($expected[$key] ?? null, $seen[$key] ?? null, "$at $key");
            }
        }
    }
    return "at$at: expected " . substr(json_encode($expected), 0, 200) . ", seen " . substr(json_encode($seen), 0, 200);
}

foreach (getenv('PARTS') ? explode(',', getenv('PARTS')) : ['environment', 'output', 'traffic', 'memory'] as $part) {
    require __DIR__ . "/$part.php";
}
echo "$passed passed, $failed failed\n";
exit($failed === 0 ? 0 : 1);
