<?php
// Drupal's session service, as docs/frameworks/drupal.md says: its service container and session manager with the page's YAML.
require __DIR__ . '/site.inc';

$site = site([
    'services.yml' => snippet('drupal', 'sites/default/services.yml'),
    'index.php' => <<<'PHP'
        <?php
        require 'sources.php';
        require_once 'Symfony/Component/Yaml/autoload.php';
        require_once 'Symfony/Component/DependencyInjection/autoload.php';
        require_once 'Symfony/Component/HttpFoundation/autoload.php';

        use Drupal\Core\DependencyInjection\Compiler\StackedSessionHandlerPass;
        use Drupal\Core\DependencyInjection\ContainerBuilder;
        use Drupal\Core\DependencyInjection\YamlFileLoader;
        use Drupal\Core\Session\MetadataBag;
        use Drupal\Core\Session\SessionConfiguration;
        use Drupal\Core\Session\SessionManager;
        use Drupal\Core\Session\UserSessionRepositoryInterface;
        use Drupal\Core\Site\Settings;
        use Symfony\Component\HttpFoundation\Request;
        use Symfony\Component\HttpFoundation\RequestStack;
        use Symfony\Component\HttpFoundation\Session\Session;

        // Of core's bootstrap: whether Drupal tests itself.
        function drupal_valid_test_ua(): bool
        {
            return false;
        }

        new Settings(['hash_salt' => 'of-the-test']);
        Drupal\Component\FileCache\FileCacheFactory::setPrefix('test');
        $container = new ContainerBuilder;
        $loader = new YamlFileLoader($container);
        // Of Drupal's own services those that are about sessions; the others want a database.
        $all = Symfony\Component\Yaml\Yaml::parseFile(getenv('PACKAGES') . '/drupal-core/core.services.yml', Symfony\Component\Yaml\Yaml::PARSE_CUSTOM_TAGS);
        $own = array_filter($all['services'], fn ($name) => str_starts_with($name, 'session_handler.'), ARRAY_FILTER_USE_KEY);
        file_put_contents($core = getenv('TMPDIR') . '/core.services.yml', Symfony\Component\Yaml\Yaml::dump(['services' => $own], 9));
        $loader->load($core);
        $loader->load(__DIR__ . '/services.yml');
        (new StackedSessionHandlerPass)->process($container);
        $handler = $container->get((string) $container->getAlias('session_handler'));

        $request = Request::createFromGlobals();
        $requests = new RequestStack;
        $requests->push($request);
        $nothing = new class implements UserSessionRepositoryInterface {
            public function deleteAll(int $uid): void
            {
            }
        };
        $time = new class implements Drupal\Component\Datetime\TimeInterface {
            public function getRequestTime()
            {
                return time();
            }
            public function getRequestMicroTime()
            {
                return microtime(true);
            }
            public function getCurrentTime()
            {
                return time();
            }
            public function getCurrentMicroTime()
            {
                return microtime(true);
            }
        };
        $configuration = new SessionConfiguration($all['parameters']['session.storage.options']);
        $manager = new SessionManager($requests, $handler, new MetadataBag(Settings::getInstance()), $configuration, $time, $nothing);
        $session = new Session($manager);
        $session->start();
        switch ($request->getPathInfo()) {
            case '/put':
                $session->set('cart', [...$session->get('cart', []), $request->query->get('item')]);
                break;
            case '/login':
                $session->migrate(true);
                break;
            case '/logout':
                $manager->destroy();
                exit('bye');
        }
        $answer = 'cart: ' . implode(',', $session->get('cart', []));
        $session->save();
        echo $answer;
        PHP,
]);

new_table('sessions');
[$a, $b] = nodes($site);
$browser = new Browser;
claim_same('a guest costs nothing', 0, cost($a, fn () => $browser->visit($a, '/cart')));
claim_same('a session begins', 'cart: apples', $browser->visit($a, '/put?item=apples'));
claim('Drupal names its cookies itself', preg_match('/^SESS[0-9a-f]{32}$/', $name = (string) key($browser->cookies)) === 1);
journey($a, $b, $name);
claim_lifetime(200000);
$browser = new Browser;
$browser->visit($a, '/put?item=apples');
claim_same('an unchanged page costs one request', 1, cost($a, fn () => $browser->visit($a, '/cart')));

finish();
