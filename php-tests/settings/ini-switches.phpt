--TEST--
A switch is off where php.ini says Off and where ini_set() says false; that is not the same as not set
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

const SWITCHES = ['base64', 'consistent_read', 'locking', 'prefetch', 'use_fips_endpoint', 'use_dual_stack_endpoint'];

/** Those that are in force, and what is wrong with them, as phpinfo() says it. */
function show(): void
{
    ob_start();
    (new ReflectionExtension('dynamosess'))->info();
    preg_match_all('/^(?:' . implode('|', SWITCHES) . '|Problem) => .*$/m', ob_get_clean(), $rows);
    echo implode("\n", array_map(fn ($row) => preg_replace('/ +/', ' ', $row), $rows[0])), "\n";
}

function php_ini(?bool $is_on): array
{
    $names = array_map(fn ($name) => "dynamosess.$name", SWITCHES);
    return ['dynamosess.endpoint' => null] + array_fill_keys($names, $is_on);
}

scenario(doors: ['dynamodb'], requests: [
    'not set' => ['show', php_ini(null)],
    'Off' => ['show', php_ini(false)],
    'On' => ['show', php_ini(true)],
    'ini_set() of false' => [function () {
        array_map(fn ($name) => ini_set("dynamosess.$name", false), SWITCHES);
        show();
    }, php_ini(true)],
    'one session after the other' => function () {
        foreach ([false, null, true] as $base64) {
            $base64 === null ? ini_restore('dynamosess.base64') : ini_set('dynamosess.base64', $base64);
            session_id(id());
            session_start();
            $_SESSION['n'] = $base64;
            session_write_close();
            echo describe(item(id())), "\n";
        }
    },
]);
?>
--EXPECT--
-- not set --
base64 => (not set) [default]
consistent_read => 1 [default]
locking => 0 [default]
prefetch => auto [default]
use_fips_endpoint => (not set) [default]
use_dual_stack_endpoint => (not set) [default]
-- Off --
base64 => 0 [INI]
consistent_read => 0 [INI]
locking => 0 [INI]
prefetch => 0 [INI]
use_fips_endpoint => 0 [INI]
use_dual_stack_endpoint => 0 [INI]
-- On --
base64 => 1 [INI]
consistent_read => 1 [default]
locking => 1 [INI]
prefetch => 1 [INI]
use_fips_endpoint => 1 [INI]
use_dual_stack_endpoint => 1 [INI]
-- ini_set() of false --
base64 => 0 [INI]
consistent_read => 0 [INI]
locking => 0 [INI]
prefetch => 0 [INI]
use_fips_endpoint => 0 [INI]
use_dual_stack_endpoint => 0 [INI]
-- one session after the other --
data S n|b:0;, expires N future, gen B 8 bytes, rev B 4 bytes
data B "n|N;", expires N future, gen B 8 bytes, rev B 8 bytes
data S bnxiOjE7, expires N future, gen B 8 bytes, rev B 12 bytes
