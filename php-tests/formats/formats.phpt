--TEST--
Sessions that other handlers left are read and written back, in whatever form they are and are to be
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

// Names of forms: AWS SDK for PHP v3 (data S), the same with data_attribute_type binary, Idealstack's handler with base64
// on, async-aws and Idealstack with base64 off.
const SESSION = 'n|i:1;name|s:4:"Zoë";';

function forms(): array
{
    return [
        'AWS SDK' => ['data' => ['S' => SESSION], 'expires' => expires_in(1440)],
        'AWS SDK, binary' => ['data' => ['B' => base64_encode(SESSION)], 'expires' => expires_in(1440)],
        'Idealstack' => ['data' => ['S' => base64_encode(SESSION)], 'expires' => expires_in(1440)],
        'async-aws' => ['data' => ['S' => SESSION], 'expires' => expires_in(1440)],
        'AWS SDK, empty' => ['expires' => expires_in(1440)],
    ];
}

function visit_all(): void
{
    foreach (forms() as $form => $attributes) {
        put_item(id(), $attributes);
        session_id(id());
        session_start();
        echo "$form: n=", $_SESSION['n'] ?? '-', ' ', $_SESSION['name'] ?? '-';
        $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
        session_write_close();
        $item = item(id());
        unset($item['gen']);
        echo ' -> ', describe($item), "\n";
        $_SESSION = [];
    }
}

scenario(doors: DYNAMODB_DOORS, requests: [
    'written as binary' => ['visit_all', ['dynamosess.data_attribute_type' => 'binary']],
    'written as string' => ['visit_all', ['dynamosess.data_attribute_type' => 'string']],
    'written as base64' => ['visit_all', ['dynamosess.data_attribute_type' => 'base64']],
    'base64 on' => ['visit_all', ['dynamosess.base64' => '1']],
    'base64 off' => ['visit_all', ['dynamosess.base64' => '0']],
]);
?>
--EXPECT--
-- written as binary --
AWS SDK: n=1 Zoë -> data B "n|i:2;name|s:4:\"Zo\u00eb\";", expires N future, rev B 4 bytes
AWS SDK, binary: n=1 Zoë -> data B "n|i:2;name|s:4:\"Zo\u00eb\";", expires N future, rev B 4 bytes
Idealstack: n=1 Zoë -> data B "n|i:2;name|s:4:\"Zo\u00eb\";", expires N future, rev B 4 bytes
async-aws: n=1 Zoë -> data B "n|i:2;name|s:4:\"Zo\u00eb\";", expires N future, rev B 4 bytes
AWS SDK, empty: n=- - -> data B "n|i:1;", expires N future, rev B 4 bytes
-- written as string --
AWS SDK: n=1 Zoë -> data S n|i:2;name|s:4:"Zoë";, expires N future, rev B 4 bytes
AWS SDK, binary: n=1 Zoë -> data S n|i:2;name|s:4:"Zoë";, expires N future, rev B 4 bytes
Idealstack: n=1 Zoë -> data S n|i:2;name|s:4:"Zoë";, expires N future, rev B 4 bytes
async-aws: n=1 Zoë -> data S n|i:2;name|s:4:"Zoë";, expires N future, rev B 4 bytes
AWS SDK, empty: n=- - -> data S n|i:1;, expires N future, rev B 4 bytes
-- written as base64 --
AWS SDK: n=1 Zoë -> data S bnxpOjI7bmFtZXxzOjQ6Ilpvw6siOw==, expires N future, rev B 4 bytes
AWS SDK, binary: n=1 Zoë -> data S bnxpOjI7bmFtZXxzOjQ6Ilpvw6siOw==, expires N future, rev B 4 bytes
Idealstack: n=1 Zoë -> data S bnxpOjI7bmFtZXxzOjQ6Ilpvw6siOw==, expires N future, rev B 4 bytes
async-aws: n=1 Zoë -> data S bnxpOjI7bmFtZXxzOjQ6Ilpvw6siOw==, expires N future, rev B 4 bytes
AWS SDK, empty: n=- - -> data S bnxpOjE7, expires N future, rev B 4 bytes
-- base64 on --
AWS SDK: n=1 Zoë -> data S bnxpOjI7bmFtZXxzOjQ6Ilpvw6siOw==, expires N future, rev B 4 bytes
AWS SDK, binary: n=1 Zoë -> data S bnxpOjI7bmFtZXxzOjQ6Ilpvw6siOw==, expires N future, rev B 4 bytes
Idealstack: n=1 Zoë -> data S bnxpOjI7bmFtZXxzOjQ6Ilpvw6siOw==, expires N future, rev B 4 bytes
async-aws: n=1 Zoë -> data S bnxpOjI7bmFtZXxzOjQ6Ilpvw6siOw==, expires N future, rev B 4 bytes
AWS SDK, empty: n=- - -> data S bnxpOjE7, expires N future, rev B 4 bytes
-- base64 off --
AWS SDK: n=1 Zoë -> data S n|i:2;name|s:4:"Zoë";, expires N future, rev B 4 bytes
AWS SDK, binary: n=1 Zoë -> data S n|i:2;name|s:4:"Zoë";, expires N future, rev B 4 bytes
Idealstack: n=1 Zoë -> data S n|i:2;name|s:4:"Zoë";, expires N future, rev B 4 bytes
async-aws: n=1 Zoë -> data S n|i:2;name|s:4:"Zoë";, expires N future, rev B 4 bytes
AWS SDK, empty: n=- - -> data S n|i:1;, expires N future, rev B 4 bytes
