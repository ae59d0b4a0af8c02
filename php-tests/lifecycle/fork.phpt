--TEST--
A forked child has a connection of its own, and neither process hangs
--SKIPIF--
<?php
require __DIR__ . '/../inc/skipif.inc';
if (!extension_loaded('pcntl')) { die('skip pcntl is not loaded'); }
// Another thread may hold its lock at the fork, which the C library's own allocator provides for.
if (getenv('SKIP_ASAN')) { die('skip the allocator of AddressSanitizer hangs in a child of a process with threads'); }
?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

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
    'with the session locked' => [function () {
        session_id(id());
        session_start();
        $_SESSION['who'] = 'parent';
        [$parent, $of_child] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
        $child = pcntl_fork();
        if ($child === 0) {
            $_SESSION['who'] = 'child, late';
            fgets($of_child);
            fwrite($of_child, warnings_of('session_write_close')[0] . "\n");
            ob_end_clean();
            pcntl_exec('/bin/true');
        }
        session_write_close();
        session_start();
        $_SESSION['who'] = 'another request';
        session_write_close();
        fwrite($parent, "go on\n");
        echo fgets($parent);
        pcntl_waitpid($child, $status);
        echo stored(id()), "\n";
    }, ['dynamosess.locking' => 1]],
    'with the session locked, and nothing changed' => [function () {
        session_id(id());
        session_start();
        $child = pcntl_fork();
        if ($child === 0) {
            exit;
        }
        pcntl_waitpid($child, $status);
        echo stored(id()), isset(item(id())['lock']) ? ' locked' : ' free', "\n";
    }, ['dynamosess.locking' => 1]],
    'with a new one locked, and nothing in it' => [function () {
        session_id('empty-' . id());
        session_start();
        $child = pcntl_fork();
        if ($child === 0) {
            exit;
        }
        pcntl_waitpid($child, $status);
        echo stored('empty-' . id()), isset(item('empty-' . id())['lock']) ? ' locked' : ' free', "\n";
    }, ['dynamosess.locking' => 1]],
], );
?>
--EXPECT--
-- forked with a session open --
who|s:6:"parent"; who|s:5:"child";
-- a child that ends as scripts do --
int(0)
bool(true)
who|s:5:"child";
-- with the session locked --
write on table '{table}' in us-east-1 ({endpoint}) failed: the session's lock is the parent process's; this process's changes were not stored; call session_write_close() before pcntl_fork(), and session_start() in the child that changes the session
n|i:1;who|s:15:"another request";
-- with the session locked, and nothing changed --
n|i:1;who|s:15:"another request"; locked
-- with a new one locked, and nothing in it --
 locked
