<?php
// Symfony, as docs/frameworks/symfony.md says: a kernel with FrameworkBundle and the page's YAML.
require __DIR__ . '/site.inc';

const KERNEL = <<<'PHP'
    <?php
    require_once 'Symfony/Bundle/FrameworkBundle/autoload.php';
    require_once 'Symfony/Component/Yaml/autoload.php';
    array_map(fn ($file) => require_once $file, glob(__DIR__ . '/src/*.php'));

    use Symfony\Bundle\FrameworkBundle\FrameworkBundle;
    use Symfony\Bundle\FrameworkBundle\Kernel\MicroKernelTrait;
    use Symfony\Component\DependencyInjection\Loader\Configurator\ContainerConfigurator;
    use Symfony\Component\HttpFoundation\Request;
    use Symfony\Component\HttpFoundation\Response;
    use Symfony\Component\Routing\Loader\Configurator\RoutingConfigurator;

    // Symfony asks Composer which packages there are; Debian's are installed without it.
    class_alias('InstalledByDebian', 'Composer\InstalledVersions');
    class InstalledByDebian
    {
        public static function isInstalled(): bool
        {
            return false;
        }
    }

    class Kernel extends Symfony\Component\HttpKernel\Kernel
    {
        use MicroKernelTrait;

        public function registerBundles(): iterable
        {
            yield new FrameworkBundle;
        }

        public function getProjectDir(): string
        {
            return __DIR__;
        }

        public function getCacheDir(): string
        {
            return getenv('TMPDIR') . '/cache';
        }

        public function getLogDir(): string
        {
            return getenv('TMPDIR') . '/log';
        }

        protected function configureContainer(ContainerConfigurator $container): void
        {
            $container->extension('framework', ['secret' => 'of-the-test', 'test' => false, 'router' => ['utf8' => true]]);
            $container->import(__DIR__ . '/config/packages/*.yaml');
            $container->import(__DIR__ . '/config/services.yaml');
        }

        protected function configureRoutes(RoutingConfigurator $routes): void
        {
            foreach (['put', 'cart', 'guest', 'login', 'logout'] as $page) {
                $routes->add($page, "/$page")->controller("kernel::$page");
            }
        }

        public function put(Request $request): Response
        {
            $session = $request->getSession();
            $session->set('cart', [...$session->get('cart', []), $request->query->get('item')]);
            return $this->cart($request);
        }

        public function cart(Request $request): Response
        {
            return new Response('cart: ' . implode(',', $request->getSession()->get('cart', [])));
        }

        public function guest(Request $request): Response
        {
            return new Response('hello ' . $request->getSession()->get('name', 'guest'));
        }

        public function login(Request $request): Response
        {
            $request->getSession()->set('user', 'zoe');
            $request->getSession()->migrate(true);
            return $this->cart($request);
        }

        public function logout(Request $request): Response
        {
            $request->getSession()->set('user', null);
            $request->getSession()->invalidate();
            return $this->cart($request);
        }
    }

    $kernel = new Kernel('prod', false);
    $request = Request::createFromGlobals();
    $response = $kernel->handle($request);
    $response->send();
    $kernel->terminate($request, $response);
    PHP;

function symfony(string $services, string $framework, array $files = []): string
{
    return site($files + ['index.php' => KERNEL, 'config/services.yaml' => $services, 'config/packages/framework.yaml' => $framework]);
}

$service = snippet('symfony', 'config/services.yaml');
$by_php_ini = ['session.save_handler=dynamodb', 'dynamosess.region=eu-west-1'];

echo "The service\n";
new_table('sessions');
[$a, $b] = nodes(symfony($service, snippet('symfony', 'config/packages/framework.yaml')));
journey($a, $b);
claim_lifetime(7200);

$browser = new Browser;
$browser->visit($a, '/put?item=apples');
claim_same('an unchanged page costs one request', 1, cost($a, fn () => $browser->visit($a, '/cart')));
claim_same('a page that changes the session costs two', 2, cost($a, fn () => $browser->visit($a, '/put?item=figs')));
$browser = new Browser;
claim_same('a guest whose session stays empty costs two', 2, cost($a, fn () => $browser->visit($a, '/guest')));
claim_same('and so does the next page: Symfony gives no cookie for an empty session', 2, cost($a, fn () => $browser->visit($a, '/guest')));

echo "By php.ini\n";
new_table('sessions');
[$a, $b] = nodes(symfony("services: {}\n", snippet('symfony', 'config/packages/framework.yaml', 2)), $by_php_ini);
journey($a, $b);
claim('the sessions are in the table', keys('sessions') !== []);

$browser = new Browser;
$browser->visit($a, '/put?item=apples');
claim_same('an unchanged page costs one request', 1, cost($a, fn () => $browser->visit($a, '/cart')));
$browser = new Browser;
claim_same('a guest whose session stays empty costs two', 2, cost($a, fn () => $browser->visit($a, '/guest')));
claim_same('and so does the next page of that guest', 2, cost($a, fn () => $browser->visit($a, '/guest')));

echo "Moving from files\n";
new_table('sessions');
$moving = symfony(snippet('symfony', 'config/services.yaml', 2), snippet('symfony', 'config/packages/framework.yaml', 3));
$browser = new Browser;
$browser->visit(node($moving), '/put?item=apples');
$moved = symfony($service, snippet('symfony', 'config/packages/framework.yaml'));
claim_same('what was stored while both were written is in the table', 'cart: apples', $browser->visit(node($moved), '/cart'));

echo "What the page warns of\n";
$nameless = str_replace(["    dynamosess:\n", "        class: DynamoDbSessionHandler\n"], ["    DynamoDbSessionHandler:\n", ''], $service);
$page = (new Browser)->visit(node(symfony($nameless, "framework: { session: { handler_id: DynamoDbSessionHandler } }\n")), '/cart');
claim('no class', str_contains(strip_tags($page), 'has no class attribute'));
$wrapped = $service . "
    strict:
        class: Symfony\Component\HttpFoundation\Session\Storage\Handler\StrictSessionHandler
        arguments: ['@dynamosess']
";
$page = (new Browser)->visit(node(symfony($wrapped, "framework: { session: { handler_id: strict } }\n")), '/cart');
claim('StrictSessionHandler around it', str_contains(strip_tags($page), 'Internal Server Error'));

echo "With what docs/install.md says for machines without the extension\n";
$with_fallback = symfony(
    snippet('../install', 'config/services.yaml'),
    snippet('../install', 'config/packages/framework.yaml'),
    ['src/SessionHandlerFactory.php' => php_snippet('../install', 'src/SessionHandlerFactory.php')],
);
[$a, $b] = nodes($with_fallback);
journey($a, $b);
without_extension($with_fallback);

finish();
