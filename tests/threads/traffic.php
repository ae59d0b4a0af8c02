<?php
// Visitors of one thread alone and of all, in both doors, and every way in which a page can end.

const ENDS = ['returns', 'returns', 'returns', 'exits', 'throws', 'fails', 'exceeds its memory', 'closes', 'sets variables'];
const OWN = 3;
const SHARED = 4;

/** @return array{array<int, list<string>>, array<int, list<string>>, array<string, int>} pages, their answers, pages by shared visitor */
function traffic(string $name, array $query, int $pages): array
{
    $lines = $expected = $counts = [];
    foreach (range(0, THREADS - 1) as $thread) {
        foreach (range(1, intdiv($pages, THREADS)) as $at) {
            $end = ENDS[mt_rand(0, count(ENDS) - 1)];
            $is_own = $at % 2 === 0;
            $visitor = $is_own ? "$name-$thread-" . mt_rand(1, OWN) : "$name-all-" . mt_rand(1, SHARED);
            $counts[$visitor] = ($counts[$visitor] ?? 0) + 1;
            $lines[$thread][] = line($visitor, ['do' => 'count', 'end' => $end] + ($is_own ? [] : ['locking' => 1]) + $query);
            $expected[$thread][] = $visitor . ($is_own ? " $counts[$visitor]" : '');
        }
        $visitor = "$name-$thread-1";
        $counts[$visitor] = ($counts[$visitor] ?? 0) + 1;
        $lines[$thread][] = line($visitor, ['do' => 'count', 'end' => 'exceeds its time'] + $query);
        $expected[$thread][] = "$visitor $counts[$visitor]";
    }
    $shared = array_filter($counts, fn ($visitor) => str_starts_with($visitor, "$name-all-"), ARRAY_FILTER_USE_KEY);
    return [$lines, $expected, $shared];
}

/** What each page has said before it ended, as far as it can be known: where several threads count, only whose session it was. */
function before_the_end(array|int $answers, array $expected): array|int
{
    if (is_int($answers)) {
        return $answers;
    }
    foreach ($answers as $thread => $lines) {
        foreach ($lines as $at => $answer) {
            $words = substr_count($expected[$thread][$at] ?? '', ' ') + 1;
            $answers[$thread][$at] = implode(' ', array_slice(explode(' ', $answer), 0, $words));
        }
    }
    return $answers;
}

mt_srand(7);
foreach (['classic', 'worker'] as $mode) {
    foreach (['native', 'class'] as $door) {
        $name = "$mode-$door";
        $what = "$mode, " . ($door === 'native' ? 'save handler' : 'class');
        [$pages, $expected, $shared] = traffic($name, ['door' => $door], intdiv(PAGES, 4));
        $ini = ['dynamosess.max_lock_wait_time' => '60', 'dynamosess.prefetch' => '1'];
        $begun = microtime(true);
        $answers = serve($mode, $pages, $ini);
        $seconds = microtime(true) - $begun;
        check("$what: each page has its visitor's session, as the page before has left it", $expected, before_the_end($answers, $expected));
        // A lock that somebody still held would make this wait in vain.
        $last = array_map(fn ($visitor) => line($visitor, ['do' => 'count', 'locking' => 1, 'door' => $door]), array_keys($shared));
        $counted = array_map(fn ($visitor, $pages) => "$visitor " . ($pages + 1) . ' ', array_keys($shared), $shared);
        check("$what: no page of several at once is lost, and every lock is free", [$counted], serve($mode, [$last], ['dynamosess.max_lock_wait_time' => '0.2']));
        echo sprintf("          %d pages in %.1f s\n", array_sum(array_map(count(...), $pages)), $seconds);
    }
}
