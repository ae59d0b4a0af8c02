<?php
/* php bench/sessions.php KIND BYTES: a session as PHP's serializer writes it, of exactly so many bytes.
 *
 * KIND: woocommerce (a shop's cart, arrays in arrays), laravel (tokens, flashed input, validation errors),
 * objects (a framework's user and menus as objects), tokens (half of it random: OAuth tokens, nonces),
 * encrypted (random throughout, in base64: Laravel's encrypted sessions). The same bytes on each run. */

const WORDS = ['shipping', 'address', 'customer', 'discount', 'quantity', 'currency', 'language', 'preference',
    'delivery', 'invoice', 'confirmed', 'newsletter', 'blue', 'cotton', 'shirt', 'large', 'garden', 'chair', 'oak',
    'the', 'and', 'with', 'for', 'standard', 'express', 'please', 'ring', 'twice', 'second', 'floor', 'Hamburg'];

[, $kind, $bytes] = $argv + [null, '', 0];
mt_srand(crc32($kind));
$make = ['woocommerce' => 'woocommerce', 'laravel' => 'laravel', 'objects' => 'objects', 'tokens' => 'tokens', 'encrypted' => 'encrypted'];
if (!isset($make[$kind]) || $bytes < 100) {
    fwrite(STDERR, "usage: php bench/sessions.php KIND BYTES; KIND: " . implode(', ', array_keys($make)) . "; at least 100 bytes\n");
    exit(2);
}
echo fitted($make[$kind], (int) $bytes);

function words(int $count): string {
    return implode(' ', array_map(fn () => WORDS[mt_rand(0, count(WORDS) - 1)], range(1, $count)));
}

function random(int $bytes): string {
    return implode('', array_map(fn () => chr(mt_rand(0, 255)), range(1, $bytes)));
}

/* As many entries as fit, and a last text that fills up. */
function fitted(string $kind, int $bytes): string {
    if ($kind === 'encrypted') {
        return substr(base64_encode(random($bytes)), 0, $bytes);
    }
    $session = $kind(0);
    for ($n = 1; ; $n++) {
        $more = array_replace_recursive($session, $kind($n));
        if (strlen(encoded($more)) > $bytes - 60) {
            break;
        }
        $session = $more;
    }
    $session = strlen(encoded($session)) > $bytes - 30 ? [] : $session;
    $fill = $bytes - strlen(encoded($session + ['note' => '']));
    $fill -= strlen((string) $fill) - 1;
    $text = substr(words(intdiv($fill, 3) + 4), 0, max(0, $fill));
    $data = encoded($session + ['note' => $text]);
    return $data . str_repeat(' ', max(0, $bytes - strlen($data)));
}

/* session.serialize_handler = php */
function encoded(array $session): string {
    $parts = array_map(fn ($name, $value) => $name . '|' . serialize($value), array_keys($session), $session);
    return implode('', $parts);
}

function woocommerce(int $n): array {
    if ($n === 0) {
        return ['customer' => ['id' => '4711', 'country' => 'DE', 'postcode' => '20095', 'city' => 'Hamburg']];
    }
    $key = md5("product $n");
    $price = mt_rand(500, 9999) / 100;
    $quantity = mt_rand(1, 4);
    $line = ['key' => $key, 'product_id' => mt_rand(1000, 9999), 'variation_id' => 0,
        'variation' => ['attribute_pa_color' => WORDS[mt_rand(0, 30)], 'attribute_pa_size' => 'large'],
        'quantity' => $quantity, 'data_hash' => md5("hash $n"),
        'line_tax_data' => ['subtotal' => [1 => $price * 0.19], 'total' => [1 => $price * 0.19]],
        'line_subtotal' => $price * $quantity, 'line_subtotal_tax' => round($price * $quantity * 0.19, 2),
        'line_total' => $price * $quantity, 'line_tax' => round($price * $quantity * 0.19, 2)];
    return ['cart' => [$key => $line], 'cart_totals' => ['subtotal' => $price, 'total' => (string) $price],
        'wc_notices' => ['success' => [['notice' => '“' . words(3) . '” has been added to your cart.', 'data' => []]]]];
}

function laravel(int $n): array {
    if ($n === 0) {
        return ['_token' => substr(base64_encode(random(30)), 0, 40),
            '_previous' => ['url' => 'https://shop.example.com/account'],
            'login_web_' . sha1('guard') => 4711];
    }
    $field = WORDS[mt_rand(0, 30)] . '_' . $n;
    return ['_flash' => ['old' => [$n => 'errors'], 'new' => []],
        '_old_input' => [$field => words(mt_rand(1, 6))],
        'errors' => ['default' => [$field => ["The $field field must be a valid " . words(2) . '.']]],
        'history' => [$n => 'https://shop.example.com/products/' . WORDS[mt_rand(0, 30)] . "/$n?page=" . mt_rand(1, 30)]];
}

function objects(int $n): array {
    $entry = new stdClass();
    $entry->id = $n;
    $entry->title = ucfirst(words(2));
    $entry->path = '/admin/' . str_replace(' ', '/', words(2));
    $entry->permissions = ['view' => true, 'edit' => mt_rand(0, 1) === 1, 'delete' => false];
    $entry->children = [];
    return ['user_id' => 4711, 'menu' => ["m$n" => $entry], 'changed' => ["m$n" => 1_790_000_000 + mt_rand(0, 9_999_999)]];
}

function tokens(int $n): array {
    return ['oauth' => ["t$n" => ['access_token' => base64_encode(random(48)), 'expires' => 1_790_000_000 + $n,
        'scope' => words(4), 'issuer' => 'https://login.example.com/' . WORDS[mt_rand(0, 30)]]]];
}
