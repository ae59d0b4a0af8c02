<?php
// Random sessions that two random pages have changed: what the extension merges, PHP reads, and it is what the rules make
// of PHP's own values. Usage: compare.php MERGE CASES [SEED]; MERGE is the program that merge.rs is.

// Nothing is sent before the end: PHP begins no session after that.
ob_start();
error_reporting(E_ALL & ~E_DEPRECATED);
set_error_handler(fn (int $level, string $message) => throw new ErrorException($message, 0, $level), error_reporting());
require __DIR__ . '/laminas.php';
require __DIR__ . '/rules.php';
require __DIR__ . '/random.php';

[, $program, $cases] = $argv;
$seed = (int) ($argv[3] ?? random_int(0, PHP_INT_MAX));
$merge = proc_open([$program], [['pipe', 'r'], ['pipe', 'w']], $pipes);
ini_set('session.use_cookies', '0');
ini_set('session.cache_limiter', '');
ini_set('session.save_handler', 'files');
ini_set('session.save_path', sys_get_temp_dir());
ini_set('serialize_precision', '-1');

function encode(string $format, array $session): string
{
    if ($format === 'json') {
        return json_encode($session, JSON_THROW_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION);
    }
    $_SESSION = $session;
    return session_encode();
}

function decode(string $format, string $data): array
{
    if ($format === 'json') {
        return json_decode($data, true, 512, JSON_THROW_ON_ERROR);
    }
    $_SESSION = [];
    if ($data !== '' && !session_decode($data)) {
        throw new Exception('PHP cannot decode it');
    }
    return $_SESSION;
}

function ask(array $sessions): string
{
    global $pipes;
    fwrite($pipes[0], implode(',', array_map(base64_encode(...), $sessions)) . "\n");
    return rtrim(fgets($pipes[1]), "\n");
}

$passed = $failed = $merged_by_both = 0;
foreach (['php', 'php_serialize', 'json'] as $format) {
    if ($format !== 'json') {
        ini_set('session.serialize_handler', $format);
        session_id("merge{$seed}");
        session_start();
    }
    for ($case = 0; $case < $cases; $case++) {
        mt_srand($seed + $case);
        $random = new Random($format !== 'json', $case % 4 === 0);
        $base = $random->session();
        [$mine, $theirs] = [$random->changed($base), $random->changed($base)];
        $data = array_map(fn ($session) => encode($format, $session), [$base, $mine, $theirs]);
        $answer = ask($data);
        try {
            if (str_starts_with($answer, '!')) {
                throw new Exception("refused: $answer");
            }
            $expected = merge_sessions(...array_map(fn ($bytes) => decode($format, $bytes), $data));
            $result = decode($format, base64_decode($answer));
            if (serialize($result) !== serialize($expected)) {
                throw new Exception('it should be ' . encode($format, $expected));
            }
            $passed++;
            $merged_by_both += (int) !in_array(base64_decode($answer), $data, true);
        } catch (Throwable $error) {
            $failed++;
            $show = fn (string $bytes) => strtr($bytes, ["\0" => '\0']);
            printf("%s, case %d: %s\n", $format, $seed + $case, $error->getMessage());
            printf("  base %s\n  mine %s\n  theirs %s\n  result %s\n", ...array_map($show, [...$data, base64_decode($answer)]));
            if ($failed >= 5) {
                break 2;
            }
        }
    }
    if ($format !== 'json') {
        session_destroy();
    }
}
proc_close($merge);
echo "seed $seed; in $merged_by_both cases the result is none of the three\n";
echo "$passed passed, $failed failed, 0 skipped\n";
exit($failed === 0 ? 0 : 1);
