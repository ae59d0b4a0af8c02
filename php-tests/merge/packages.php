<?php
// The same by the frameworks' own classes, unpacked from Debian's packages: $folder is what has usr/share/php.

use Illuminate\Session\Store;
use Symfony\Component\HttpFoundation\Session\Flash\AutoExpireFlashBag;
use Symfony\Component\HttpFoundation\Session\Flash\FlashBag;
use Symfony\Component\HttpFoundation\Session\Flash\FlashBagInterface;

spl_autoload_register(function (string $class) use ($folder): void {
    // Two of Illuminate\Support's namespaces are folders of their own.
    $support = 'Illuminate\Support\\';
    $elsewhere = ['Illuminate\Collections\\', 'Illuminate\Macroable\\'];
    foreach ([$class, ...array_map(fn ($other) => str_replace($support, $other, $class), $elsewhere)] as $name) {
        $file = "$folder/usr/share/php/" . strtr($name, '\\', '/') . '.php';
        if (is_file($file)) {
            require $file;
            return;
        }
    }
});
require "$folder/usr/share/php/Illuminate/Collections/helpers.php";
require "$folder/usr/share/php/Illuminate/Support/helpers.php";

final class IlluminateStorePage implements Page
{
    private Store $store;
    private SessionHandlerInterface $handler;

    public function __construct(array $session, int $now)
    {
        $this->handler = new class (serialize($session)) extends SessionHandler {
            public function __construct(public string $data)
            {
            }

            public function read(string $id): string
            {
                return $this->data;
            }

            public function write(string $id, string $data): bool
            {
                $this->data = $data;
                return true;
            }
        };
        $this->store = new Store('session', $this->handler, str_repeat('a', 40));
        $this->store->start();
    }

    public function flash(string $key, string|array $message): void
    {
        $this->store->flash($key, $message);
    }

    public function show(): array
    {
        return array_diff_key($this->store->all(), ['_token' => 1, '_flash' => 1, 'user' => 1]);
    }

    public function end(): array
    {
        $this->store->save();
        return unserialize($this->handler->data);
    }
}

class SymfonyFlashBagPage implements Page
{
    private FlashBagInterface $bag;

    public function __construct(private array $session, int $now)
    {
        $this->bag = $this->bag();
        $this->session['_symfony_flashes'] ??= [];
        $this->bag->initialize($this->session['_symfony_flashes']);
    }

    protected function bag(): FlashBagInterface
    {
        return new FlashBag();
    }

    public function flash(string $key, string|array $message): void
    {
        $this->bag->add($key, $message);
    }

    public function show(): array
    {
        return $this->bag->all();
    }

    public function end(): array
    {
        return unserialize(serialize($this->session));
    }
}

final class SymfonyAutoExpireFlashBagPage extends SymfonyFlashBagPage
{
    protected function bag(): FlashBagInterface
    {
        return new AutoExpireFlashBag();
    }
}
