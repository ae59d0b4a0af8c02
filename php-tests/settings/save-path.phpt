--TEST--
session.save_path may be a DSN with table and settings; any other path is ignored, and credentials are refused
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function try_path(string $path): void
{
    ini_set('session.save_path', $path);
    session_id(id());
    $warnings = warnings_of(function () {
        var_dump(session_start());
        $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
        session_write_close();
    });
    echo implode("\n", $warnings), $warnings ? "\n" : '';
    $_SESSION = [];
}

scenario(doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0], requests: [
    'a table and settings' => function () {
        ini_set('dynamosess.table_name', 'elsewhere');
        ini_set('dynamosess.endpoint', 'http://127.0.0.1:1');
        try_path('dynamodb://' . table() . '?region=us-east-1&data_attribute_type=string&key_prefix=p%2D&endpoint='
            . rawurlencode(getenv('DYNAMOSESS_TEST_ENDPOINT')));
        $key = ['id' => ['S' => 'p-PHPSESSID_' . id()]];
        echo describe(dynamodb('GetItem', ['TableName' => table(), 'Key' => $key])['Item'] ?? null), "\n";
    },
    'an alias' => function () {
        try_path('dynamodb://' . table() . '?consistent_reads=0');
        echo stored(id()), "\n";
    },
    'any other path' => function () {
        foreach (['/tmp', '2;/tmp', 'tcp://127.0.0.1:6379', ''] as $path) {
            try_path($path);
        }
        echo stored(id()), "\n";
    },
    'credentials in it' => function () {
        try_path('dynamodb://AKIA:hidden-secret@' . table() . '?region=us-east-1');
        echo stored(id()), "\n";
    },
    'an unknown setting in it' => function () {
        try_path('dynamodb://' . table() . '?regoin=us-east-1');
    },
]);
?>
--EXPECT--
-- a table and settings --
bool(true)
data S n|i:1;, expires N future, gen B 8 bytes, rev B 4 bytes
-- an alias --
bool(true)
n|i:1;
-- any other path --
bool(true)
bool(true)
bool(true)
bool(true)
n|i:5;
-- credentials in it --
bool(false)
open failed: session.save_path must not hold credentials; use a role or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; correct the setting
session_start(): Failed to initialize storage module: {handler} (path: …)
n|i:5;
-- an unknown setting in it --
bool(true)
session.save_path: option 'regoin' is unknown; did you mean 'region'?
