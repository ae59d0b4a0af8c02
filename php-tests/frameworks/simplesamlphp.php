<?php
// SimpleSAMLphp, unmodified, by php.ini: a login that two nodes serve.
require __DIR__ . '/site.inc';

const PASSWORD = 'Horse-battery-7';

foreach (['files', 'dynamodb'] as $handler) {
    echo "On $handler\n";
    new_table('sessions');
    // The package's own configuration, but for folders, plain http and, where it takes them from /var, the secrets.
    $own = var_export([
        'baseurlpath' => '',
        'tempdir' => "$work/saml-$handler",
        'metadatadir' => PACKAGES . '/etc/simplesamlphp/metadata',
        'auth.adminpassword' => PASSWORD,
        'secretsalt' => 'of-the-test',
        'logging.handler' => 'errorlog',
        'session.cookie.secure' => false,
        'session.cookie.samesite' => null,
        'language.cookie.secure' => false,
        'language.cookie.samesite' => null,
    ], true);
    $config = site([
        'config.php' => preg_replace_callback(
            '/^require_once\(.*secrets\.inc\.php.*$/m',
            fn (): string => "\$config = $own + \$config;",
            file_get_contents(PACKAGES . '/etc/simplesamlphp/config.php'),
        ),
        'authsources.php' => '<?php $config = ["admin" => ["core:AdminPassword"]];',
    ]);
    [$a, $b] = nodes(PACKAGES . '/usr/share/simplesamlphp/www', by_php_ini($handler), ['SIMPLESAMLPHP_CONFIG_DIR' => $config]);
    $browser = new Browser;
    $home = '/module.php/core/authenticate.php?as=admin';
    $asks = fn (string $page): bool => str_contains($page, 'name="password"');

    $form = $browser->visit($a, $home);
    claim('it asks for a login', $asks($form));
    $page = $browser->visit($b, '/module.php/core/loginuserpass.php', [
        'username' => 'admin', 'password' => PASSWORD, 'AuthState' => hidden_field($form, 'AuthState'),
    ]);
    claim('the form of node A logs in on node B', !$asks($page) && str_contains($page, 'logout'));
    $page = $browser->visit($a, $home);
    claim('known on node A', !$asks($page) && str_contains($page, 'logout'));
    $browser->visit($b, "$home&logout=1");
    claim('logged out on node B, unknown on node A', $asks($browser->visit($a, $home)));
}
claim('the session was in the table', keys('sessions') !== []);

finish();
