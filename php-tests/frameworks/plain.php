<?php
// Plain PHP, as docs/install.md says for machines without the extension.
require __DIR__ . '/site.inc';

$site = site(['index.php' => php_snippet('../install', 'public/index.php') . <<<'PHP'

    match (strtok($_SERVER['REQUEST_URI'], '?')) {
        '/put' => $_SESSION['cart'][] = $_GET['item'],
        '/login' => session_regenerate_id(true),
        '/logout' => session_destroy() && $_SESSION = [],
        default => null,
    };
    echo 'cart: ', implode(',', $_SESSION['cart'] ?? []);
    PHP]);

new_table('sessions');
[$a, $b] = nodes($site, ['session.use_strict_mode=1']);
journey($a, $b);
without_extension($site);

finish();
