--TEST--
A script's putenv() gives keys, and never names files or commands nor reaches a command of the operator's
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; if (!extension_loaded('pcntl')) { die('skip pcntl is not loaded'); }?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

const NO_KEYS = ['AWS_ACCESS_KEY_ID' => null, 'AWS_SECRET_ACCESS_KEY' => null];
const AT_HOME = ['AWS_CONFIG_FILE' => null, 'AWS_SHARED_CREDENTIALS_FILE' => null, 'HOME' => null] + NO_KEYS;
const BY_OPERATOR = ['AWS_CONFIG_FILE' => __DIR__ . '/../inc/credential-process.ini'] + NO_KEYS;

function marker(): string
{
    return getenv('SCENARIO_FOLDER') . '/has-run';
}

/** A file with a profile whose credentials come from a command. */
function names_a_command(string $file = 'config'): string
{
    $file = getenv('SCENARIO_FOLDER') . "/$file";
    @mkdir(dirname($file));
    file_put_contents($file, "[default]\ncredential_process = touch " . marker() . "\n");
    return $file;
}

function try_it(): void
{
    session_id(id());
    echo @session_start() ? 'open' : 'none', ', ';
    say_whether_it_has_run();
}

function say_whether_it_has_run(): void
{
    echo file_exists(marker()) ? "the command has run\n" : "no command was run\n";
    @unlink(marker());
}

function in_child(callable $call): void
{
    $child = pcntl_fork();
    if ($child === 0) {
        $call();
        exit;
    }
    pcntl_waitpid($child, $status);
}

/** Where the extension comes after the script has begun. */
function after_dl(): void
{
    preg_match('/extension=["\']?([^"\'\s]+)/', getenv('TEST_PHP_EXTRA_ARGS'), $match);
    $script = 'putenv("AWS_CONFIG_FILE=" . $argv[1]); dl(basename($argv[2])); ini_set("session.save_handler", "dynamodb");'
        . 'ini_set("dynamosess.region", "us-east-1"); ini_set("dynamosess.endpoint", getenv("DYNAMOSESS_TEST_ENDPOINT"));'
        . 'ob_start(); session_id("known"); @session_start(); echo session_module_name(), ", ";';
    passthru(implode(' ', array_map(escapeshellarg(...), [
        PHP_BINARY, '-n', '-d', 'extension_dir=' . dirname($match[1]), '-r', $script, names_a_command(), $match[1],
    ])));
    say_whether_it_has_run();
}

scenario(doors: DYNAMODB_DOORS, requests: [
    'a file' => [function () {
        putenv('AWS_CONFIG_FILE=' . names_a_command());
        try_it();
    }, [], NO_KEYS],
    'a home' => [function () {
        names_a_command('.aws/config');
        putenv('HOME=' . getenv('SCENARIO_FOLDER'));
        try_it();
    }, [], AT_HOME],
    'a file, for a child' => [function () {
        putenv('AWS_CONFIG_FILE=' . names_a_command());
        in_child('try_it');
    }, [], NO_KEYS],
    'a file, for a child, after a session' => [function () {
        @session_start();
        putenv('AWS_CONFIG_FILE=' . names_a_command());
        in_child('try_it');
    }, [], NO_KEYS],
    'a file, before dl()' => ['after_dl', [], NO_KEYS],
    'a file that the operator names' => ['try_it', [], BY_OPERATOR],
    'a variable for the operator\'s command' => [function () {
        putenv('OF_THE_SCRIPT=1');
        try_it();
    }, [], BY_OPERATOR],
    'the same, for a child' => [function () {
        putenv('OF_THE_SCRIPT=1');
        in_child('try_it');
    }, [], BY_OPERATOR],
    'a key' => [function () {
        putenv('AWS_ACCESS_KEY_ID=local');
        putenv('AWS_SECRET_ACCESS_KEY=of-the-script');
        try_it();
    }, [], BY_OPERATOR],
]);
?>
--EXPECT--
-- a file --
none, no command was run
-- a home --
none, no command was run
-- a file, for a child --
none, no command was run
-- a file, for a child, after a session --
none, no command was run
-- a file, before dl() --
dynamodb, no command was run
-- a file that the operator names --
open, the command has run
-- a variable for the operator's command --
open, the command has run
-- the same, for a child --
open, the command has run
-- a key --
open, no command was run
