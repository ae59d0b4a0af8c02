--TEST--
A script's putenv() gives keys, and never names files or commands
--SKIPIF--
<?php require __DIR__ . '/inc/skipif.inc'; if (!extension_loaded('pcntl')) { die('skip pcntl is not loaded'); }?>
--FILE--
<?php
require __DIR__ . '/inc/setup.inc';

const NONE = ['AWS_ACCESS_KEY_ID' => null, 'AWS_SECRET_ACCESS_KEY' => null];

function marker(): string
{
    return getenv('SCENARIO_FOLDER') . '/has-run';
}

/** A profile whose credentials come from a command. */
function name_a_command(): void
{
    $config = getenv('SCENARIO_FOLDER') . '/config';
    file_put_contents($config, "[default]\ncredential_process = touch " . marker() . "\n");
    putenv("AWS_CONFIG_FILE=$config");
}

function try_it(): void
{
    session_id(id());
    echo @session_start() ? 'open' : 'none', ', ', file_exists(marker()) ? "the command has run\n" : "no command was run\n";
}

scenario(doors: DYNAMODB_DOORS, meanwhile: ['try it' => 'try_it'], requests: [
    'a command' => [function () {
        name_a_command();
        try_it();
    }, [], NONE],
    'a command, for a child' => [function () {
        name_a_command();
        $child = pcntl_fork();
        if ($child === 0) {
            try_it();
            exit;
        }
        pcntl_waitpid($child, $status);
    }, [], NONE],
    'a key' => [function () {
        putenv('AWS_ACCESS_KEY_ID=local');
        putenv('AWS_SECRET_ACCESS_KEY=of-the-script');
        try_it();
    }, [], NONE],
    'a command that the operator names' => function () {
        name_a_command();
        echo play('try it', [], NONE + ['AWS_CONFIG_FILE' => getenv('AWS_CONFIG_FILE')]);
    },
]);
?>
--EXPECT--
-- a command --
none, no command was run
-- a command, for a child --
none, no command was run
-- a key --
open, no command was run
-- a command that the operator names --
none, the command has run
