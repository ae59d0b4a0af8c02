--TEST--
A mistake in the keys is told when PHP starts, and no session is opened until it is mended
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

const A = '2026a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=', B = '2026b:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=';

function try_to_begin(): void
{
    session_id(id());
    $warnings = warnings_of(fn () => var_dump(session_start()));
    echo $warnings[0], "\n", stored(id()) ?? 'nothing is stored', "\n";
}

$keys = ['dynamosess.encryption_keys' => A];
scenario(doors: ['dynamodb'], requests: [
    'a key cut short' => ['try_to_begin', ['dynamosess.encryption_keys' => substr(A, 0, -4)]],
    'no such file' => ['try_to_begin', ['dynamosess.encryption_keys' => 'file:/nonexistent/keys']],
    'a file of another kind' => ['try_to_begin', ['dynamosess.encryption_keys' => 'file:' . __FILE__]],
    'required, and no keys' => ['try_to_begin', ['dynamosess.encryption' => 'required']],
    'a misspelt word' => ['try_to_begin', ['dynamosess.encryption' => 'require'] + $keys],
    'in the environment' => ['try_to_begin', [], ['DYNAMOSESS_ENCRYPTION_KEYS' => 'secret']],
]);
?>
--EXPECTF--
-- a key cut short --
Warning: dynamosess: start failed: dynamosess.encryption_keys must be a list of id:key separated by commas, each key 32 bytes in base64, or file: and an absolute path; entry 1 has a key that is not 32 bytes long; no session is opened with it; correct the setting
bool(false)
open failed: dynamosess.encryption_keys must be a list of id:key separated by commas, each key 32 bytes in base64, or file: and an absolute path; entry 1 has a key that is not 32 bytes long; no session is opened with it; correct the setting
nothing is stored
-- no such file --
Warning: dynamosess: start failed: dynamosess.encryption_keys: /nonexistent/keys cannot be read: No such file or directory (os error 2); correct the setting
bool(false)
open failed: dynamosess.encryption_keys: /nonexistent/keys cannot be read: No such file or directory (os error 2); correct the setting
nothing is stored
-- a file of another kind --
Warning: dynamosess: start failed: dynamosess.encryption_keys: %smalformed.php holds no list of keys: entry 1 has no ':' between its id and its key; correct the setting
bool(false)
open failed: dynamosess.encryption_keys: %smalformed.php holds no list of keys: entry 1 has no ':' between its id and its key; correct the setting
nothing is stored
-- required, and no keys --
Warning: dynamosess: start failed: dynamosess.encryption is 'required', and dynamosess.encryption_keys is not set; correct the setting
bool(false)
open failed: dynamosess.encryption is 'required', and dynamosess.encryption_keys is not set; correct the setting
nothing is stored
-- a misspelt word --
Warning: dynamosess: start failed: dynamosess.encryption must be one of optional, required, 'require' given; no session is opened with it; correct the setting
bool(false)
open failed: dynamosess.encryption must be one of optional, required, 'require' given; no session is opened with it; correct the setting
nothing is stored
-- in the environment --
Warning: dynamosess: start failed: DYNAMOSESS_ENCRYPTION_KEYS must be a list of id:key separated by commas, each key 32 bytes in base64, or file: and an absolute path; entry 1 has no ':' between its id and its key; no session is opened with it; correct the setting
bool(false)
open failed: DYNAMOSESS_ENCRYPTION_KEYS must be a list of id:key separated by commas, each key 32 bytes in base64, or file: and an absolute path; entry 1 has no ':' between its id and its key; no session is opened with it; correct the setting
nothing is stored
