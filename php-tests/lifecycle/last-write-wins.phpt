--TEST--
With on_conflict = overwrite, of two requests at once the one that ends last is stored, also when both began the session
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function other(): void
{
    session_id(id());
    session_start();
    $_SESSION['who'] = 'other';
}

scenario(doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0, 'dynamosess.on_conflict' => 'overwrite'], requests: [
    'both begin it' => function () {
        session_id(id());
        session_start();
        echo meanwhile('other');
        $_SESSION['who'] = 'this';
        session_write_close();
        echo stored(id()), "\n";
    },
    'both change it' => function () {
        session_id(id());
        session_start();
        echo meanwhile('other');
        echo stored(id()), "\n";
        $_SESSION['this'] = 1;
        session_write_close();
        echo stored(id()), "\n";
    },
], meanwhile: ['other' => 'other']);
?>
--EXPECT--
-- both begin it --
who|s:4:"this";
-- both change it --
who|s:5:"other";
who|s:4:"this";this|i:1;
