<?php

/**
 * visitor.php URLS PAGES: one visitor with one session asks for so many pages, one after the other, of these URLs (a comma
 * between them) in turn. Each must have counted
 * one further, without a warning. Prints "POOL PROCESS" for each page; ends with 1 at the first page that is wrong.
 */

declare(strict_types=1);

[, $urls, $pages] = $argv;
$urls = explode(',', $urls);
$cookie = '';

for ($page = 1; $page <= $pages; $page++) {
    $reply = @file_get_contents($urls[$page % count($urls)], false, stream_context_create(['http' => [
        'timeout' => 20,
        'ignore_errors' => true,
        'header' => $cookie,
    ]]));
    foreach ($http_response_header ?? [] as $header) {
        if (preg_match('/^Set-Cookie: ([^;]+)/i', $header, $match) === 1) {
            $cookie = "Cookie: $match[1]";
        }
    }
    $seen = json_decode((string) $reply, true);
    if (($seen['count'] ?? null) !== $page || $seen['problems'] !== [] || $seen['sees_credentials']) {
        fwrite(STDERR, "Page $page of $pages: " . ($http_response_header[0] ?? 'no answer') . " $reply\n");
        exit(1);
    }
    echo $seen['pool'], ' ', $seen['process'], "\n";
}
