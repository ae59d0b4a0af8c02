--TEST--
Two requests that change one session at once, without a lock, lose nothing of each other
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function other(): void
{
    session_id(id());
    session_start();
    $_SESSION['other'] = 1;
    $_SESSION['list'][] = 'theirs';
    unset($_SESSION['gone']);
}

function logs_out(): void
{
    session_id(id());
    session_start();
    session_unset();
}

function counted(string $name): void
{
    echo $name, DynamoDbSessionHandler::stats()[$name] > 0 ? ' counted' : ' none', "\n";
}

scenario(doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0], requests: [
    'both begin it' => function () {
        session_id(id());
        session_start();
        echo meanwhile('other');
        $_SESSION['this'] = ['a' => 1];
        session_write_close();
        echo stored(id()), "\n";
    },
    'both change it, this one twice' => function () {
        session_id(id());
        session_start();
        $_SESSION['gone'] = 1;
        session_write_close();
        session_start();
        echo meanwhile('other');
        $_SESSION['list'][] = 'mine';
        session_write_close();
        echo stored(id()), "\n";
    },
    'what is written again is merged again' => function () {
        $handler = new DynamoDbSessionHandler();
        $handler->open('', session_name());
        $data = $handler->read(id());
        echo meanwhile('other');
        $handler->write(id(), $data . 'mine|i:1;');
        $handler->write(id(), $data . 'mine|i:2;');
        echo stored(id()), "\n";
        counted('conflicts_merged');
    },
    'who is late brings no user back' => function () {
        session_id(id());
        session_start();
        $_SESSION = ['user' => 7, 'name' => 'Zoë', 'cart' => [], 'seen' => 1];
        session_write_close();
        session_start();
        echo meanwhile('logs_out');
        $_SESSION['seen'] = 2;
        session_write_close();
        echo stored(id()), "\n";
        counted('dropped_writes');
    },
], meanwhile: ['other' => 'other', 'logs_out' => 'logs_out']);
?>
--EXPECT--
-- both begin it --
other|i:1;list|a:1:{i:0;s:6:"theirs";}this|a:1:{s:1:"a";i:1;}
-- both change it, this one twice --
other|i:1;list|a:3:{i:0;s:6:"theirs";i:1;s:6:"theirs";i:2;s:4:"mine";}this|a:1:{s:1:"a";i:1;}
-- what is written again is merged again --
other|i:1;list|a:4:{i:0;s:6:"theirs";i:1;s:6:"theirs";i:2;s:4:"mine";i:3;s:6:"theirs";}this|a:1:{s:1:"a";i:1;}mine|i:2;
conflicts_merged counted
-- who is late brings no user back --

dropped_writes counted
