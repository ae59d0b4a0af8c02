<?php
/**
 * Copies PHP's session tests so that they speak of another save handler than `files`.
 *
 *     php swap.php FROM TO HANDLER|class
 *
 * Swapped are the module's name where a test chooses it and where it expects to see it; a PHP that a test starts itself
 * gets the settings of the run. For `class` the module stays as it is, but the numbers of objects may be any, as there is
 * one object more. Nothing else is touched, so what a test says of PHP's behaviour stays what it was.
 */

[, $from, $to, $handler] = $argv;

const CHOOSES = '/(session\.save_handler\s*=\s*"?|session\.save_handler"\s*,\s*"|session\.save_handler\'\s*,\s*\'|session_module_name\(["\'])files\b/';
const SHOWS = [
    '/string\(5\) "files"/' => 'string(%d) "%s"',
    '/(Failed to (?:read|write) session data|Failed to initialize storage module): files\b/' => '$1: %2$s',
    '/Failed to write session data \(files\)/' => 'Failed to write session data (%2$s)',
];

function swapped(string $test, string $handler): string
{
    if ($handler === 'class') {
        return with_any_object_numbers($test);
    }
    // Odd pieces are section headers such as "--FILE--", each followed by its section.
    $pieces = preg_split('/^(--[A-Z_]+--)\s*$/m', $test, -1, PREG_SPLIT_DELIM_CAPTURE);
    for ($i = 1; $i < count($pieces); $i += 2) {
        $pieces[$i + 1] = match (true) {
            str_starts_with($pieces[$i], '--EXPECT') => shown($pieces[$i + 1], $handler),
            $pieces[$i] === '--TEST--' => $pieces[$i + 1],
            default => str_replace('`$php -n ', '`eval $php \$TEST_PHP_EXTRA_ARGS ', preg_replace(CHOOSES, '$1' . $handler, $pieces[$i + 1])),
        };
    }
    return implode('', $pieces);
}

function shown(string $expected, string $handler): string
{
    foreach (SHOWS as $pattern => $replacement) {
        $replacement = str_replace(['%d', '%2$s', '%s'], [strlen($handler), $handler, $handler], $replacement);
        $expected = preg_replace($pattern, $replacement, $expected);
    }
    return $expected;
}

function with_any_object_numbers(string $test): string
{
    [$code, $header, $expected] = preg_split('/^(--EXPECT[A-Z]*--)$/m', $test, 2, PREG_SPLIT_DELIM_CAPTURE) + ['', '', ''];
    if (!preg_match('/\)#\d+ \(/', $expected) || $header === '--EXPECTREGEX--') {
        return $test;
    }
    $expected = $header === '--EXPECT--' ? str_replace('%', '%%', $expected) : $expected;
    return $code . '--EXPECTF--' . preg_replace('/\)#\d+ \(/', ')#%d (', $expected);
}

$files = new RecursiveIteratorIterator(new RecursiveDirectoryIterator($from, FilesystemIterator::SKIP_DOTS));
foreach ($files as $path => $file) {
    $target = $to . substr($path, strlen($from));
    @mkdir(dirname($target), recursive: true);
    $content = file_get_contents($path);
    file_put_contents($target, str_ends_with($path, '.phpt') ? swapped($content, $handler) : $content);
}
