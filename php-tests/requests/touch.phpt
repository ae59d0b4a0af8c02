--TEST--
An unchanged session costs a write only when its expiry would move by more than touch_interval
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function expires(): int
{
    return (int) item(id())['expires']['N'];
}

function put_with_expiry(int $seconds): void
{
    put_item(id(), ['data' => ['B' => base64_encode('n|i:1;')], 'expires' => expires_in($seconds), 'gen' => ['B' => base64_encode('12345678')]]);
}

function visit(): void
{
    $before = expires();
    session_id(id());
    session_start();
    session_write_close();
    echo expires() === $before ? "untouched\n" : "touched\n";
}

scenario(doors: DYNAMODB_DOORS, settings: ['session.gc_maxlifetime' => 1440, 'dynamosess.touch_interval' => 60], requests: [
    'moved a little' => function () {
        put_with_expiry(1440 + 30);
        visit();
    },
    'moved much' => function () {
        put_with_expiry(700);
        visit();
        var_dump(expires() - time() >= 1400);
    },
    'a lifetime made shorter moves it back' => function () {
        put_with_expiry(100_000);
        visit();
        var_dump(expires() - time() <= 1440 + 60);
    },
    'an interval of 0: every page' => [function () {
        put_with_expiry(1439);
        visit();
    }, ['dynamosess.touch_interval' => 0]],
    'an interval never over 1/24 of the lifetime' => [function () {
        put_with_expiry(1440 - 65);
        visit();
    }, ['dynamosess.touch_interval' => 3600]],
    'without lazy_write an unchanged session costs no more' => [function () {
        put_with_expiry(1440 + 30);
        session_id(id());
        session_start();
        $before = DynamoDbSessionHandler::stats()['writes'];
        session_write_close();
        echo DynamoDbSessionHandler::stats()['writes'] - $before, " write\n";
        echo stored(id()), "\n";
    }, ['session.lazy_write' => 0]],
]);
?>
--EXPECT--
-- moved a little --
untouched
-- moved much --
touched
bool(true)
-- a lifetime made shorter moves it back --
touched
bool(true)
-- an interval of 0: every page --
touched
-- an interval never over 1/24 of the lifetime --
touched
-- without lazy_write an unchanged session costs no more --
0 write
n|i:1;
