<?php
// phpMyAdmin, unmodified, by php.ini: the login on one node is known on the other.
require __DIR__ . '/site.inc';
require __DIR__ . '/database.inc';

$socket = database();
$vendor = file_get_contents(PACKAGES . '/usr/share/phpmyadmin/libraries/vendor_config.php');
$site = site([], [PACKAGES . '/usr/share/phpmyadmin']) . '/phpmyadmin';
file_put_contents("$site/libraries/vendor_config.php", str_replace(
    ["'/var/lib/phpmyadmin/tmp/'", "'/etc/phpmyadmin/config.inc.php'"],
    ["getenv('TMPDIR') . '/'", "'$site/config.inc.php'"],
    $vendor,
));
file_put_contents("$site/config.inc.php", "<?php
    \$cfg['blowfish_secret'] = str_repeat('s', 32);
    \$cfg['Servers'][1] = ['auth_type' => 'cookie', 'host' => 'localhost', 'socket' => '$socket'];
    \$cfg['SendErrorReports'] = 'never';
");

foreach (['files', 'dynamodb'] as $handler) {
    echo "On $handler\n";
    new_table('sessions');
    [$a, $b] = nodes($site, by_php_ini($handler));
    $browser = new Browser;
    $form = $browser->visit($a, '/index.php?route=/');
    claim('it asks for a login', str_contains($form, 'pma_password'));
    $page = $browser->visit($b, '/index.php?route=/', [
        'pma_username' => DATABASE_USER, 'pma_password' => DATABASE_PASSWORD, 'server' => '1', 'token' => hidden_field($form, 'token'),
        'set_session' => hidden_field($form, 'set_session'),
    ]);
    claim('the form of node A logs in on node B', !str_contains($page, 'pma_password') && str_contains($page, 'zoe@localhost'));
    $page = $browser->visit($a, '/index.php?route=/server/databases');
    claim('known on node A', str_contains($page, 'shop') && !str_contains($page, 'pma_password'));
    preg_match('/token:"([^"]+)"/', $page, $token);
    $browser->visit($b, '/index.php?route=/logout', ['token' => $token[1] ?? '']);
    claim('logged out on node B, unknown on node A', str_contains($browser->visit($a, '/index.php?route=/server/databases'), 'pma_password'));
}
claim('the session was in the table', keys('sessions') !== []);

finish();
