--TEST--
An error handler that throws or exits at a warning about a setting: the session stays closed, unlocked and as it was stored
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

/** While an exception is pending PHP calls no method, so this would be restored without what it holds. */
class Cart
{
    private array $items = [];

    public function add(string $item): self
    {
        $this->items[] = $item;
        return $this;
    }

    public function __serialize(): array
    {
        return ['items' => $this->items];
    }

    public function __unserialize(array $data): void
    {
        $this->items = $data['items'];
    }
}

/** A page that meets a wrong setting when it opens the session by `$start`. */
function page(callable $start, bool $exits): void
{
    session_id(id());
    set_error_handler(function (int $level, string $message) use ($exits) {
        echo str_contains($message, 'dynamosess.timeout') ? 'ours' : $message, "\n";
        $exits ? exit : throw new ErrorException($message);
    });
    try {
        $start();
    } catch (ErrorException) {
        echo 'thrown, session ', session_status() === PHP_SESSION_NONE ? 'closed' : 'open', "\n";
    }
}

$reset = function () {
    session_start();
    ini_set('dynamosess.timeout', 'soon');
    session_reset();
};
$stored = function () {
    $item = item(id());
    echo isset($item['data']) ? stored(id()) : 'none', isset($item['lock']) ? ', locked' : '', "\n";
};

$requests = [];
foreach ([0, 1] as $locking) {
    $settings = ['dynamosess.locking' => $locking];
    $when = $locking ? ', locking' : '';
    $requests["before$when"] = [function () {
        session_id(id());
        session_start();
        $_SESSION['cart'] = (new Cart)->add('book');
    }, $settings];
    foreach (['throws' => false, 'exits' => true] as $does => $exits) {
        $wrong = $settings + ['dynamosess.timeout' => 'soon'];
        $requests["$does at session_start()$when"] = [fn () => page('session_start', $exits), $wrong];
        $requests["$does at session_reset()$when"] = [fn () => page($reset, $exits), $settings];
        $requests["stored after what $does$when"] = $stored;
    }
}

scenario(doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0], requests: $requests);
?>
--EXPECT--
-- before --
-- throws at session_start() --
ours
thrown, session closed
-- throws at session_reset() --
ours
thrown, session closed
-- stored after what throws --
cart|O:4:"Cart":1:{s:5:"items";a:1:{i:0;s:4:"book";}}
-- exits at session_start() --
ours
-- exits at session_reset() --
ours
-- stored after what exits --
cart|O:4:"Cart":1:{s:5:"items";a:1:{i:0;s:4:"book";}}
-- before, locking --
-- throws at session_start(), locking --
ours
thrown, session closed
-- throws at session_reset(), locking --
ours
thrown, session closed
-- stored after what throws, locking --
cart|O:4:"Cart":1:{s:5:"items";a:1:{i:0;s:4:"book";}}
-- exits at session_start(), locking --
ours
-- exits at session_reset(), locking --
ours
-- stored after what exits, locking --
cart|O:4:"Cart":1:{s:5:"items";a:1:{i:0;s:4:"book";}}
