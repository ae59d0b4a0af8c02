--TEST--
A page that meets its memory limit while it gets its session does not replace what is stored
--SKIPIF--
<?php
require __DIR__ . '/../inc/skipif.inc';
if (getenv('USE_ZEND_ALLOC') === '0') { die('skip there is no memory limit without the allocator of PHP'); }
?>
--FILE--
<?php
// Some builds of PHP have a hard limit, at which the process ends.
require __DIR__ . '/../inc/setup.inc';

const SIZE = 3_000_000;
const TOO_LITTLE = ['memory_limit' => '2M', 'display_errors' => 0, 'log_errors' => 0];

function start_in_vain(): void
{
    session_id(id());
    session_start();
    echo "not reached\n";
}

function look(): void
{
    session_id(id());
    session_start();
    echo strlen($_SESSION['blob']), isset(item(id())['lock']) ? ' locked' : ' free', "\n";
}

scenario(doors: DYNAMODB_DOORS, settings: ['dynamosess.compression' => 'zstd'], requests: [
    'stored' => function () {
        session_id(id());
        session_start();
        $_SESSION['blob'] = str_repeat('x', SIZE);
    },
    'out of memory' => ['start_in_vain', TOO_LITTLE],
    'what is stored' => 'look',
    'out of memory, and a shutdown function that writes' => [function () {
        register_shutdown_function(function () {
            $_SESSION['late'] = 1;
            var_dump(@session_write_close());
        });
        start_in_vain();
    }, TOO_LITTLE],
    'what is stored then' => 'look',
    'out of memory with the lock' => ['start_in_vain', ['dynamosess.locking' => 1] + TOO_LITTLE],
    'what is stored, and its lock' => 'look',
]);
?>
--EXPECTF--
-- stored --
-- out of memory --
%A-- what is stored --
3000000 %s
-- out of memory, and a shutdown function that writes --
%A
-- what is stored then --
3000000 %s
-- out of memory with the lock --
%A-- what is stored, and its lock --
3000000 %s
