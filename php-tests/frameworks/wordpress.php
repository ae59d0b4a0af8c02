<?php
// WordPress with a plugin that keeps a cart in PHP's session, by php.ini.
require __DIR__ . '/site.inc';
require __DIR__ . '/database.inc';

const PLUGIN = <<<'PHP'
    <?php
    add_action('init', function (): void {
        $page = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
        if (!in_array($page, ['/put', '/cart', '/login', '/logout'], true)) {
            return;
        }
        session_start();
        match ($page) {
            '/put' => $_SESSION['cart'][] = $_GET['item'],
            '/login' => session_regenerate_id(true),
            '/logout' => session_destroy() && $_SESSION = [],
            '/cart' => null,
        };
        echo 'cart: ' . implode(',', $_SESSION['cart'] ?? []);
        session_write_close();
        exit;
    });
    PHP;

$socket = database();
$site = site([]) . '/wordpress';
exec('cp -rL ' . escapeshellarg(PACKAGES . '/usr/share/wordpress') . ' ' . escapeshellarg($site) . ' 2>/dev/null');
foreach (['wp-config.php' => "<?php
    define('DB_NAME', 'shop'); define('DB_USER', 'zoe'); define('DB_PASSWORD', '" . DATABASE_PASSWORD . "'); define('DB_HOST', 'localhost:$socket');
    \$table_prefix = 'wp_'; define('WP_HTTP_BLOCK_EXTERNAL', true); define('DISABLE_WP_CRON', true); define('WP_CONTENT_DIR', __DIR__ . '/wp-content');
    require __DIR__ . '/wp-settings.php';
", 'wp-content/mu-plugins/cart.php' => PLUGIN] as $file => $content) {
    is_dir(dirname("$site/$file")) || mkdir(dirname("$site/$file"), recursive: true);
    file_put_contents("$site/$file", $content);
}
$install = ['weblog_title' => 'Shop', 'user_name' => 'zoe', 'admin_password' => 'p', 'admin_password2' => 'p', 'pw_weak' => '1', 'admin_email' => 'zoe@localhost.test',
    'language' => ''];
claim('it is installed', str_contains((new Browser)->visit(node($site), '/wp-admin/install.php?step=2', $install), 'zoe'));

foreach (['files', 'dynamodb'] as $handler) {
    echo "On $handler\n";
    new_table('sessions');
    [$a, $b] = nodes($site, [...by_php_ini($handler), 'session.use_strict_mode=1']);
    journey($a, $b);
}
claim('the sessions are in the table', keys('sessions') !== []);

finish();
