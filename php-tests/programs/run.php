<?php

/** run.php FOLDER SEED SEQUENTIAL PARALLEL: what scripts/test-programs tries. FOLDER is for sessions of `files` and logs. */

declare(strict_types=1);

require __DIR__ . '/random.inc';
require __DIR__ . '/doors.inc';
require __DIR__ . '/parallel.inc';

/** What the visitor sees on the pages, and on one more for each session there has been. */
function play(Door $door, array $pages): array
{
    $strict = $pages[0]['settings']['session.use_strict_mode'] === '1';
    $visitor = new Visitor($door, $strict);
    $said = [];
    foreach ($pages as $n => $page) {
        $said[] = $visitor->visit($n, $page);
    }
    for ($id = 0, $ids = $visitor->ids(); $id < $ids; $id++) {
        $look = ['cookie' => ['old', $id], 'operations' => [['session_start', [['read_and_close' => true]]]]];
        $said[] = $visitor->visit($n + 1 + $id, $look + $pages[0]);
    }
    return $said;
}

/** The first page on which a door differs from `files`: [door, page, said by files, said by the door]; null: none. */
function difference(array $doors, array $pages): ?array
{
    // A program that is played again begins without what it has left.
    $pages = fresh($pages);
    $expected = play($doors['files'], $pages);
    foreach (array_diff_key($doors, ['files' => 0]) as $name => $door) {
        $seen = play($door, $pages);
        foreach ($expected + $seen as $n => $_) {
            if (($expected[$n] ?? 'none') !== ($seen[$n] ?? 'none')) {
                return [$name, $n, $expected[$n] ?? 'none', $seen[$n] ?? 'none'];
            }
        }
    }
    return null;
}

/** The same program with other ids where it names ids of its own. */
function fresh(array $pages): array
{
    static $times = 0;
    $times++;
    array_walk_recursive($pages, function (mixed &$value) use ($times): void {
        if (is_string($value) && preg_match('/^[0-9a-f]{32}$/', $value)) {
            $value = md5("$value $times");
        }
    });
    return $pages;
}

/** The program without all that is not needed for it to differ. */
function smallest(array $doors, array $pages): array
{
    for ($page = count($pages) - 1; $page >= 0 && count($pages) > 1; $page--) {
        $without = $pages;
        array_splice($without, $page, 1);
        $pages = difference($doors, $without) === null ? $pages : $without;
    }
    foreach (array_keys($pages) as $page) {
        for ($n = count($pages[$page]['operations']) - 1; $n >= 0; $n--) {
            $without = $pages;
            array_splice($without[$page]['operations'], $n, 1);
            $pages = difference($doors, $without) === null ? $pages : $without;
        }
    }
    return $pages;
}

function show(array $pages): string
{
    $text = json_encode($pages[0]['settings']) . "\n";
    foreach ($pages as $n => $page) {
        $text .= "page $n, cookie " . json_encode($page['cookie'] ?? null) . "\n";
        foreach ($page['operations'] as [$operation, $with]) {
            $text .= "    $operation " . substr(serialize($with), 0, 300) . "\n";
        }
    }
    return $text;
}

[, $folder, $seed, $sequential, $parallel] = $argv;
$doors = [];
foreach (array_keys(Door::ALL) as $name) {
    $doors[$name] = new Door($name, $folder);
}
register_shutdown_function(fn () => array_map(fn (Door $door) => $door->end(), $doors));
$programs = new Programs();
$passed = $failed = 0;
for ($n = 0; $n < $sequential && $failed < 10; $n++) {
    $pages = $programs->sequential($seed + $n);
    if (difference($doors, $pages) === null) {
        $passed++;
        continue;
    }
    $failed++;
    $pages = smallest($doors, $pages);
    [$name, $page, $expected, $seen] = difference($doors, $pages) ?? ['nothing the second time', 0, '', ''];
    echo "FAILED  SEED=", $seed + $n, " PROGRAMS=1: page $page differs through $name\n", show($pages), "-- files:\n$expected-- $name:\n$seen\n";
}
echo "$n programs of pages one after the other, on ", count($doors) - 1, " doors beside files\n";
for ($n = 0; $n < $parallel && $failed < 10; $n++) {
    $program = $programs->parallel($seed + $n);
    $expected = outcome($doors['files'], $program, $seed + $n, $folder);
    foreach (array_diff_key($doors, ['files' => 0]) as $name => $door) {
        $seen = outcome($door, $program, $seed + $n, $folder);
        if (without_counter($expected, $door) === without_counter($seen, $door)) {
            continue;
        }
        $failed++;
        echo "FAILED  SEED=", $seed + $n, " PARALLEL=1: parallel pages differ through $name, ", $program['together'] ? 'together' : 'in turn', "\n";
        echo "before: ", json_encode($program['first'], JSON_PARTIAL_OUTPUT_ON_ERROR), "\n";
        foreach ($program['pages'] as $page => $operations) {
            echo "page $page: ", json_encode($operations, JSON_PARTIAL_OUTPUT_ON_ERROR), "\n";
        }
        echo "-- files:\n", var_export($expected, true), "\n-- $name:\n", var_export($seen, true), "\n";
        continue 2;
    }
    $passed++;
}
echo "$n programs of parallel pages\n";
echo "$passed passed, $failed failed\n";
exit($failed === 0 ? 0 : 1);
