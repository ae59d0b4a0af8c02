--TEST--
Attributes that are not ours stay in the item
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: DYNAMODB_DOORS, requests: [
    'a session with more in its item' => function () {
        put_item(id(), [
            'data' => ['S' => 'n|i:1;'],
            'expires' => expires_in(1440),
            'user_id' => ['N' => '7'],
            'tags' => ['L' => [['S' => 'a'], ['BOOL' => true]]],
            'note' => ['S' => 'kept'],
        ]);
        session_id(id());
        session_start();
        $_SESSION['n']++;
        session_write_close();
        echo describe(item(id())), "\n";
    },
    'also when it had expired' => function () {
        put_item(id(), ['data' => ['S' => 'n|i:1;'], 'expires' => expires_in(-10), 'note' => ['S' => 'kept']]);
        session_id(id());
        session_start();
        var_dump($_SESSION);
        $_SESSION['n'] = 9;
        session_write_close();
        echo describe(item(id())), "\n";
    },
], settings: ['session.use_strict_mode' => 0]);
?>
--EXPECT--
-- a session with more in its item --
data B "n|i:2;", expires N future, note S kept, rev B 4 bytes, tags L [{"S":"a"},{"BOOL":true}], user_id N 7
-- also when it had expired --
array(0) {
}
data B "n|i:9;", expires N future, gen B 8 bytes, note S kept, rev B 4 bytes
