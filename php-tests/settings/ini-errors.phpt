--TEST--
A wrong value in php.ini is a warning that names setting, value and what is allowed, and the default holds
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

scenario(doors: DYNAMODB_DOORS, settings: ['session.use_strict_mode' => 0], requests: [
    'wrong values' => function () {
        ini_set('dynamosess.data_attribute_type', 'blob');
        ini_set('dynamosess.timeout', 'soon');
        session_id(id());
        $warnings = warnings_of(function () {
            var_dump(session_start());
            $_SESSION['n'] = 1;
            session_write_close();
        });
        echo implode("\n", $warnings), "\n";
        echo describe(item(id())), "\n";
    },
    'all settings can be set at run time but these' => function () {
        foreach (ini_get_all('dynamosess', true) as $name => $setting) {
            if ($setting['access'] !== INI_ALL) {
                echo "$name\n";
            }
        }
    },
]);
?>
--EXPECT--
-- wrong values --
bool(true)
dynamosess.data_attribute_type must be one of binary, string, base64, 'blob' given; the default 'binary' is used
dynamosess.timeout must be a number of seconds from 0.01 to 300, 'soon' given; the default '5' is used
data B "n|i:1;", expires N future, gen B 8 bytes, rev B 4 bytes
-- all settings can be set at run time but these --
dynamosess.ca_bundle
dynamosess.encryption
dynamosess.encryption_keys
dynamosess.profile
