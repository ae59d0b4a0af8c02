<?php
// Laravel, as docs/frameworks/laravel.md says: an application with the page's service provider and .env.
require __DIR__ . '/site.inc';

const BOOTSTRAP = <<<'PHP'
    <?php
    // Laravel from 12 on counts on it; Composer brings it.
    @include 'Symfony/Polyfill/Php84/autoload.php';
    require 'Illuminate/autoload.php';
    require __DIR__ . '/../app/Providers/AppServiceProvider.php';

    use Illuminate\Support\Facades\Route;

    class HttpKernel extends Illuminate\Foundation\Http\Kernel
    {
        protected $middleware = [
            Illuminate\Cookie\Middleware\EncryptCookies::class,
            Illuminate\Cookie\Middleware\AddQueuedCookiesToResponse::class,
            Illuminate\Session\Middleware\StartSession::class,
        ];
    }

    class RouteServiceProvider extends Illuminate\Foundation\Support\Providers\RouteServiceProvider
    {
        public function boot(): void
        {
            $cart = fn () => 'cart: ' . implode(',', session('cart', []));
            Route::get('/put', function () use ($cart) {
                session()->push('cart', request('item'));
                return $cart();
            });
            Route::get('/cart', $cart);
            Route::get('/login', function () use ($cart) {
                session()->regenerate(true);
                return $cart();
            });
            Route::get('/logout', function () use ($cart) {
                session()->invalidate();
                return $cart();
            });
        }
    }

    $app = new Illuminate\Foundation\Application(dirname(__DIR__));
    $app->useStoragePath(getenv('TMPDIR'));
    if (method_exists($app, 'dontMergeFrameworkConfiguration')) {
        // Debian's package has the framework's own configuration elsewhere.
        $app->dontMergeFrameworkConfiguration();
    }
    $app->singleton(Illuminate\Contracts\Http\Kernel::class, HttpKernel::class);
    $app->singleton(Illuminate\Contracts\Console\Kernel::class, Illuminate\Foundation\Console\Kernel::class);
    $app->singleton(Illuminate\Contracts\Debug\ExceptionHandler::class, Illuminate\Foundation\Exceptions\Handler::class);
    $kernel = $app->make(Illuminate\Contracts\Http\Kernel::class);
    $request = Illuminate\Http\Request::capture();
    $response = $kernel->handle($request);
    $response->send();
    $kernel->terminate($request, $response);
    PHP;

const CONFIG = [
    'app' => <<<'PHP'
        <?php
        return [
            'name' => 'Shop', 'env' => 'production', 'debug' => true, 'url' => 'http://localhost', 'timezone' => 'UTC', 'locale' => 'en',
            'fallback_locale' => 'en', 'cipher' => 'AES-256-CBC', 'key' => 'base64:' . base64_encode(str_repeat('k', 32)),
            'providers' => [
                Illuminate\Cache\CacheServiceProvider::class, Illuminate\Cookie\CookieServiceProvider::class,
                Illuminate\Encryption\EncryptionServiceProvider::class, Illuminate\Filesystem\FilesystemServiceProvider::class,
                Illuminate\Foundation\Providers\FoundationServiceProvider::class, Illuminate\Session\SessionServiceProvider::class,
                Illuminate\View\ViewServiceProvider::class, Illuminate\Translation\TranslationServiceProvider::class,
                App\Providers\AppServiceProvider::class, RouteServiceProvider::class,
            ],
            'aliases' => [],
        ];
        PHP,
    'session' => <<<'PHP'
        <?php
        return [
            'driver' => env('SESSION_DRIVER', 'file'), 'lifetime' => 120, 'expire_on_close' => false, 'encrypt' => (bool) env('SESSION_ENCRYPT'),
            'files' => getenv('TMPDIR'), 'connection' => null, 'table' => 'sessions', 'store' => null, 'lottery' => [1, 1], 'cookie' => 'shop',
            'path' => '/', 'domain' => null, 'secure' => false, 'http_only' => true, 'same_site' => 'lax',
        ];
        PHP,
    'view' => "<?php\nreturn ['paths' => [], 'compiled' => getenv('TMPDIR')];\n",
    'logging' => "<?php\nreturn ['default' => 'errorlog', 'channels' => ['errorlog' => ['driver' => 'errorlog']]];\n",
    'cache' => "<?php\nreturn ['default' => 'array', 'stores' => ['array' => ['driver' => 'array']]];\n",
];

function laravel(string $more_environment = ''): string
{
    $files = [
        'public/index.php' => BOOTSTRAP,
        'app/Providers/AppServiceProvider.php' => php_snippet('laravel', 'app/Providers/AppServiceProvider.php'),
        '.env' => snippet('laravel', '.env') . $more_environment,
        'bootstrap/cache/.keep' => '',
    ];
    foreach (CONFIG as $name => $content) {
        $files["config/$name.php"] = $content;
    }
    return site($files) . '/public';
}

new_table('sessions');
[$a, $b] = nodes(laravel());
journey($a, $b, 'shop');
claim_lifetime(7200);
claim('the keys are the prefix and the id', preg_grep('/^shop_[A-Za-z0-9]{40}$/', keys('sessions')) === keys('sessions'));

$browser = new Browser;
$browser->visit($a, '/put?item=apples');
$browser->visit($a, '/cart');
claim_same('the same page again costs one request', 1, cost($a, fn () => $browser->visit($a, '/cart')));
claim_same('another page costs two: Laravel keeps the URL of the last one', 2, cost($a, fn () => $browser->visit($a, '/cart?page=2')));

echo "With 'encrypt' => true\n";
[$a, $b] = nodes(laravel("SESSION_ENCRYPT=true\n"));
$browser = new Browser;
$browser->visit($a, '/put?item=apples');
claim_same('the other node knows it', 'cart: apples', $browser->visit($b, '/cart'));
$browser->visit($a, '/cart');
claim_same('every page costs two requests, the same one again as well', 2, cost($a, fn () => $browser->visit($a, '/cart')));

echo "Encrypted by dynamosess\n";
[$a, $b] = nodes(laravel(), ['dynamosess.encryption_keys=2026a:' . base64_encode(str_repeat('k', 32))]);
$browser = new Browser;
$browser->visit($a, '/put?item=apples');
claim_same('the other node knows it', 'cart: apples', $browser->visit($b, '/cart'));
$browser->visit($a, '/cart');
claim_same('the same page again costs one request', 1, cost($a, fn () => $browser->visit($a, '/cart')));

$stored = array_map(fn ($item) => base64_decode($item['data']['B'] ?? ''), dynamodb('Scan', ['TableName' => 'sessions'])['Items']);
claim('and what is stored is encrypted', count(preg_grep('/^\xFF\x7C\xFF\x64\x02/', $stored)) === 1);

finish();
