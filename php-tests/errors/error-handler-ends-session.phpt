--TEST--
An error handler that ends the session at a warning of ours, and SessionHandlers that keep calls to themselves, crash nothing
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

const LET_LEAK = PHP_DEBUG ? ['report_memleaks' => 0] : [];

function on_a_warning(callable $act): void
{
    set_error_handler(function (int $level, string $message) use ($act) {
        if (str_contains($message, 'dynamosess.timeout')) {
            $act();
        }
        return true;
    });
}

$ends = [];
foreach (['session_write_close', 'session_abort', 'session_destroy', 'session_reset'] as $end) {
    $ends["$end at session_start()"] = [function () use ($end) {
        session_id(id());
        on_a_warning($end);
        session_start();
        echo "alive\n";
    }, ['dynamosess.timeout' => 'soon']];
    // A debug build of PHP tells that PHP itself leaves the id behind that session_reset() has made meanwhile.
    $ends["$end at session_regenerate_id()"] = [function () use ($end) {
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
        ini_set('dynamosess.timeout', 'soon');
        on_a_warning($end);
        try {
            session_regenerate_id();
        } catch (Error $error) {
            echo get_class($error), "\n";
        }
        echo "alive\n";
    }, LET_LEAK];
}

scenario(doors: ['dynamodb'], settings: ['session.use_strict_mode' => 1], requests: $ends + [
    'open() hides that it has failed' => [function () {
        session_set_save_handler(new class extends SessionHandler {
            public function open(string $path, string $name): bool { parent::open($path, $name); return true; }
        });
        session_id(id());
        var_dump(@session_start(), @session_regenerate_id(), @session_destroy());
    }, ['dynamosess.region' => null]],
    'close() and destroy() leave a locked session behind' => [function () {
        session_set_save_handler(new class extends SessionHandler {
            public function close(): bool { return true; }
            public function destroy(string $id): bool { return true; }
        }, false);
        session_id(id());
        var_dump(session_start());
        session_destroy();
        session_id(id());
        var_dump(session_start());
    }, ['session.use_strict_mode' => 0, 'dynamosess.locking' => 1, 'dynamosess.max_lock_wait_time' => '0.3']],
    // Those of `files`, which PHP never frees.
    'close() leaves the data of another module behind' => [function () {
        session_set_save_handler(new class extends SessionHandler {
            public function close(): bool { return true; }
        }, false);
        session_id(id());
        session_start();
        session_write_close();
        session_module_name('dynamodb');
        session_id(id());
        var_dump(session_start());
        $_SESSION['n'] = 1;
        session_write_close();
        echo stored(session_id()), "\n";
    }, ['session.save_handler' => 'files', 'session.save_path' => sys_get_temp_dir(), 'session.use_strict_mode' => 0] + LET_LEAK],
]);
?>
--EXPECT--
-- session_write_close at session_start() --
alive
-- session_write_close at session_regenerate_id() --
Warning: Failed to write session data
Error
alive
-- session_abort at session_start() --
alive
-- session_abort at session_regenerate_id() --
Error
alive
-- session_destroy at session_start() --
alive
-- session_destroy at session_regenerate_id() --
Error
alive
-- session_reset at session_start() --
Warning: dynamosess.timeout must be a number of seconds from 0.01 to 300, 'soon' given; the default '5' is used
alive
-- session_reset at session_regenerate_id() --
Warning: dynamosess.timeout must be a number of seconds from 0.01 to 300, 'soon' given; the default '5' is used
alive
-- open() hides that it has failed --
bool(false)
bool(false)
bool(false)
-- close() and destroy() leave a locked session behind --
bool(true)
bool(true)
-- close() leaves the data of another module behind --
bool(true)
n|i:1;
