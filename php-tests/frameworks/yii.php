<?php
// Yii 2, as docs/frameworks/yii.md says: an application with the page's component.
require __DIR__ . '/site.inc';

$site = site([
    'config/web.php' => php_snippet('yii', 'config/web.php'),
    'public/index.php' => <<<'PHP'
        <?php
        define('YII_ENABLE_ERROR_HANDLER', false);
        require getenv('PACKAGES') . '/yii2/framework/Yii.php';

        class SiteController extends yii\web\Controller
        {
            public function actionPage(string $page)
            {
                $session = Yii::$app->session;
                switch ($page) {
                    case 'put':
                        $session['cart'] = [...$session['cart'] ?? [], Yii::$app->request->get('item')];
                        break;
                    case 'login':
                        $session->open();
                        $session->regenerateID(true);
                        break;
                    case 'logout':
                        $session->open();
                        $session->destroy();
                }
                return 'cart: ' . implode(',', $session['cart'] ?? []);
            }
        }

        $config = require __DIR__ . '/../config/web.php';
        $config['components'] += [
            'request' => ['enableCookieValidation' => false],
            'urlManager' => ['enablePrettyUrl' => true, 'showScriptName' => false, 'rules' => ['<page:\w+>' => 'site/page']],
        ];
        $config += ['id' => 'shop', 'basePath' => dirname(__DIR__), 'runtimePath' => getenv('TMPDIR'), 'controllerMap' => ['site' => SiteController::class],
            'vendorPath' => getenv('TMPDIR')];
        (new yii\web\Application($config))->run();
        PHP,
]);

new_table('sessions');
[$a, $b] = nodes("$site/public");
journey($a, $b);
claim_lifetime(7200);

finish();
