<?php
// Output leaves after the session is stored, so that the browser's next request finds it.

foreach (['classic', 'worker'] as $mode) {
    foreach (['native', 'class'] as $door) {
        foreach (['returns', 'throws', 'exits'] as $end) {
            $page = fn (string $value) => line("output-$mode-$door", ['do' => 'late', 'value' => $value, 'end' => $end, 'door' => $door]);
            $seen = serve($mode, [[$page("$end first"), $page("$end second")]]);
            check("$mode, $door: a page that $end has stored its session before its last output leaves", [['stored', 'stored']], is_int($seen) ? $seen : [array_map(fn ($line) => preg_replace('/.*?((?:not )?stored).*/', '$1', $line), $seen[0])]);
        }
    }
}
