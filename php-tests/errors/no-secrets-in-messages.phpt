--TEST--
No warning holds a session id, session data or a secret
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

// Everything that can go wrong here, with markers in whatever must not be shown.
const ID = 'marker-of-the-id', DATA = 'marker-of-the-data', SECRET = 'marker-of-the-secret';

scenario(doors: ['class'], requests: [
    'all that goes wrong' => function () {
        $credentials = ['key' => 'AKIAMARKER', 'secret' => SECRET, 'token' => 'marker-of-the-token'];
        $ways = [
            'unreachable' => ['endpoint' => 'http://127.0.0.1:1', 'max_attempts' => 1],
            'no such host' => ['endpoint' => 'http://nowhere.invalid', 'max_attempts' => 1],
            'no such table' => ['table_name' => 'not-made'],
            'another key' => ['hash_key' => 'other'],
            'not DynamoDB' => ['endpoint' => 'https://' . parse_url(getenv('DYNAMOSESS_TEST_ENDPOINT'), PHP_URL_HOST) . ':' . parse_url(getenv('DYNAMOSESS_TEST_ENDPOINT'), PHP_URL_PORT), 'max_attempts' => 1],
            'too large' => [],
        ];
        foreach ($ways as $name => $options) {
            $handler = new DynamoDbSessionHandler($options + ['credentials' => $credentials]);
            $failed = 0;
            $messages = implode("\n", warnings_of(function () use ($handler, $name, &$failed) {
                $data = str_repeat(DATA, $name === 'too large' ? 30_000 : 1);
                foreach (['read' => [ID], 'write' => [ID, $data], 'updateTimestamp' => [ID, $data], 'destroy' => [ID], 'validateId' => [ID]] as $method => $arguments) {
                    $failed += $handler->$method(...$arguments) === false ? 1 : 0;
                }
                $handler->garbageCollect();
                $handler->checkReport();
            }));
            preg_match_all('/marker-of-the-\w+|AKIAMARKER/i', $messages . $handler->checkReport() . json_encode($handler->check()), $shown);
            echo "$name: ", $failed > 0 ? 'fails' : 'works', ', ', $messages === '' ? 'silent' : 'warned', ', ', implode(' ', array_unique($shown[0])) ?: 'nothing shown', "\n";
        }
    },
]);
?>
--EXPECT--
unreachable: fails, warned, nothing shown
no such host: fails, warned, nothing shown
no such table: fails, warned, nothing shown
another key: fails, warned, nothing shown
not DynamoDB: fails, warned, nothing shown
too large: fails, warned, nothing shown
