--TEST--
Keys come from php.ini, a file that is read when PHP starts, the environment at its start, and the constructor, and from nowhere else
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

const A = '2026a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=', B = '2026b:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=';

function written_by(?DynamoDbSessionHandler $handler = null): void
{
    session_id(id());
    var_dump($handler ? $handler->open('', 'PHPSESSID') && $handler->write(id(), 'n|i:1;') : session_start());
    $_SESSION['n'] = 1;
    session_write_close();
    $data = base64_decode(item(id())['data']['B'] ?? '');
    echo preg_match('/^\xFF\|\xFFd\x02\x05(\w{5})/', $data, $head) ? "encrypted by $head[1]" : $data, "\n";
    dynamodb('DeleteItem', ['TableName' => table(), 'Key' => ['id' => ['S' => key_of(id())]]]);
}

if (getenv('SCENARIO_REQUEST') === false) {
    putenv('KEY_FILE=' . tempnam(sys_get_temp_dir(), 'dynamosess-keys-'));
    file_put_contents(getenv('KEY_FILE'), A . "\n" . B . "\n");
}

scenario(doors: ['dynamodb'], requests: [
    'a file' => [function () {
        // It can be root's: php-fpm reads it before its workers become other users.
        unlink(getenv('KEY_FILE'));
        written_by();
    }, ['dynamosess.encryption_keys' => 'file:' . getenv('KEY_FILE')]],
    'the environment' => ['written_by', [], ['DYNAMOSESS_ENCRYPTION_KEYS' => B]],
    'php.ini comes before the environment' => ['written_by', ['dynamosess.encryption_keys' => A], ['DYNAMOSESS_ENCRYPTION_KEYS' => B]],
    'putenv()' => function () {
        putenv('DYNAMOSESS_ENCRYPTION_KEYS=' . B);
        written_by();
    },
    'ini_set()' => function () {
        var_dump(ini_set('dynamosess.encryption_keys', B), ini_set('dynamosess.encryption', 'required'));
        written_by();
    },
    'the save path' => function () {
        session_save_path('dynamodb://' . table() . '?encryption_keys=' . urlencode(B));
        echo implode("\n", warnings_of(fn () => written_by())), "\n";
    },
    'the constructor' => fn () => written_by(new DynamoDbSessionHandler(['encryption_keys' => B, 'encryption' => 'required'])),
    'a mistake in the constructor' => function () {
        echo outcome(fn () => new DynamoDbSessionHandler(['encryption_keys' => substr(B, 0, -4)])), "\n";
    },
    'a file outside open_basedir in the constructor' => [function () {
        foreach (['file:/etc/passwd', ' file:/etc/passwd'] as $file) {
            echo outcome(fn () => warnings_of(fn () => new DynamoDbSessionHandler(['encryption_keys' => $file]))), "\n";
        }
    }, ['open_basedir' => dirname(__DIR__) . ':' . sys_get_temp_dir()]],
]);
?>
--EXPECT--
-- a file --
bool(true)
encrypted by 2026a
-- the environment --
bool(true)
encrypted by 2026b
-- php.ini comes before the environment --
bool(true)
encrypted by 2026a
-- putenv() --
bool(true)
n|i:1;
-- ini_set() --
bool(false)
bool(false)
bool(true)
n|i:1;
-- the save path --
bool(false)

open failed: session.save_path must not say how sessions are encrypted; that stands in php.ini, in a pool of php-fpm, or in DYNAMOSESS_ENCRYPTION_KEYS; correct the setting
session_start(): Failed to initialize storage module: {handler} (path: …)
-- the constructor --
bool(true)
encrypted by 2026b
-- a mistake in the constructor --
ValueError: DynamoDbSessionHandler::__construct(): Argument #1 ($options) option 'encryption_keys' must be a list of id:key separated by commas, each key 32 bytes in base64, or file: and an absolute path; entry 1 has a key that is not 32 bytes long
-- a file outside open_basedir in the constructor --
ValueError: DynamoDbSessionHandler::__construct(): Argument #1 ($options) option 'encryption_keys' must be within open_basedir
ValueError: DynamoDbSessionHandler::__construct(): Argument #1 ($options) option 'encryption_keys' must be a list of id:key separated by commas, each key 32 bytes in base64, or file: and an absolute path; entry 1 has a key that is not base64
