<?php
// php visit.php FOLDER: the visits, once on `files` and once on `dynamodb`. See run.
require __DIR__ . '/nodes.inc';

const USER = 'zoe', PASSWORD = 'Horse-battery-7';

[, $packages] = $argv;
$work = sys_get_temp_dir() . '/dynamosess-applications-' . bin2hex(random_bytes(6));
mkdir($work);
$table = basename($work);
register_shutdown_function(fn () => exec('rm -rf ' . escapeshellarg($work)));

$passed = $failed = 0;

function claim(string $what, bool $holds): void
{
    global $passed, $failed;
    $holds ? $passed++ : $failed++;
    echo $holds ? '  ok      ' : '  FAILED  ', $what, "\n";
}

/** @return array{Node, Node} */
function nodes(string $handler, string $folder, array $environment = []): array
{
    global $packages, $work, $table;
    $settings = $handler === 'files' ? ["session.save_path=$work"] : [
        'extension=' . getenv('DYNAMOSESS_SO'), 'dynamosess.endpoint=' . getenv('DYNAMOSESS_TEST_ENDPOINT'),
        'dynamosess.region=us-east-1', "dynamosess.table_name=$table",
    ];
    $extensions = glob("$packages/usr/lib/php/*/{dom,mbstring,simplexml,sqlite3,xml}.so", GLOB_BRACE);
    $arguments = ['-n'];
    foreach ([...array_map(fn ($file) => "extension=$file", $extensions), "session.save_handler=$handler", 'session.gc_probability=0',
        'display_errors=1', 'error_reporting=' . (E_ALL & ~E_DEPRECATED), ...$settings] as $setting) {
        array_push($arguments, '-d', $setting);
    }
    $environment += ['TMPDIR' => $work, 'AWS_ACCESS_KEY_ID' => 'local', 'AWS_SECRET_ACCESS_KEY' => 'local', 'AWS_EC2_METADATA_DISABLED' => 'true'];
    $node = fn (string $name) => new Node([...$arguments, '-t', $folder], "$work/$name.log", $environment);
    return [$node('a'), $node('b')];
}

function adminer(string $handler): void
{
    global $packages, $work;
    $site = "$work/adminer-$handler";
    mkdir($site);
    // Adminer's own way to a database without a password, such as SQLite: a plugin of its package and this page.
    $adminer = var_export("$packages/usr/share/adminer", true);
    $password = var_export(password_hash(PASSWORD, PASSWORD_BCRYPT, ['cost' => 4]), true);
    file_put_contents("$site/index.php", <<<PHP
        <?php
        function adminer_object() {
            include $adminer . '/plugins/plugin.php';
            include $adminer . '/plugins/login-password-less.php';
            return new AdminerPlugin([new AdminerLoginPasswordLess($password)]);
        }
        include $adminer . '/adminer.php';
        PHP);
    [$a, $b] = nodes($handler, $site);
    $browser = new Browser;
    $database = "$site/shop.db";
    $login = ['auth' => ['driver' => 'sqlite', 'server' => '', 'username' => USER, 'password' => PASSWORD, 'db' => $database]];
    $home = '/?' . http_build_query(['sqlite' => '', 'username' => USER, 'db' => $database]);

    claim('it asks for a login', str_contains($browser->visit($a, '/'), 'auth[password]'));
    touch($database);
    $page = $browser->visit($a, '/', $login);
    claim('logged in on node A', !str_contains($page, 'auth[password]') && str_contains($page, 'name="logout"') || str_contains($page, "name='logout'"));
    $page = $browser->visit($b, $home);
    claim('known on node B', !str_contains($page, 'auth[password]') && str_contains($page, 'shop.db'));
    $browser->visit($b, $home, ['logout' => 'Logout', 'token' => hidden_field($page, 'token')]);
    claim('logged out on node B, unknown on node A', str_contains($browser->visit($a, $home), 'auth[password]'));
}

function simplesamlphp(string $handler): void
{
    global $packages, $work;
    $config = "$work/simplesamlphp-$handler";
    mkdir($config);
    // The package's own configuration, but for folders, plain http and, where it takes them from /var, the secrets.
    $own = var_export([
        'baseurlpath' => '',
        'tempdir' => "$config/tmp",
        'metadatadir' => "$packages/etc/simplesamlphp/metadata",
        'auth.adminpassword' => PASSWORD,
        'secretsalt' => 'of-the-test',
        'logging.handler' => 'errorlog',
        'session.cookie.secure' => false,
        'session.cookie.samesite' => null,
        'language.cookie.secure' => false,
        'language.cookie.samesite' => null,
    ], true);
    file_put_contents("$config/config.php", preg_replace_callback(
        '/^require_once\(.*secrets\.inc\.php.*$/m',
        fn (): string => "\$config = $own + \$config;",
        file_get_contents("$packages/etc/simplesamlphp/config.php"),
    ));
    file_put_contents("$config/authsources.php", '<?php $config = ["admin" => ["core:AdminPassword"]];');
    [$a, $b] = nodes($handler, "$packages/usr/share/simplesamlphp/www", ['SIMPLESAMLPHP_CONFIG_DIR' => $config]);
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

dynamodb('CreateTable', [
    'TableName' => $table,
    'KeySchema' => [['AttributeName' => 'id', 'KeyType' => 'HASH']],
    'AttributeDefinitions' => [['AttributeName' => 'id', 'AttributeType' => 'S']],
    'BillingMode' => 'PAY_PER_REQUEST',
]);
try {
    foreach (explode(',', getenv('APPLICATION_HANDLERS') ?: 'files,dynamodb') as $handler) {
        foreach (['Adminer' => 'adminer', 'SimpleSAMLphp' => 'simplesamlphp'] as $name => $visit) {
            echo "$name on $handler\n";
            $visit($handler);
        }
    }
    $kept = dynamodb('Scan', ['TableName' => $table, 'Select' => 'COUNT'])['Count'];
    claim("their sessions were in the table ($kept)", $kept > 0);
} finally {
    dynamodb('DeleteTable', ['TableName' => $table]);
}
echo "$passed passed, $failed failed\n";
exit($failed === 0 ? 0 : 1);
