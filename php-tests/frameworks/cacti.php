<?php
// Cacti, unmodified, by php.ini: the login on one node is known on the other.
require __DIR__ . '/site.inc';
require __DIR__ . '/database.inc';

const NEW_PASSWORD = 'Horse-battery-7!';

$socket = database();
touch("$work/cacti.log");
$site = site([]) . '/cacti';
// With what its links lead to; those out of the package lead nowhere.
exec('cp -rL ' . escapeshellarg(PACKAGES . '/usr/share/cacti/site') . ' ' . escapeshellarg($site) . ' 2>/dev/null');
@unlink("$site/include/config.php");
file_put_contents("$site/include/config.php", "<?php
    \$database_type = 'mysql'; \$database_default = 'shop'; \$database_hostname = 'localhost'; \$database_username = 'zoe';
    \$database_password = '" . DATABASE_PASSWORD . "'; \$database_port = ''; \$database_retries = 1; \$database_persist = false;
    \$database_ssl = false; \$database_ssl_key = \$database_ssl_cert = \$database_ssl_ca = ''; \$poller_id = 1; \$url_path = '/';
    \$cacti_session_name = 'Cacti'; \$cacti_db_session = false; \$disable_log_rotation = false;
");
// From the first table on: before it are modes of old servers, in what only the mysql program understands.
$tables = strstr(file_get_contents(PACKAGES . '/usr/share/cacti/conf_templates/cacti.sql'), 'CREATE TABLE');
mysql($socket, $tables
    . "REPLACE INTO settings VALUES ('path_cactilog', '$work/cacti.log');"
    . "UPDATE version SET cacti = '" . trim(file_get_contents("$site/include/cacti_version")) . "';"
    . "UPDATE user_auth SET must_change_password = '', password = '" . password_hash(NEW_PASSWORD, PASSWORD_BCRYPT, ['cost' => 4]) . "' WHERE username = 'admin';");

foreach (['files', 'dynamodb'] as $handler) {
    echo "On $handler\n";
    new_table('sessions');
    [$a, $b] = nodes($site, [...by_php_ini($handler), "pdo_mysql.default_socket=$socket", "mysqli.default_socket=$socket"]);
    $browser = new Browser;
    $asks = fn (string $page): bool => str_contains($page, 'login_password');
    $form = $browser->visit($a, '/index.php');
    claim('it asks for a login', $asks($form));
    preg_match('/csrfMagicToken = "([^"]+)"/', $form, $token);
    $page = $browser->visit($b, '/index.php', ['action' => 'login', 'login_username' => 'admin', 'login_password' => NEW_PASSWORD, '__csrf_magic' => $token[1] ?? '']);
    claim('the form of node A logs in on node B', !$asks($page) && str_contains($page, 'logout.php'));
    $page = $browser->visit($a, '/index.php');
    claim('known on node A', !$asks($page) && str_contains($page, 'logout.php'));
    $browser->visit($b, '/logout.php?action=logout');
    claim('logged out on node B, unknown on node A', $asks($browser->visit($a, '/index.php')));
}
claim('the session was in the table', keys('sessions') !== []);

finish();
