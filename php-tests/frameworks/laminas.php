<?php
// laminas-session, as docs/frameworks/laminas.md says: its service manager with the page's class and configuration.
require __DIR__ . '/site.inc';

$site = site([
    'Application/DynamoDbSaveHandler.php' => php_snippet('laminas', 'module/Application/src/DynamoDbSaveHandler.php'),
    'config/session.global.php' => php_snippet('laminas', 'config/autoload/session.global.php'),
    'public/index.php' => <<<'PHP'
        <?php
        require 'sources.php';
        require 'Psr/Container/autoload.php';
        require getenv('PACKAGES') . '/laminas-servicemanager/src/autoload.php';
        require __DIR__ . '/../Application/DynamoDbSaveHandler.php';

        use Laminas\ServiceManager\ServiceManager;
        use Laminas\Session\ConfigProvider;
        use Laminas\Session\Container;
        use Laminas\Session\SessionManager;

        $config = require __DIR__ . '/../config/session.global.php';
        $services = new ServiceManager(array_merge_recursive((new ConfigProvider)->getDependencyConfig(), $config['service_manager']));
        $services->setService('config', $config);
        $manager = $services->get(SessionManager::class);
        Container::setDefaultManager($manager);
        $page = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
        $manager->start();
        if ($page === '/logout') {
            $manager->destroy();
            exit('bye');
        }
        $shop = new Container('shop');
        if ($page === '/put') {
            $shop->cart = [...$shop->cart ?? [], $_GET['item']];
        }
        if ($page === '/login') {
            $manager->regenerateId(true);
        }
        $manager->writeClose();
        echo 'cart: ' . implode(',', $shop->cart ?? []);
        PHP,
]);

new_table('sessions');
[$a, $b] = nodes("$site/public");
journey($a, $b);
claim_lifetime(7200);

$config = "$site/config/session.global.php";
file_put_contents($config, preg_replace("/^ *'session_storage'.*\n/m", '', file_get_contents($config)));
claim('without session_storage no page is made', str_contains((new Browser)->visit($a, '/cart'), 'Configuration is missing a'));

finish();
