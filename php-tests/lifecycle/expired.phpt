--TEST--
An expired session is absent everywhere: not read, not valid, not revived
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function put_expired(): void
{
    put_item(id(), ['data' => ['S' => 'secret|i:1;'], 'expires' => expires_in(-1), 'gen' => ['B' => base64_encode('12345678')]]);
}

scenario(doors: DYNAMODB_DOORS, requests: [
    'strict mode gives a new id' => [function () {
        put_expired();
        session_id(id());
        session_start();
        var_dump(session_id() === id(), $_SESSION);
    }, ['session.use_strict_mode' => 1]],
    'without it, the session is empty' => [function () {
        put_expired();
        session_id(id());
        session_start();
        var_dump($_SESSION);
    }, ['session.use_strict_mode' => 0]],
    'and was stored empty, not revived' => function () {
        $item = item(id());
        var_dump($item['gen']['B'] === base64_encode('12345678'));
        echo describe($item), "\n";
    },
    'a write replaces the old one' => [function () {
        put_expired();
        session_id(id());
        session_start();
        $_SESSION['new'] = 1;
        session_write_close();
        echo describe(item(id())), "\n";
    }, ['session.use_strict_mode' => 0]],
    'the class, called directly' => function () {
        $handler = new DynamoDbSessionHandler;
        $handler->open('', 'PHPSESSID');
        put_expired();
        var_dump($handler->validateId(id()), $handler->read(id()));
        put_expired();
        var_dump($handler->updateTimestamp(id(), ''));
        echo describe(item(id())), "\n";
        put_expired();
        var_dump($handler->destroy(id()));
        echo describe(item(id())), "\n";
    },
    'without expires but with data, it lives' => function () {
        put_item(id(), ['data' => ['S' => 'n|i:1;']]);
        session_id(id());
        session_start();
        var_dump($_SESSION);
        $_SESSION['n'] = 2;
        session_write_close();
        echo describe(item(id())), "\n";
    },
    'without both, it is absent' => [function () {
        put_item(id(), ['lock_owner' => ['S' => 'somebody']]);
        session_id(id());
        session_start();
        var_dump(session_id() === id());
    }, ['session.use_strict_mode' => 1]],
]);
?>
--EXPECT--
-- strict mode gives a new id --
bool(false)
array(0) {
}
-- without it, the session is empty --
array(0) {
}
-- and was stored empty, not revived --
bool(false)
expires N future, gen B 8 bytes, rev B 4 bytes
-- a write replaces the old one --
data B "new|i:1;", expires N future, gen B 8 bytes, rev B 4 bytes
-- the class, called directly --
bool(false)
string(0) ""
bool(true)
expires N future, gen B 8 bytes, rev B 4 bytes
bool(true)
no item
-- without expires but with data, it lives --
array(1) {
  ["n"]=>
  int(1)
}
data B "n|i:2;", expires N future, rev B 4 bytes
-- without both, it is absent --
bool(false)
