--TEST--
A string that is base64 is decoded only if it is a session inside, or if base64 is configured
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: ['class'], requests: [
    'as it is found' => function () {
        $handler = new DynamoDbSessionHandler;
        $strings = [
            'php' => 'n|i:1;',
            'php, two names' => 'a_b|s:1:"x";c|N;',
            'php_serialize' => 'a:1:{s:1:"n";i:1;}',
            'php_binary' => "\x01ni:1;",
            'encrypted' => '{"iv":"Zm9v","value":"YmFy","mac":"x"}',
            'text' => 'hello',
        ];
        foreach ($strings as $name => $string) {
            put_item('x', ['data' => ['S' => base64_encode($string)], 'expires' => expires_in(60)], '');
            $read = $handler->read('x');
            echo "$name: ", match ($read) { $string => 'decoded', base64_encode($string) => 'as it stands', default => json_encode($read) }, "\n";
        }
        $igbinary = "\x00\x00\x00\x02\x14\x01\x11\x01n\x06\x01";
        put_item('x', ['data' => ['S' => base64_encode($igbinary)], 'expires' => expires_in(60)], '');
        $expected = extension_loaded('igbinary') ? $igbinary : base64_encode($igbinary);
        echo 'igbinary: ', $handler->read('x') === $expected ? 'decoded where this PHP has it' : 'wrong', "\n";
    },
    'with base64 configured' => function () {
        $handler = new DynamoDbSessionHandler(['base64' => true]);
        put_item('x', ['data' => ['S' => base64_encode('hello')], 'expires' => expires_in(60)], '');
        var_dump($handler->read('x'));
    },
    'with base64 configured, and no base64 there' => function () {
        $handler = new DynamoDbSessionHandler(['base64' => true]);
        put_item('x', ['data' => ['S' => 'n|i:1;'], 'expires' => expires_in(60)], '');
        $warnings = warnings_of(function () use ($handler) {
            var_dump($handler->read('x'));
        });
        echo count($warnings), " warnings\n";
    },
]);
?>
--EXPECT--
-- as it is found --
php: decoded
php, two names: decoded
php_serialize: decoded
php_binary: decoded
encrypted: as it stands
text: as it stands
igbinary: decoded where this PHP has it
-- with base64 configured --
string(5) "hello"
-- with base64 configured, and no base64 there --
string(6) "n|i:1;"
0 warnings
