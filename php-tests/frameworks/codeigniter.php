<?php
// CodeIgniter 4, as docs/frameworks/codeigniter.md says: its own starter application with the page's class and .env.
require __DIR__ . '/site.inc';

$site = site([
    'app/Controllers/Home.php' => <<<'PHP'
        <?php
        namespace App\Controllers;

        class Home extends BaseController
        {
            public function page(string $page): string
            {
                $session = session();
                match ($page) {
                    'put' => $session->set('cart', [...$session->get('cart') ?? [], $this->request->getGet('item')]),
                    'login' => $session->regenerate(true),
                    'logout' => $session->destroy(),
                    default => null,
                };
                return 'cart: ' . implode(',', $session->get('cart') ?? []);
            }
        }
        PHP,
    'app/Config/Routes.php' => "<?php\n\$routes->get('(:segment)', 'Home::page/\$1');\n",
    'app/Session/DynamoDbHandler.php' => php_snippet('codeigniter', 'app/Session/DynamoDbHandler.php'),
    '.env' => "CI_ENVIRONMENT = production\n" . snippet('codeigniter', '.env'),
], array_map(fn ($folder) => PACKAGES . "/CodeIgniter4/$folder", ['app', 'public', 'system', 'writable']));

new_table('sessions');
[$a, $b] = nodes("$site/public");
journey($a, $b, 'ci_session');
claim_lifetime(7200);
claim('the keys are the name of the session and the id', preg_grep('/^ci_session_[0-9a-f]{32}$/', keys('sessions')) === keys('sessions'));

$browser = new Browser;
$browser->visit($a, '/put?item=apples');
claim_same('an unchanged page costs two requests with a lock: read and lock, unlock', 2, cost($a, fn () => $browser->visit($a, '/cart')));
claim_same('a changed one as many', 2, cost($a, fn () => $browser->visit($a, '/put?item=figs')));

finish();
