--TEST--
A SessionHandler that encrypts around the native module reads what it wrote, and the table holds only ciphertext
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; if (!extension_loaded('openssl')) { die('skip openssl is not loaded'); }?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

class Encrypting extends SessionHandler
{
    private const KEY = '0123456789abcdef0123456789abcdef';

    public function read(string $id): string|false
    {
        $stored = parent::read($id);
        return $stored === '' || $stored === false
            ? $stored
            : openssl_decrypt(substr($stored, 12), 'aes-256-ctr', self::KEY, OPENSSL_RAW_DATA, str_pad(substr($stored, 0, 12), 16, "\0"));
    }

    public function write(string $id, string $data): bool
    {
        $nonce = random_bytes(12);
        return parent::write($id, $nonce . openssl_encrypt($data, 'aes-256-ctr', self::KEY, OPENSSL_RAW_DATA, str_pad($nonce, 16, "\0")));
    }
}

function visit(): void
{
    session_set_save_handler(new Encrypting, true);
    session_id(id());
    var_dump(session_start());
}

scenario(doors: ['files', 'dynamodb'], settings: ['session.use_strict_mode' => 0], requests: [
    'first' => function () {
        visit();
        $_SESSION['card'] = '4242';
    },
    'what is stored' => function () {
        var_dump(strlen(stored(id())), str_contains(stored(id()), 'card'));
    },
    'second' => function () {
        visit();
        var_dump($_SESSION);
        var_dump(session_regenerate_id(true));
        remember('next', session_id());
        var_dump(stored(id()));
    },
    'moved' => function () {
        var_dump(strlen(stored(recall('next'))));
    },
    'gc and destroy reach the native module' => function () {
        session_set_save_handler(new Encrypting, true);
        session_id(recall('next'));
        session_start();
        var_dump($_SESSION, is_int(session_gc()));
        session_destroy();
        var_dump(stored(recall('next')));
    },
]);
?>
--EXPECT--
-- first --
bool(true)
-- what is stored --
int(28)
bool(false)
-- second --
bool(true)
array(1) {
  ["card"]=>
  string(4) "4242"
}
bool(true)
NULL
-- moved --
int(28)
-- gc and destroy reach the native module --
array(1) {
  ["card"]=>
  string(4) "4242"
}
bool(true)
NULL
