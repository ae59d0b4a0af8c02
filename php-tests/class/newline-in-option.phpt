--TEST--
An option is nested where its array is, whatever characters its name has
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: ['class'], requests: [
    'a newline in a name' => function () {
        foreach (["credentials\nkey", "http\ntimeout", "\n", "credentials\n"] as $name) {
            print_r(warnings_of(fn () => print(outcome(fn () => (bool) new DynamoDbSessionHandler([$name => 'x'])) . "\n")));
        }
    },
    'beside the array itself' => function () {
        $handler = new DynamoDbSessionHandler(['credentials' => ['key' => 'k', 'secret' => 's'], "credentials\nsecret" => 7]);
        var_dump($handler->read('x'));
    },
    'arrays within arrays, and one that holds itself' => function () {
        $itself = ['timeout' => 3];
        $itself['again'] = &$itself;
        $handler = new DynamoDbSessionHandler(['http' => $itself]);
        echo outcome(fn () => $handler->createTable(['Tags' => $itself])), "\n";
        echo outcome(fn () => $handler->createTable(['Tags' => [new stdClass]])), "\n";
        echo outcome(fn () => $handler->createTable(['Tags' => ["a\nb" => 'c']])), "\n";
    },
]);
?>
--EXPECT--
-- a newline in a name --
true
Array
(
    [0] => DynamoDbSessionHandler::__construct(): option 'credentials key' is unknown; did you mean 'credentials'?
)
true
Array
(
    [0] => DynamoDbSessionHandler::__construct(): option 'http timeout' is unknown; did you mean 'http'?
)
true
Array
(
    [0] => DynamoDbSessionHandler::__construct(): option '' is unknown
)
true
Array
(
    [0] => DynamoDbSessionHandler::__construct(): option 'credentials' is unknown; did you mean 'credentials'?
)
-- beside the array itself --
Warning: DynamoDbSessionHandler::__construct(): option 'credentials secret' is unknown; did you mean 'credentials'?
string(0) ""
-- arrays within arrays, and one that holds itself --
Notice: DynamoDbSessionHandler::createTable(): table '{table}' exists already in us-east-1 and was left as it is
true
ValueError: DynamoDbSessionHandler::createTable(): Argument #1 ($options) must hold scalars and arrays only
Notice: DynamoDbSessionHandler::createTable(): table '{table}' exists already in us-east-1 and was left as it is
true
