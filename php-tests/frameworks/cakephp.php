<?php
// CakePHP, as docs/frameworks/cakephp.md says: its session class with the page's configuration.
require __DIR__ . '/site.inc';

$site = site([
    'config/app_local.php' => php_snippet('cakephp', 'config/app_local.php'),
    'public/index.php' => <<<'PHP'
        <?php
        require 'sources.php';
        require getenv('PACKAGES') . '/cakephp/src/Core/functions.php';

        use Cake\Core\Configure;
        use Cake\Http\Session;

        Configure::write(require __DIR__ . '/../config/app_local.php');
        // As ServerRequestFactory does.
        $session = Session::create((array) Configure::read('Session') + ['defaults' => 'php', 'cookiePath' => '/']);
        switch (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)) {
            case '/put':
                $session->write('cart', [...$session->read('cart') ?? [], $_GET['item']]);
                break;
            case '/login':
                $session->renew();
                break;
            case '/logout':
                $session->destroy();
        }
        echo 'cart: ' . implode(',', $session->read('cart') ?? []);
        PHP,
]);

new_table('sessions');
[$a, $b] = nodes("$site/public");
journey($a, $b);
claim_lifetime(7200);

$config = "$site/config/app_local.php";
file_put_contents($config, str_replace("'\\DynamoDbSessionHandler'", "'DynamoDbSessionHandler'", file_get_contents($config)));
claim('without the backslash there is no such class', str_contains((new Browser)->visit($a, '/cart'), 'does not exist and cannot be used as a session engine'));

finish();
