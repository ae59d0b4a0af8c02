--TEST--
A session whose key is not there, or that is not encrypted though it must be, is not opened and stays
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

const A = '2026a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=', B = '2026b:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=';

function begin(): bool
{
    session_id(id());
    return session_start();
}

function try_to_begin(): void
{
    $stored = stored(id());
    $warnings = warnings_of(function () {
        var_dump(begin());
        $_SESSION['n'] = 9;
        session_write_close();
    });
    echo preg_replace('/^.*?: (it|key)/', '$1', $warnings[0]), "\n";
    echo stored(id()) === $stored ? 'the item stays' : 'the item was changed', "\n";
}

scenario(doors: DYNAMODB_DOORS, requests: [
    'encrypted' => [function () {
        begin();
        $_SESSION['n'] = 1;
    }, ['dynamosess.encryption_keys' => A]],
    'no keys' => 'try_to_begin',
    'another key' => ['try_to_begin', ['dynamosess.encryption_keys' => B]],
    'another key of the same name' => ['try_to_begin', ['dynamosess.encryption_keys' => str_replace('2026b', '2026a', B)]],
    'moved from another session' => [function () {
        put_item('other', ['data' => item(id())['data'], 'expires' => expires_in(600)]);
        session_id('other');
        $warnings = warnings_of(fn () => var_dump(session_start()));
        echo preg_replace('/^.*?: (it|key)/', '$1', $warnings[0]), "\n";
    }, ['dynamosess.encryption_keys' => A]],
    'not encrypted' => [function () {
        put_item(id(), ['data' => ['S' => 'n|i:1;'], 'expires' => expires_in(600)]);
        try_to_begin();
    }, ['dynamosess.encryption_keys' => A, 'dynamosess.encryption' => 'required']],
]);
?>
--EXPECT--
-- encrypted --
-- no keys --
bool(false)
it is encrypted with key '2026a', and dynamosess.encryption_keys is not set; the item is left as it is; put the key back into dynamosess.encryption_keys
the item stays
-- another key --
bool(false)
it is encrypted with key '2026a', which dynamosess.encryption_keys does not have; the item is left as it is; put the key back into dynamosess.encryption_keys
the item stays
-- another key of the same name --
bool(false)
key '2026a' does not decrypt it: another key has this id, or the data were changed, or copied from another session's item; the item is left as it is; put the key back into dynamosess.encryption_keys
the item stays
-- moved from another session --
bool(false)
key '2026a' does not decrypt it: another key has this id, or the data were changed, or copied from another session's item; the item is left as it is; put the key back into dynamosess.encryption_keys
-- not encrypted --
bool(false)
it is not encrypted, and dynamosess.encryption is 'required'; the item is left as it is; repair it, or delete it, and the visitor begins a new session
the item stays
