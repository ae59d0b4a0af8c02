<?php

/** window.php SOCKET SOCKET ID PAGES [DO]: asks for so many pages of one session, of one pool after the other. */

declare(strict_types=1);

require __DIR__ . '/processes.inc';

[, $a, $b, $id, $pages] = $argv;
for ($page = 0; $page < $pages; $page++) {
    echo visit($page % 2 === 0 ? $a : $b, ['do' => $argv[5] ?? 'count', 'id' => $id]), "\n";
}
