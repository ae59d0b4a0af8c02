<?php
// Memory stays as it is, however many pages are served.

foreach (['classic', 'worker'] as $mode) {
    foreach (['native', 'class'] as $door) {
        $pages = array_fill(0, THREADS, []);
        foreach (array_keys($pages) as $thread) {
            foreach (range(1, intdiv(PAGES, 2 * THREADS)) as $at) {
                $end = ['returns', 'closes', 'leaves', 'exits'][$at % 4];
                $pages[$thread][] = line("memory-$thread-" . $at % 7, ['do' => 'count', 'end' => $end, 'door' => $door] + ($at % 2 ? ['locking' => 1] : []));
            }
        }
        $half = intdiv(count($pages[0]), 2);
        array_splice($pages[0], $half, 0, [line('none', ['do' => 'memory'])]);
        $pages[0][] = line('none', ['do' => 'memory']);
        $answers = serve($mode, $pages, ['dynamosess.max_lock_wait_time' => '60']);
        [$before, $after] = is_int($answers) ? [0, INF] : [(int) $answers[0][$half], (int) end($answers[0])];
        check("$mode, $door: the second half of the pages takes no more memory ($before MB, $after MB)", true, $after <= $before + 2);
    }
}
