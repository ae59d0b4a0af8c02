<?php
// Adminer, unmodified, by php.ini: the login on one node is known on the other.
require __DIR__ . '/site.inc';

const USER = 'zoe', PASSWORD = 'Horse-battery-7';

// Adminer's own way to a database without a password, such as SQLite: a plugin of its package and this page.
$adminer = var_export(PACKAGES . '/usr/share/adminer', true);
$password = var_export(password_hash(PASSWORD, PASSWORD_BCRYPT, ['cost' => 4]), true);
$site = site(['index.php' => <<<PHP
    <?php
    function adminer_object() {
        include $adminer . '/plugins/plugin.php';
        include $adminer . '/plugins/login-password-less.php';
        return new AdminerPlugin([new AdminerLoginPasswordLess($password)]);
    }
    include $adminer . '/adminer.php';
    PHP]);

foreach (['files', 'dynamodb'] as $handler) {
    echo "On $handler\n";
    new_table('sessions');
    [$a, $b] = nodes($site, by_php_ini($handler));
    $browser = new Browser;
    $database = "$site/shop.db";
    $login = ['auth' => ['driver' => 'sqlite', 'server' => '', 'username' => USER, 'password' => PASSWORD, 'db' => $database]];
    $home = '/?' . http_build_query(['sqlite' => '', 'username' => USER, 'db' => $database]);
    touch($database);

    claim('it asks for a login', str_contains($browser->visit($a, '/'), 'auth[password]'));
    $page = $browser->visit($a, '/', $login);
    claim('logged in on node A', str_contains($page, 'name="logout"') || str_contains($page, "name='logout'"));
    $page = $browser->visit($b, $home);
    claim('known on node B', !str_contains($page, 'auth[password]') && str_contains($page, 'shop.db'));
    $browser->visit($b, $home, ['logout' => 'Logout', 'token' => hidden_field($page, 'token')]);
    claim('logged out on node B, unknown on node A', str_contains($browser->visit($a, $home), 'auth[password]'));
}
claim('the session was in the table', keys('sessions') !== []);

finish();
