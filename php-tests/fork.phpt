--TEST--
A forked child has a connection of its own, and neither process hangs
--SKIPIF--
<?php require __DIR__ . '/inc/skipif.inc'; if (!extension_loaded('pcntl')) { die('skip pcntl is not loaded'); }?>
--FILE--
<?php
require __DIR__ . '/inc/setup.inc';

scenario(doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0], requests: [
    'forked with a session open' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
        session_write_close();
        $child = pcntl_fork();
        session_id(($child ? 'parent-' : 'child-') . id());
        session_start();
        $_SESSION['who'] = $child ? 'parent' : 'child';
        session_write_close();
        if ($child === 0) {
            ob_end_clean();
            pcntl_exec('/bin/true');
        }
        pcntl_waitpid($child, $status);
        echo stored('parent-' . id()), ' ', stored('child-' . id()), "\n";
    },
    'a child that ends as scripts do' => function () {
        session_id(id());
        session_start();
        session_write_close();
        $child = pcntl_fork();
        if ($child === 0) {
            session_id('second-child-' . id());
            session_start();
            $_SESSION['who'] = 'child';
            exit;
        }
        pcntl_waitpid($child, $status);
        var_dump(pcntl_wexitstatus($status), pcntl_wifexited($status));
        echo stored('second-child-' . id()), "\n";
    },
], );
?>
--EXPECT--
-- forked with a session open --
who|s:6:"parent"; who|s:5:"child";
-- a child that ends as scripts do --
int(0)
bool(true)
who|s:5:"child";
