--TEST--
Strict mode replaces an id that no session has and keeps one that a session has, an empty session's too
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function visit(): void
{
    session_id(recall('visitor'));
    session_start();
    echo session_id() === recall('visitor') ? "same id\n" : "new id\n";
    remember('visitor', session_id());
}

scenario(
    settings: ['session.use_strict_mode' => 1],
    requests: [
        'an id of nobody' => function () {
            remember('visitor', id());
            visit();
            var_dump($_SESSION);
        },
        'the id it got, with nothing stored' => function () {
            visit();
            var_dump($_SESSION);
        },
        'and once more' => function () {
            visit();
            $_SESSION['n'] = 1;
        },
        'with data' => function () {
            visit();
            var_dump($_SESSION);
            session_destroy();
        },
        'after its destruction' => function () {
            visit();
            var_dump($_SESSION);
            var_dump(stored(id()));
        },
    ],
);
?>
--EXPECT--
-- an id of nobody --
new id
array(0) {
}
-- the id it got, with nothing stored --
same id
array(0) {
}
-- and once more --
same id
-- with data --
same id
array(1) {
  ["n"]=>
  int(1)
}
-- after its destruction --
new id
array(0) {
}
NULL
