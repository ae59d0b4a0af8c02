--TEST--
With keys a session is stored encrypted, read again, and not written by a page that has not changed it
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

const A = '2026a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=', B = '2026b:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=';

/** By whom the stored session is encrypted; or the session, if it is not. */
function kind(): string
{
    $data = base64_decode(item(id())['data']['B']);
    return preg_match('/^\xFF\|\xFFd\x02(.)/s', $data, $head) ? 'encrypted by ' . substr($data, 6, ord($head[1])) : $data;
}

function begin(): bool
{
    session_id(id());
    return session_start();
}

scenario(doors: DYNAMODB_DOORS, requests: [
    'plain' => function () {
        begin();
        $_SESSION['n'] = 1;
        session_write_close();
        echo kind(), "\n";
    },
    'plain data are read, and encrypted when they are written' => [function () {
        begin();
        echo ++$_SESSION['n'], "\n";
        session_write_close();
        echo kind(), "\n";
    }, ['dynamosess.encryption_keys' => A]],
    'unchanged' => [function () {
        begin();
        session_write_close();
        $stats = DynamoDbSessionHandler::stats();
        echo "{$_SESSION['n']}, {$stats['writes']} writes, {$stats['encryptions']} encryptions\n";
    }, ['dynamosess.encryption_keys' => A, 'dynamosess.encryption' => 'required']],
    'a second key in front' => [function () {
        begin();
        echo ++$_SESSION['n'], ', ', DynamoDbSessionHandler::stats()['other_key_reads'], " read by another key\n";
        session_write_close();
        echo kind(), "\n";
    }, ['dynamosess.encryption_keys' => B . ',' . A]],
    'the first key has gone' => [function () {
        begin();
        echo ++$_SESSION['n'], "\n";
        session_regenerate_id(true);
        echo item(id()) === null ? 'the old one is deleted' : 'the old one is there', "\n";
    }, ['dynamosess.encryption_keys' => B, 'dynamosess.locking' => 1]],
]);
?>
--EXPECT--
-- plain --
n|i:1;
-- plain data are read, and encrypted when they are written --
2
encrypted by 2026a
-- unchanged --
2, 0 writes, 0 encryptions
-- a second key in front --
3, 1 read by another key
encrypted by 2026b
-- the first key has gone --
4
the old one is deleted
