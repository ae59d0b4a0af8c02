<?php
// The environment belongs to a page, and reading it hurts nobody.

/** Freed memory is filled with this byte, so that a reader of an array that another thread has freed finds no pointer in it. */
const PERTURB = ['MALLOC_PERTURB_' => '165'];

foreach (['classic', 'worker'] as $mode) {
    $pages = $expected = [];
    foreach (range(0, THREADS - 1) as $thread) {
        $id = "$mode-environment-$thread";
        $pages[] = array_fill(0, 100, line($id, ['do' => 'count', 'end' => $thread < 3 ? 'sets variables' : 'returns']));
        $expected[] = array_map(fn ($n) => "$id $n ", range(1, 100));
    }
    check("$mode: pages have their sessions while other threads change the environment", $expected, serve($mode, $pages, environment: PERTURB));

    $kinds = [
        'eu-central-1' => line('none', ['do' => 'region']),
        'eu-west-3' => line('none', ['do' => 'region', 'putenv' => 'eu-west-3']),
        'us-west-2' => line('none', ['do' => 'region'], ['AWS_REGION' => 'us-west-2']),
        'ap-south-1' => line('none', ['do' => 'region', 'putenv' => 'ap-south-1'], ['AWS_REGION' => 'us-east-2']),
    ];
    $pages = $expected = [];
    foreach (range(0, 3) as $thread) {
        foreach (range(0, 7) as $n) {
            $region = array_keys($kinds)[($thread + $n) % count($kinds)];
            $pages[$thread][] = $kinds[$region];
            $expected[$thread][] = $region;
        }
    }
    check("$mode: a page's putenv(), and what its server sets for it, count for that page alone", $expected, serve($mode, $pages));
}
