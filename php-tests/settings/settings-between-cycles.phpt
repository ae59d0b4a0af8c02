--TEST--
Name, lifetime and handler may change between two sessions of one request
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function lives_about(int $seconds, array $item): string
{
    $left = $item['expires']['N'] - time();
    return $left >= $seconds - 30 && $left < $seconds * 1.2 ? '' : "lives for $left s\n";
}

scenario(settings: ['session.gc_maxlifetime' => 1440], requests: [
    'three sessions' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
        session_write_close();

        session_name('OTHER');
        ini_set('session.gc_maxlifetime', 60);
        session_id(id());
        session_start();
        // The name is part of an item's key. `files` keeps one file for an id, whatever the name.
        var_dump(isset($_SESSION['n']) === (door() === 'files'));
        $_SESSION = ['m' => 2];
        session_write_close();

        session_name('PHPSESSID');
        session_id('third-' . id());
        session_start();
        var_dump($_SESSION);
        $_SESSION['o'] = 3;
        session_write_close();
    },
    'all are stored' => function () {
        echo stored(id(), 'OTHER'), "\n";
        echo stored('third-' . id()), "\n";
        if (door() !== 'files') {
            echo lives_about(60, item(id(), 'OTHER')), lives_about(1440, item(id()));
        }
    },
    'another handler in between' => function () {
        session_id(id());
        session_start();
        session_write_close();
        $module = session_module_name();
        session_set_save_handler(new class extends SessionHandler {
            public function open(string $path, string $name): bool { return true; }
            public function close(): bool { return true; }
            public function read(string $id): string|false { return 'elsewhere|b:1;'; }
            public function write(string $id, string $data): bool { return true; }
            public function gc(int $max_lifetime): int|false { return 0; }
        });
        session_id(id());
        session_start();
        var_dump($_SESSION);
        session_write_close();
        if (door() === 'class') {
            (new DynamoDbSessionHandler)->register();
        } else {
            session_module_name($module);
        }
        session_id('third-' . id());
        session_start();
        var_dump($_SESSION);
    },
]);
?>
--EXPECT--
-- three sessions --
bool(true)
array(0) {
}
-- all are stored --
m|i:2;
o|i:3;
-- another handler in between --
array(1) {
  ["elsewhere"]=>
  bool(true)
}
array(1) {
  ["o"]=>
  int(3)
}
