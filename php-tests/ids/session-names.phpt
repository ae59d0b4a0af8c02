--TEST--
The session's name is part of the key as the AWS SDK builds it: `{name}_{id}`, without `_` at the ends
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0], requests: [
    'names' => function () {
        foreach (['PHPSESSID', '_app_', '__Secure-id', 'naïve', 'a-b', str_repeat('N', 200)] as $name) {
            session_name($name);
            session_id(id());
            session_start();
            $_SESSION['name'] = $name;
            session_write_close();
            $_SESSION = [];
            session_start();
            echo $_SESSION['name'] === $name && stored(id(), $name) !== null ? 'stored ' : 'lost ';
            session_write_close();
        }
        echo "\n", key_of('x', '_app_'), "\n";
    },
]);
?>
--EXPECT--
stored stored stored stored stored stored 
app__x
