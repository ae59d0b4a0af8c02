<?php
// Frameworks' messages for the next page, two pages at a time: no message stays for ever, and none is shown to nobody
// more often than where the last write wins. Usage: flash.php MERGE CASES [SEED]; MERGE is the program that merge.rs is.
// FRAMEWORKS in the environment names the folder that packages.php needs.

require __DIR__ . '/frameworks.php';
if ($folder = getenv('FRAMEWORKS')) {
    error_reporting(E_ALL & ~E_DEPRECATED);
    require __DIR__ . '/packages.php';
}

[, $program, $cases] = $argv;
$seed = (int) ($argv[3] ?? random_int(0, PHP_INT_MAX));
$merge = proc_open([$program], [['pipe', 'r'], ['pipe', 'w']], $pipes);

function merged(string $base, string $mine, string $theirs): string
{
    global $pipes;
    fwrite($pipes[0], implode(',', array_map(base64_encode(...), [$base, $mine, $theirs])) . "\n");
    $answer = rtrim(fgets($pipes[1]), "\n");
    return str_starts_with($answer, '!') ? throw new Exception("refused: $answer") : base64_decode($answer);
}

/** Random pages, one or two at a time, then some that only show what is left. What became of the messages. */
function visit(string $framework, int $seed, bool $merges): array
{
    mt_srand($seed);
    $stored = serialize((new $framework(['user' => 1], 0))->end());
    $number = 0;
    $shown = [];
    $rounds = mt_rand(2, 6);
    for ($round = 0; $round < $rounds + 5; $round++) {
        $base = $stored;
        for ($pages = $round < $rounds ? mt_rand(1, 2) : 1; $pages > 0; $pages--) {
            // Time passes in the end, for what is kept for a time.
            $page = new $framework(unserialize($base), $round < $rounds ? $round : 100 + $round);
            foreach ($round < $rounds ? actions() : [['show', '', false]] as [$action, $key, $is_array]) {
                $message = 'message ' . ++$number . '.';
                match ($action) {
                    'flash' => $page->flash($key, $is_array ? [$message] : $message),
                    'show' => $shown[] = serialize($page->show()),
                    'neither' => null,
                };
                $number -= (int) ($action !== 'flash');
            }
            $mine = serialize($page->end());
            if ($mine !== $base) {
                $stored = $merges && $stored !== $base ? merged($base, $mine, $stored) : $mine;
            }
        }
    }
    $all = array_map(fn ($n) => "message $n.", $number > 0 ? range(1, $number) : []);
    $in = fn (string $text) => array_filter($all, fn ($message) => str_contains($text, $message));
    return ['stays' => $in($stored), 'unseen' => count(array_diff($all, $in(implode('', $shown))))];
}

/** What a page does: a redirect after a form, a page that shows messages, or neither. */
function actions(): array
{
    $flash = fn () => ['flash', ['notice', 'error', 'form'][mt_rand(0, 2)], mt_rand(0, 2) === 0];
    return match (mt_rand(0, 5)) {
        0, 1 => [$flash()],
        2 => [$flash(), $flash()],
        3 => [['show', '', false]],
        4 => [$flash(), ['show', '', false]],
        5 => [['neither', '', false]],
    };
}

$failed = $passed = 0;
$frameworks = array_filter(get_declared_classes(), fn ($class) => in_array('Page', class_implements($class), true));
foreach ($frameworks as $framework) {
    $unseen = ['merged' => 0, 'overwritten' => 0];
    $stays = ['merged' => 0, 'overwritten' => 0];
    for ($case = 0; $case < $cases; $case++) {
        $merged = visit($framework, $seed + $case, true);
        $overwritten = visit($framework, $seed + $case, false);
        $unseen['merged'] += $merged['unseen'];
        $unseen['overwritten'] += $overwritten['unseen'];
        $stays['merged'] += (int) ($merged['stays'] !== []);
        $stays['overwritten'] += (int) ($overwritten['stays'] !== []);
        if ($merged['stays'] !== [] && $stays['merged'] === 1) {
            printf("%s, case %d: %s stays for ever\n", $framework, $seed + $case, implode(', ', $merged['stays']));
        }
    }
    $good = $stays['merged'] === 0 && $unseen['merged'] <= $unseen['overwritten'];
    $good ? $passed++ : $failed++;
    $figures = [$unseen['merged'], $unseen['overwritten'], $stays['merged'], $stays['overwritten']];
    printf("%-29s never shown: %d merged, %d overwritten; stay for ever: %d merged, %d overwritten\n", $framework, ...$figures);
}
proc_close($merge);
echo "seed $seed\n$passed passed, $failed failed, 0 skipped\n";
exit($failed === 0 ? 0 : 1);
