--TEST--
Base64 is decoded where a serializer that this PHP has could have made what is inside, and only there
--EXTENSIONS--
msgpack
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

// A session that Idealstack's handler has stored.
function visit(): void
{
    ini_set('session.serialize_handler', 'msgpack');
    $packed = msgpack_pack(['n' => 1, 'user' => 'Jürg']);
    put_item(id(), ['data' => ['S' => base64_encode($packed)], 'expires' => expires_in(600)]);
    session_id(id());
    var_dump(session_start());
    echo json_encode($_SESSION, JSON_UNESCAPED_UNICODE), "\n";
    $_SESSION['n']++;
    session_write_close();
    session_start();
    echo json_encode($_SESSION, JSON_UNESCAPED_UNICODE), "\n";
    // As PHP itself writes it.
    $written = session_encode();
    session_write_close();
    put_item(id(), ['data' => ['S' => base64_encode($written)], 'expires' => expires_in(600)]);
    session_start();
    echo json_encode($_SESSION, JSON_UNESCAPED_UNICODE), "\n";
}

scenario(['visit' => 'visit'], doors: DYNAMODB_DOORS);
?>
--EXPECT--
bool(true)
{"n":1,"user":"Jürg"}
{"n":2,"user":"Jürg"}
{"n":2,"user":"Jürg"}
