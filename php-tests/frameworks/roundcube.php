<?php
// Roundcube, unmodified, by php.ini and its session_storage: the login on one node is known on the other.
require __DIR__ . '/site.inc';

// A mail server with one empty folder, which takes every login.
const MAIL_SERVER = <<<'PHP'
    <?php
    $server = stream_socket_server('tcp://127.0.0.1:0');
    echo explode(':', stream_socket_get_name($server, false))[1], "\n";
    while ($client = stream_socket_accept($server, 3600)) {
        fwrite($client, "* OK ready\r\n");
        while ($line = fgets($client)) {
            [$tag, $command] = explode(' ', trim($line)) + [1 => ''];
            fwrite($client, match (strtoupper($command)) {
                'CAPABILITY' => "* CAPABILITY IMAP4rev1\r\n",
                'LIST', 'LSUB' => "* LIST () \"/\" INBOX\r\n",
                'SELECT', 'EXAMINE' => "* 0 EXISTS\r\n* OK [UIDVALIDITY 1] \r\n",
                'STATUS' => "* STATUS INBOX (MESSAGES 0 UNSEEN 0)\r\n",
                default => '',
            } . "$tag OK done\r\n");
        }
    }
    PHP;

$mail = proc_open([getenv('PHP'), '-n', site(['imap.php' => MAIL_SERVER]) . '/imap.php'], [['file', '/dev/null', 'r'], ['pipe', 'w']], $pipes);
register_shutdown_function(fn () => proc_terminate($mail, 9));
$port = (int) fgets($pipes[1]);

$site = site([
    'roundcube/config/config.inc.php' => php_snippet('applications', 'config.inc.php') . <<<PHP
        \$config['db_dsnw'] = 'sqlite:///' . getenv('DATABASE') . '?mode=0646';
        \$config['imap_host'] = '127.0.0.1:$port';
        \$config['des_key'] = str_repeat('k', 24);
        \$config['skin'] = 'elastic';
        \$config['log_dir'] = \$config['temp_dir'] = getenv('TMPDIR');
        PHP,
], [PACKAGES . '/usr/share/roundcube']) . '/roundcube';
$start = "$site/program/include/iniset.php";
file_put_contents($start, str_replace('/var/lib/roundcube/', "$site/", file_get_contents($start)));
copy(PACKAGES . '/etc/roundcube/defaults.inc.php', "$site/config/defaults.inc.php");
copy(PACKAGES . '/etc/roundcube/mimetypes.php', "$site/config/mimetypes.php");

foreach (['files', 'dynamodb'] as $handler) {
    echo "On $handler\n";
    new_table('sessions');
    [$a, $b] = nodes($site, by_php_ini($handler), ['DATABASE' => "$site/mail.db"]);
    $browser = new Browser;
    $asks = fn (string $page): bool => str_contains($page, 'name="_pass"');
    $form = $browser->visit($a, '/?_task=login');
    claim('it asks for a login', $asks($form));
    $fields = ['_task' => 'login', '_action' => 'login', '_user' => 'zoe', '_pass' => 'p', '_token' => hidden_field($form, '_token')];
    $page = $browser->visit($b, '/?_task=login', $fields);
    claim('the form of node A logs in on node B', !$asks($page) && str_contains($page, '_task=logout'));
    $page = $browser->visit($a, '/?_task=mail');
    claim('known on node A', !$asks($page) && str_contains($page, '_task=logout'));
    preg_match('/"request_token":"(\w+)"/', $page, $token);
    $browser->visit($b, '/?_task=logout&_token=' . ($token[1] ?? ''));
    claim('logged out on node B, unknown on node A', $asks($browser->visit($a, '/?_task=mail')));
}
claim('the session was in the table', keys('sessions') !== []);

finish();
