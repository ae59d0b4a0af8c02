--TEST--
A lazy object in the session is initialized by PHP's own write, and once
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; if (PHP_VERSION_ID < 80400) { die('skip lazy objects are since PHP 8.4'); } ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

class Profile
{
    public string $name = '';
}

/** A session that holds what `$make` makes of the class; its initializer counts its calls. */
function page(string $of, callable $make): void
{
    session_id($of . id());
    session_start();
    $_SESSION['profile'] = $make(new ReflectionClass('Profile'), function () use ($of): void {
        file_put_contents(getenv('SCENARIO_FOLDER') . "/$of", '.', FILE_APPEND);
        throw new Exception('the database is away');
    });
    // Before the page leaves.
    ob_start(fn (): string => calls($of));
}

function calls(string $of): string
{
    return "$of: " . strlen((string) @file_get_contents(getenv('SCENARIO_FOLDER') . "/$of")) . " calls\n";
}

// Not the class: PHP writes through user handlers before the page leaves.
scenario(doors: ['files', 'dynamodb'], settings: ['session.use_strict_mode' => 0, 'display_errors' => 0], requests: [
    'ghost' => fn () => page('ghost', fn ($class, $initialize) => $class->newLazyGhost($initialize)),
    'proxy' => fn () => page('proxy', fn ($class, $initialize) => $class->newLazyProxy($initialize)),
    'in an object' => fn () => page('inner', fn ($class, $initialize) => new ArrayObject([$class->newLazyGhost($initialize)])),
    'at the end' => function () {
        echo calls('ghost'), calls('proxy'), calls('inner');
    },
    'initialized' => function () {
        session_id('initialized' . id());
        session_start();
        $class = new ReflectionClass('Profile');
        $_SESSION['ghost'] = $class->newLazyGhost(function (Profile $profile): void {
            $profile->name = 'zoe';
        });
        $_SESSION['proxy'] = $class->newLazyProxy(fn () => new Profile);
        echo $_SESSION['ghost']->name, $_SESSION['proxy']->name, "\n";
    },
    'stored' => function () {
        echo stored('initialized' . id()), "\n";
    },
]);
?>
--EXPECT--
-- ghost --
ghost: 0 calls
-- proxy --
proxy: 0 calls
-- in an object --
inner: 0 calls
-- at the end --
ghost: 1 calls
proxy: 1 calls
inner: 1 calls
-- initialized --
zoe
-- stored --
ghost|O:7:"Profile":1:{s:4:"name";s:3:"zoe";}proxy|O:7:"Profile":1:{s:4:"name";s:0:"";}
