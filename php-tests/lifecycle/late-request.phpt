--TEST--
A request that ends after another destroyed the session does not bring it back
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function begin(): void
{
    session_id(id());
    session_start();
    $_SESSION['user'] = 'zoe';
}

function logout(): void
{
    session_id(id());
    session_start();
    session_destroy();
}

function login_anew(): void
{
    logout();
    session_id(id());
    session_start();
    $_SESSION['user'] = 'max';
}

scenario(doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0, 'dynamosess.touch_interval' => 0], requests: [
    'begun' => 'begin',
    'destroyed meanwhile, then changed' => function () {
        session_id(id());
        session_start();
        echo meanwhile('logout');
        $_SESSION['late'] = 1;
        var_dump(session_write_close());
        echo describe(item(id())), "\n";
        echo DynamoDbSessionHandler::stats()['dropped_writes'], " dropped\n";
    },
    'begun again' => 'begin',
    'destroyed meanwhile, then unchanged' => function () {
        session_id(id());
        session_start();
        echo meanwhile('logout');
        var_dump(session_write_close());
        echo describe(item(id())), "\n";
    },
    'and again' => 'begin',
    'destroyed and begun anew meanwhile' => function () {
        session_id(id());
        session_start();
        echo meanwhile('login_anew');
        $_SESSION['late'] = 1;
        var_dump(session_write_close());
        echo stored(id()), "\n";
    },
    'a session of the AWS SDK destroyed meanwhile' => function () {
        put_item(id(), ['data' => ['S' => 'n|i:1;'], 'expires' => expires_in(1440)]);
        session_id(id());
        session_start();
        delete_item(id());
        $_SESSION['n'] = 2;
        var_dump(session_write_close());
        echo describe(item(id())), "\n";
    },
    'a session of the AWS SDK changed by it meanwhile: the last write wins' => function () {
        put_item(id(), ['data' => ['S' => 'n|i:1;'], 'expires' => expires_in(1440)]);
        session_id(id());
        session_start();
        put_item(id(), ['data' => ['S' => 'n|i:5;'], 'expires' => expires_in(1440)]);
        $_SESSION['n'] = 2;
        var_dump(session_write_close());
        echo stored(id()), "\n";
    },
], meanwhile: ['logout' => 'logout', 'login_anew' => 'login_anew']);
?>
--EXPECT--
-- begun --
-- destroyed meanwhile, then changed --
bool(true)
no item
1 dropped
-- begun again --
-- destroyed meanwhile, then unchanged --
bool(true)
no item
-- and again --
-- destroyed and begun anew meanwhile --
bool(true)
user|s:3:"max";
-- a session of the AWS SDK destroyed meanwhile --
bool(true)
no item
-- a session of the AWS SDK changed by it meanwhile: the last write wins --
bool(true)
n|i:2;
