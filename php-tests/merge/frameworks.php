<?php
// What frameworks do with messages for the next page, by their own rules, on an array in place of $_SESSION.

/** One page's use of a session. */
interface Page
{
    /** The page begins: the framework ages what is there. */
    public function __construct(array $session, int $now);

    /** A message for a page to come, under this key. */
    public function flash(string $key, string|array $message): void;

    /** The messages that a page shows. */
    public function show(): array;

    /** The page ends. */
    public function end(): array;
}

/** Illuminate\Session\Store */
final class LaravelPage implements Page
{
    private array $session;

    public function __construct(array $session, int $now)
    {
        $this->session = $session + ['_token' => 't', '_flash' => ['old' => [], 'new' => []]];
    }

    public function flash(string $key, string|array $message): void
    {
        $this->session[$key] = $message;
        $this->session['_flash']['new'][] = $key;
        $this->session['_flash']['old'] = array_diff($this->session['_flash']['old'] ?? [], [$key]);
    }

    public function show(): array
    {
        return array_diff_key($this->session, ['_token' => 1, '_flash' => 1, 'user' => 1]);
    }

    public function end(): array
    {
        foreach ($this->session['_flash']['old'] ?? [] as $key) {
            unset($this->session[$key]);
        }
        $this->session['_flash']['old'] = $this->session['_flash']['new'] ?? [];
        $this->session['_flash']['new'] = [];
        return $this->session;
    }
}

/** CodeIgniter\Session\Session, flashdata and tempdata */
class CodeIgniterPage implements Page
{
    protected array $session;

    public function __construct(array $session, protected int $now)
    {
        foreach ($session['__ci_vars'] ?? [] as $key => $mark) {
            if ($mark === 'new') {
                $session['__ci_vars'][$key] = 'old';
            } elseif ($mark === 'old' || $mark < $now) {
                unset($session[$key], $session['__ci_vars'][$key]);
            }
        }
        if (($session['__ci_vars'] ?? null) === []) {
            unset($session['__ci_vars']);
        }
        $this->session = $session;
    }

    public function flash(string $key, string|array $message): void
    {
        $this->mark($key, $message, 'new');
    }

    protected function mark(string $key, string|array $message, string|int $mark): void
    {
        $this->session[$key] = $message;
        $this->session['__ci_vars'] = [...$this->session['__ci_vars'] ?? [], $key => $mark];
    }

    public function show(): array
    {
        return array_intersect_key($this->session, $this->session['__ci_vars'] ?? []);
    }

    public function end(): array
    {
        return $this->session;
    }
}

final class CodeIgniterTempPage extends CodeIgniterPage
{
    public function flash(string $key, string|array $message): void
    {
        $this->mark($key, $message, $this->now + 3);
    }
}

/** Symfony\Component\HttpFoundation\Session\Flash\FlashBag */
final class SymfonyPage implements Page
{
    public function __construct(private array $session, int $now)
    {
        $this->session['_symfony_flashes'] ??= [];
    }

    public function flash(string $key, string|array $message): void
    {
        $this->session['_symfony_flashes'][$key][] = $message;
    }

    public function show(): array
    {
        $shown = $this->session['_symfony_flashes'];
        $this->session['_symfony_flashes'] = [];
        return $shown;
    }

    public function end(): array
    {
        return $this->session;
    }
}

/** Symfony\Component\HttpFoundation\Session\Flash\AutoExpireFlashBag */
final class SymfonyAutoExpirePage implements Page
{
    public function __construct(private array $session, int $now)
    {
        $this->session['_symfony_flashes']['display'] = $this->session['_symfony_flashes']['new'] ?? [];
        $this->session['_symfony_flashes']['new'] = [];
    }

    public function flash(string $key, string|array $message): void
    {
        $this->session['_symfony_flashes']['new'][$key][] = $message;
    }

    public function show(): array
    {
        $shown = $this->session['_symfony_flashes']['display'];
        $this->session['_symfony_flashes']['display'] = [];
        return $shown;
    }

    public function end(): array
    {
        return $this->session;
    }
}

/** yii\web\Session, setFlash() */
class YiiPage implements Page
{
    protected const COUNTER = -1;
    protected array $session;

    public function __construct(array $session, int $now)
    {
        $session['__flash'] ??= [];
        foreach ($session['__flash'] as $key => $count) {
            if ($count > 0) {
                unset($session['__flash'][$key], $session[$key]);
            } elseif ($count === 0) {
                $session['__flash'][$key]++;
            }
        }
        $this->session = $session;
    }

    public function flash(string $key, string|array $message): void
    {
        $this->session['__flash'][$key] = static::COUNTER;
        $this->session[$key] = $message;
    }

    public function show(): array
    {
        $shown = array_intersect_key($this->session, $this->session['__flash']);
        $this->session['__flash'] = array_intersect_key($this->session['__flash'], $shown);
        foreach ($this->session['__flash'] as $key => $count) {
            $this->session['__flash'][$key] = $count < 0 ? 1 : $count;
        }
        return $shown;
    }

    public function end(): array
    {
        return $this->session;
    }
}

/** The same, addFlash() */
final class YiiAddPage extends YiiPage
{
    public function flash(string $key, string|array $message): void
    {
        $before = (array) ($this->session[$key] ?? []);
        parent::flash($key, [...$before, $message]);
    }
}

/** The same, setFlash() with $removeAfterAccess = false */
final class YiiOncePage extends YiiPage
{
    protected const COUNTER = 0;
}
