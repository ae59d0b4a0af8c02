<?php
// The encrypting subclass of docs/frameworks/encryption.md: by itself, and as Laravel's driver where Laravel is.
require __DIR__ . '/site.inc';

$site = site([
    'EncryptedSessions.php' => php_snippet('encryption', 'EncryptedSessions.php'),
    'index.php' => "<?php\nini_set('session.use_strict_mode', '1');\nrequire 'EncryptedSessions.php';\n\$key = str_repeat('k', 32);\n"
        . snippet('encryption', 'public/index.php') . <<<'PHP'

            match (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)) {
                '/put' => $_SESSION['cart'][] = $_GET['item'],
                '/login' => session_regenerate_id(true),
                '/logout' => session_destroy() && $_SESSION = [],
                '/cart' => null,
            };
            echo 'cart: ' . implode(',', $_SESSION['cart'] ?? []);
            PHP,
]);

new_table('sessions');
[$a, $b] = nodes($site);
journey($a, $b);
$browser = new Browser;
$browser->visit($a, '/put?item=apples');
claim_same('an unchanged page costs one request', 1, cost($a, fn () => $browser->visit($a, '/cart')));
claim_same('a changed one two', 2, cost($a, fn () => $browser->visit($a, '/put?item=figs')));
claim_same('and is there', 'cart: apples,figs', $browser->visit($b, '/cart'));
$stored = array_map(fn ($item) => base64_decode($item['data']['B']), dynamodb('Scan', ['TableName' => 'sessions'])['Items']);
claim('nothing readable is stored', $stored !== [] && !preg_grep('/cart|apples/', $stored));

finish();
