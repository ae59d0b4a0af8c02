--TEST--
No key shows in phpinfo(), check(), a dump, a trace or a message
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

const KEY = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';

/** Parts of the key, in base64, hexadecimal and as it is, that $text holds. */
function shown(string $text): string
{
    $bytes = substr(base64_decode(KEY), 16);
    $found = array_filter([substr(KEY, 4, 12), bin2hex($bytes), $bytes], fn ($part) => str_contains($text, $part));
    return $found ? 'SHOWN' : 'not shown';
}

function output_of(callable $call): string
{
    ob_start();
    $call();
    return ob_get_clean();
}

scenario(doors: DYNAMODB_DOORS, requests: [
    'keys in php.ini' => [function () {
        session_id(id());
        session_start();
        $info = output_of(fn () => phpinfo(INFO_MODULES));
        echo 'phpinfo(): ', shown($info), "\n";
        echo implode("\n", preg_grep('/encryption_keys/', explode("\n", $info))), "\n";
        $handler = new DynamoDbSessionHandler;
        echo 'check(): ', shown($handler->checkReport() . json_encode($handler->check())), ', ', json_encode($handler->check()['encryption']), "\n";
        echo implode("\n", preg_grep('/^(OK +Encryption)/', explode("\n", $handler->checkReport()))), "\n";
        // PHP itself shows what php.ini holds: see docs/encryption.md.
        echo 'ini_get(): ', shown(ini_get('dynamosess.encryption_keys')), "\n";
    }, ['dynamosess.encryption_keys' => '2026b:' . KEY, 'dynamosess.encryption' => 'required']],
    'the constructor' => function () {
        $handler = new DynamoDbSessionHandler(['encryption_keys' => '2026b:' . KEY]);
        echo 'dumps: ', shown(output_of(function () use ($handler) {
            var_dump($handler);
            print_r($handler);
            var_export($handler);
        }) . json_encode($handler) . serialize((array) $handler)), "\n";
    },
    'a trace' => function () {
        foreach ([KEY, '2026b:' . KEY . 'AA', KEY . ':2026b', 'x y:' . KEY] as $keys) {
            try {
                new DynamoDbSessionHandler(['encryption_keys' => $keys]);
            } catch (ValueError $error) {
                echo 'trace and message: ', shown("$error" . print_r($error->getTrace()[0], true)), "\n";
            }
        }
    },
]);
?>
--EXPECT--
-- keys in php.ini --
phpinfo(): not shown
encryption_keys => given, not shown [INI]
dynamosess.encryption_keys => [hidden] => [hidden]
check(): not shown, {"keys":["2026b"],"required":true}
OK       Encryption    by key 2026b; required
ini_get(): SHOWN
-- the constructor --
dumps: not shown
-- a trace --
trace and message: not shown
trace and message: not shown
trace and message: not shown
trace and message: not shown
