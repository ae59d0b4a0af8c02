--TEST--
The class refuses ids that cannot be keys, or would share another's, and sends no request
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: ['class'], requests: [
    'refused' => function () {
        foreach (['empty' => '', '_ first' => '_abc', '_ last' => 'abc_', 'too long' => str_repeat('x', 2049)] as $name => $id) {
            $handler = new DynamoDbSessionHandler;
            $before = DynamoDbSessionHandler::stats()['requests'];
            $warnings = warnings_of(function () use ($handler, $id, &$results) {
                $results = [$handler->read($id), $handler->write($id, 'd'), $handler->destroy($id), $handler->validateId($id), $handler->updateTimestamp($id, 'd')];
            });
            echo "$name: ", json_encode($results), ' ', count(array_unique($warnings)) > 0 ? 'warned' : 'silent',
                ', ', DynamoDbSessionHandler::stats()['requests'] - $before, " requests\n";
        }
    },
    // With a name before it, a leading _ is no longer at an end.
    'under a name' => function () {
        $handler = new DynamoDbSessionHandler;
        $handler->open('', 'NAME');
        var_dump($handler->write('_abc', 'd'), $handler->read('_abc'), @$handler->write('abc_', 'd'));
    },
]);
?>
--EXPECT--
-- refused --
empty: [false,false,false,false,false] warned, 0 requests
_ first: [false,false,false,false,false] warned, 0 requests
_ last: [false,false,false,false,false] warned, 0 requests
too long: [false,false,false,false,false] warned, 0 requests
-- under a name --
bool(true)
string(1) "d"
bool(false)
