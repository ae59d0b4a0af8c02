--TEST--
A fatal error within a SessionHandler's own write() keeps PHP from closing the session; its lock is freed all the same
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

class Failing extends SessionHandler
{
    public function write(string $id, string $data): bool
    {
        if (isset($_GET['fail'])) {
            trigger_error('no', E_USER_ERROR);
        }
        return parent::write($id, $data);
    }
}

website([
    'page' => function () {
        ini_set('display_errors', 0);
        session_set_save_handler(new Failing);
        session_id(id());
        echo session_start() ? "started\n" : "locked\n";
        $_SESSION['n'] = 1;
    },
], function (callable $get) {
    foreach (['page?fail=1', 'page', 'page?fail=1', 'page'] as $page) {
        echo $get($page)[2];
    }
    echo stored(id()), isset(item(id())['lock']) ? " locked\n" : " free\n";
}, doors: ['dynamodb'], settings: ['session.use_strict_mode' => 0, 'dynamosess.locking' => 1, 'dynamosess.max_lock_wait_time' => '0.3']);
?>
--EXPECT--
started
started
started
started
n|i:1; free
