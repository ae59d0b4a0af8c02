--TEST--
The constructor comes before save_path's DSN, that before php.ini
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function where_it_went(): void
{
    session_id(id());
    session_start();
    $_SESSION['n'] = 1;
    session_write_close();
    foreach (['c-', 'd-', 'i-', ''] as $prefix) {
        $key = ['id' => ['S' => $prefix . 'PHPSESSID_' . id()]];
        if (isset(dynamodb('GetItem', ['TableName' => table(), 'Key' => $key])['Item'])) {
            echo "'$prefix'\n";
            dynamodb('DeleteItem', ['TableName' => table(), 'Key' => $key]);
        }
    }
}

scenario(doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0], requests: [
    'nothing' => 'where_it_went',
    'php.ini' => ['where_it_went', ['dynamosess.key_prefix' => 'i-']],
    'DSN and php.ini' => [function () {
        ini_set('session.save_path', 'dynamodb://' . table() . '?key_prefix=d-');
        where_it_went();
    }, ['dynamosess.key_prefix' => 'i-']],
    'constructor, DSN and php.ini' => [function () {
        if (door() === 'class') {
            (new DynamoDbSessionHandler(['key_prefix' => 'c-']))->register();
        } else {
            ini_set('dynamosess.key_prefix', 'c-');
        }
        if (door() === 'class') {
            ini_set('session.save_path', 'dynamodb://' . table() . '?key_prefix=d-');
        }
        where_it_went();
    }, ['dynamosess.key_prefix' => 'i-']],
]);
?>
--EXPECT--
-- nothing --
''
-- php.ini --
'i-'
-- DSN and php.ini --
'd-'
-- constructor, DSN and php.ini --
'c-'
