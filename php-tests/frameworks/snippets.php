<?php
// Every piece of PHP in the docs can be parsed: as it stands, or as what it is a part of.
require __DIR__ . '/site.inc';

function parses(string $code): bool
{
    // "…" stands for what was left out.
    $code = preg_replace('/^<\?php\b/', '', str_replace('…', '0', $code));
    foreach (["<?php\n$code", "<?php [$code];", "<?php class Part { $code }"] as $whole) {
        $php = proc_open([getenv('PHP'), '-n', '-l'], [['pipe', 'r'], ['file', '/dev/null', 'w'], ['file', '/dev/null', 'w']], $pipes);
        fwrite($pipes[0], $whole);
        fclose($pipes[0]);
        if (proc_close($php) === 0) {
            return true;
        }
    }
    return false;
}

$pages = new RecursiveIteratorIterator(new RecursiveDirectoryIterator(dirname(PAGES), FilesystemIterator::SKIP_DOTS));
foreach ([dirname(PAGES) . '/../README.md', ...array_keys(iterator_to_array($pages))] as $page) {
    if (str_ends_with($page, '.md')) {
        preg_match_all('/^```php\n(.*?)^```$/ms', file_get_contents($page), $blocks);
        foreach ($blocks[1] as $block) {
            parses($block) || claim(basename($page) . ': ' . strtok($block, "\n"), false);
        }
        $blocks[1] === [] || claim(count($blocks[1]) . ' pieces of PHP in ' . basename($page), true);
    }
}

finish();
