--TEST--
__sleep(), __serialize() and Serializable run once a page, and what they change is kept
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

/** A message that is gone after one more page. */
class Sleeps { public $pages = 2; public $text = 'saved'; function __sleep() { if (--$this->pages <= 0) { $this->text = null; } return ['pages', 'text']; } }
class Serializes { public $n = 0; function __serialize(): array { return ['n' => ++$this->n]; } function __unserialize(array $data): void { $this->n = $data['n']; } }
// Silent, since it is deprecated.
@eval('class Old implements Serializable {
    public $n = 0;
    public function serialize() { return (string) ++$this->n; }
    public function unserialize($data) { $this->n = (int) $data; }
}');
class Plain { public $inner; }

$page = fn (string $name, callable $make) => function () use ($name, $make) {
    session_id($name . id());
    session_start();
    if (isset($_SESSION['inside'])) {
        echo json_encode($_SESSION['inside'][0] instanceof ArrayObject ? $_SESSION['inside'][0]['x'] : $_SESSION['inside'][0]->inner), "\n";
    } else {
        // Not at the surface; and in a circle.
        $_SESSION['inside'] = [$make()];
        $_SESSION['inside']['itself'] = &$_SESSION['inside'];
    }
};
$plain = function ($inner) { $outer = new Plain; $outer->inner = $inner; return $outer; };

$requests = [];
foreach ([
    'sleep' => fn () => $plain(new Sleeps),
    'serialize' => fn () => new ArrayObject(['x' => new Serializes]),
    'Serializable' => fn () => $plain(new Old),
] as $name => $make) {
    $requests["$name, first"] = $page($name, $make);
    $requests["$name, second"] = $page($name, $make);
}

$requests['another $_SESSION'] = function () {
    session_id('another' . id());
    session_start();
    $_SESSION['n'] = new Serializes;
    unset($_SESSION);
    $_SESSION['n'] = 'never stored';
};
$requests['what PHP had'] = fn () => print(stored('another' . id()) . "\n");

scenario(settings: ['session.use_strict_mode' => 0], requests: $requests);
?>
--EXPECT--
-- sleep, first --
-- sleep, second --
{"pages":1,"text":"saved"}
-- serialize, first --
-- serialize, second --
{"n":1}
-- Serializable, first --
-- Serializable, second --
{"n":1}
-- another $_SESSION --
-- what PHP had --
n|O:10:"Serializes":1:{s:1:"n";i:1;}
