<?php
// Laravel, as docs/frameworks/laravel.md says: an application with the page's service provider and .env.
require __DIR__ . '/laravel.inc';

new_table('sessions');
[$a, $b] = nodes(laravel() . '/public');
journey($a, $b, 'shop');
claim_lifetime(7200);
claim('the keys are the prefix and the id', preg_grep('/^shop_[A-Za-z0-9]{40}$/', keys('sessions')) === keys('sessions'));

$browser = new Browser;
$browser->visit($a, '/put?item=apples');
$browser->visit($a, '/cart');
claim_same('the same page again costs one request', 1, cost($a, fn () => $browser->visit($a, '/cart')));
claim_same('another page costs two: Laravel keeps the URL of the last one', 2, cost($a, fn () => $browser->visit($a, '/cart?page=2')));

echo "With 'encrypt' => true\n";
[$a, $b] = nodes(laravel("SESSION_ENCRYPT=true\n") . '/public');
$browser = new Browser;
$browser->visit($a, '/put?item=apples');
claim_same('the other node knows it', 'cart: apples', $browser->visit($b, '/cart'));
$browser->visit($a, '/cart');
claim_same('every page costs two requests, the same one again as well', 2, cost($a, fn () => $browser->visit($a, '/cart')));

echo "Encrypted by dynamosess\n";
[$a, $b] = nodes(laravel() . '/public', ['dynamosess.encryption_keys=2026a:' . base64_encode(str_repeat('k', 32))]);
$browser = new Browser;
$browser->visit($a, '/put?item=apples');
claim_same('the other node knows it', 'cart: apples', $browser->visit($b, '/cart'));
$browser->visit($a, '/cart');
claim_same('the same page again costs one request', 1, cost($a, fn () => $browser->visit($a, '/cart')));

$stored = array_map(fn ($item) => base64_decode($item['data']['B'] ?? ''), dynamodb('Scan', ['TableName' => 'sessions'])['Items']);
claim('and what is stored is encrypted', count(preg_grep('/^\xFF\x7C\xFF\x64\x02/', $stored)) === 1);

echo "With what docs/install.md says for machines without the extension\n";
$with_fallback = laravel(driver: "\n" . snippet('../install', 'config/session.php')) . '/public';
[$a, $b] = nodes($with_fallback);
journey($a, $b, 'shop');
without_extension($with_fallback);

finish();
