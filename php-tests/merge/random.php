<?php
// Random sessions, and what random pages do to them.

final class Plain
{
    public function __construct(public mixed $open = null, protected mixed $kept = null, private mixed $own = null)
    {
    }
}

/** A class with a format of its own, `C:` in serialized data. */
final class Custom implements Serializable
{
    public function __construct(private string $data = '')
    {
    }

    public function serialize(): string
    {
        return $this->data;
    }

    public function unserialize(string $data): void
    {
        $this->data = $data;
    }
}

enum Suit: string
{
    case Hearts = 'h';
    case Spades = 's';
}

final class Random
{
    /** JSON has no objects of PHP's, and text is UTF-8 there. */
    public function __construct(private bool $objects, private bool $custom)
    {
    }

    public function session(): array
    {
        $session = [];
        for ($names = mt_rand(0, 6); $names > 0; $names--) {
            $session[$this->name()] = $this->value(3);
        }
        return $session;
    }

    private function name(): string
    {
        return $this->one_of(['user', 'cart', '_flash', 'a b', '!old', "caf\u{e9}", 'x;y', 'id', 'token', 'n"']);
    }

    private function one_of(array $choices): mixed
    {
        return $choices[array_rand($choices)];
    }

    private function key(): int|string
    {
        return $this->one_of(['a', 'b', 'c', 'storage', '', '01', 'é', 17, 18, -1, 0, 1, 2]);
    }

    private function value(int $depth): mixed
    {
        $kind = mt_rand(0, $depth > 0 ? 15 : 7);
        return match (true) {
            $kind <= 3 => mt_rand(0, 5),
            $kind === 4 => $this->one_of([null, true, false]),
            $kind === 5 => $this->one_of([0.1, -0.0, 1e100, 1 / 3, ...$this->objects ? [INF, -INF] : []]),
            $kind <= 7 => $this->one_of(['', 'a', 'b', '"};|', 'i:0;', 'ü', '/', ...$this->objects ? ["\0\xff"] : []]),
            $kind <= 10 => array_map(fn () => $this->value($depth - 1), range(1, mt_rand(1, 4))),
            $kind <= 13 || !$this->objects => $this->map($depth),
            default => $this->object($depth),
        };
    }

    private function map(int $depth): array
    {
        $map = [];
        for ($count = mt_rand(0, 4); $count > 0; $count--) {
            $map[$this->key()] = $this->value($depth - 1);
        }
        return $map;
    }

    private function object(int $depth): object
    {
        return match (mt_rand(0, $this->custom ? 6 : 5)) {
            0 => new Plain($this->value(0), $this->value($depth - 1), $this->value(0)),
            1 => (object) ['p' => $this->value($depth - 1)],
            2 => new ArrayObject([$this->value(0)]),
            3, 4 => new Laminas\Stdlib\ArrayObject($this->map($depth), mt_rand(1, 20) === 1 ? 1 : 2),
            5 => $this->custom ? new DateTimeImmutable('@' . mt_rand(0, 3)) : $this->one_of(Suit::cases()),
            6 => new Custom($this->one_of(['', '}', 'x"y', 'a:1:{i:0;i:1;}'])),
        };
    }

    /** What a page has made of it. */
    public function changed(array $session): array
    {
        for ($changes = mt_rand(0, 4); $changes > 0; $changes--) {
            $session = $this->change($session, true);
        }
        return $session;
    }

    private function change(array $array, bool $is_session): array
    {
        $key = array_rand($array ?: [0]);
        $inside = $array[$key] ?? null;
        if (is_array($inside) && mt_rand(0, 9) < 7) {
            $array[$key] = $this->change($inside, false);
        } elseif ($inside instanceof Laminas\Stdlib\ArrayObject && is_array($inside->storage()) && mt_rand(0, 9) < 7) {
            $array[$key] = $inside->with($this->change($inside->storage(), false));
        } elseif ($is_session) {
            return $this->change_names($array, $key);
        } else {
            return $this->change_keys($array, $key);
        }
        return $array;
    }

    private function change_names(array $session, int|string $name): array
    {
        switch (mt_rand(0, 9)) {
            case 0:
            case 1:
                unset($session[$name]);
                return $session;
            case 2:
                return array_reverse($session, true);
            case 3:
            case 4:
                return $session === [] ? $session : [$name => $this->value(2)] + $session;
            default:
                $session[$this->name()] = $this->value(3);
                return $session;
        }
    }

    private function change_keys(array $array, int|string $key): array
    {
        switch (mt_rand(0, 11)) {
            case 0:
                unset($array[$key]);
                return $array;
            case 1:
                array_pop($array);
                return $array;
            case 2:
                array_shift($array);
                return $array;
            case 3:
                return array_reverse($array, true);
            case 4:
                return array_values($array);
            case 5:
                return [];
            case 6:
            case 7:
            case 8:
                $array[] = $this->value(2);
                return $array;
            case 9:
                $array[$key] = $this->value(1);
                return $array;
            default:
                $array[$this->key()] = $this->value(2);
                return $array;
        }
    }
}
