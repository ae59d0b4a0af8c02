--TEST--
What one request leaves in the session, the next one finds, whatever its type
--SKIPIF--
<?php require __DIR__ . '/inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/inc/setup.inc';

class Basket
{
    public array $items = ['milk' => 2];
    private ?Basket $older = null;

    public function __serialize(): array
    {
        return ['items' => $this->items];
    }

    public function __unserialize(array $data): void
    {
        $this->items = $data['items'];
    }
}

scenario([
    'first request' => function () {
        session_id(id());
        session_start();
        $_SESSION['int'] = PHP_INT_MIN;
        $_SESSION['float'] = 0.1;
        $_SESSION['null'] = null;
        $_SESSION['bool'] = false;
        $_SESSION['text'] = "Zoë | ; \0 }";
        $_SESSION['list'] = [1, [2, [3]]];
        $_SESSION['object'] = new Basket;
        $_SESSION['reference'] = &$_SESSION['list'];
    },
    'second request' => function () {
        session_id(id());
        var_dump(session_start());
        $_SESSION['reference'][] = 4;
        var_dump($_SESSION);
        unset($_SESSION['int'], $_SESSION['float'], $_SESSION['bool'], $_SESSION['text'], $_SESSION['object'], $_SESSION['reference']);
    },
    'third request' => function () {
        session_id(id());
        session_start();
        echo session_encode();
    },
]);
?>
--EXPECTF--
-- first request --
-- second request --
bool(true)
array(8) {
  ["int"]=>
  int(-9223372036854775808)
  ["float"]=>
  float(0.1)
  ["null"]=>
  NULL
  ["bool"]=>
  bool(false)
  ["text"]=>
  string(12) "Zoë | ; %0 }"
  ["list"]=>
  &array(3) {
    [0]=>
    int(1)
    [1]=>
    array(2) {
      [0]=>
      int(2)
      [1]=>
      array(1) {
        [0]=>
        int(3)
      }
    }
    [2]=>
    int(4)
  }
  ["object"]=>
  object(Basket)#%d (2) {
    ["items"]=>
    array(1) {
      ["milk"]=>
      int(2)
    }
    ["older":"Basket":private]=>
    NULL
  }
  ["reference"]=>
  &array(3) {
    [0]=>
    int(1)
    [1]=>
    array(2) {
      [0]=>
      int(2)
      [1]=>
      array(1) {
        [0]=>
        int(3)
      }
    }
    [2]=>
    int(4)
  }
}
-- third request --
null|N;list|a:3:{i:0;i:1;i:1;a:2:{i:0;i:2;i:1;a:1:{i:0;i:3;}}i:2;i:4;}
