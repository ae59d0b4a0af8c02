--TEST--
The constructor says what is wrong with its options: unknown names, types, values
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/../inc/setup.inc';

function construct(array $options): void
{
    foreach (warnings_of(function () use ($options, &$outcome) {
        $outcome = outcome(fn () => get_class(new DynamoDbSessionHandler($options)));
    }) as $warning) {
        echo "Warning: $warning\n";
    }
    echo $outcome, "\n";
}

scenario(doors: ['class'], requests: [
    'unknown names' => function () {
        construct(['tablename' => 'x']);
        construct(['hashkey' => 'x']);
        construct([0 => 'x']);
    },
    'wrong types' => function () {
        construct(['table_name' => ['x']]);
        construct(['table_name' => 7]);
        construct(['timeout' => 'soon']);
        construct(['locking' => []]);
        construct(['credentials' => 'AKIA']);
        construct(['credentials' => new stdClass]);
        construct(['credentials' => ['key' => 'k']]);
        construct(['credentials' => ['key' => 'k', 'secret' => 5]]);
    },
    'wrong values' => function () {
        construct(['table_name' => 'a b']);
        construct(['table_name' => '']);
        construct(['data_attribute_type' => 'blob']);
        construct(['endpoint' => 'dynamodb.eu-west-1.amazonaws.com']);
        construct(['endpoint' => 'https://user:hush@localhost']);
        construct(['session_lifetime' => -1]);
        construct(['max_attempts' => 0]);
        construct(['timeout' => 0]);
        construct(['hash_key' => '']);
    },
    'a file outside of open_basedir' => function () {
        ini_set('open_basedir', __DIR__);
        $bundle = '/etc/ssl/certs/ca-certificates.crt';
        construct(['ca_bundle' => $bundle]);
        construct(['ca_bundle' => &$bundle]);
        construct(['ca_bundle' => __DIR__ . '/bundle.pem']);
    },
    'as the libraries\' users write it' => function () {
        construct([
            'version' => 'latest', 'region' => 'eu-west-1', 'credentials' => ['key' => 'k', 'secret' => 's', 'token' => 't'],
            'table_name' => 'sessions', 'hash_key' => 'id', 'session_lifetime' => 3600, 'consistent_reads' => true,
            'session_locking' => false, 'max_lock_wait_time' => 10, 'base64' => true, 'debug' => false, 'retries' => 3,
            'min_lock_retry_microtime' => 5000, 'max_lock_retry_microtime' => 50000, 'http' => ['timeout' => 5], 'scheme' => 'https',
            'batch_config' => ['batch_size' => 25, 'delay' => 0], 'data_attribute' => 'data', 'session_lifetime_attribute' => 'expires',
            'data_attribute_type' => 'string', 'service' => 'dynamodb', 'endpoint_url' => 'http://127.0.0.1:8000',
        ]);
        construct(['retries' => ['mode' => 'standard', 'max_attempts' => 3]]);
        construct(['http' => ['verify' => false]]);
        construct(['batch_config' => ['before' => fn () => 1]]);
        construct(['credentials' => fn () => ['key' => 'k', 'secret' => 's']]);
    },
    'no secret in what it throws' => function () {
        try {
            new DynamoDbSessionHandler(['credentials' => ['key' => 'AKIAVISIBLE', 'secret' => 'very-secret'], 'table_name' => '!']);
        } catch (Throwable $thrown) {
            echo str_contains($thrown, 'very-secret') || str_contains($thrown, 'AKIAVISIBLE') ? "shown\n" : "hidden\n";
        }
    },
]);
?>
--EXPECTF--
-- unknown names --
Warning: DynamoDbSessionHandler::__construct(): option 'tablename' is unknown; did you mean 'table_name'?
'DynamoDbSessionHandler'
Warning: DynamoDbSessionHandler::__construct(): option 'hashkey' is unknown; did you mean 'hash_key'?
'DynamoDbSessionHandler'
Warning: DynamoDbSessionHandler::__construct(): option '0' is unknown
'DynamoDbSessionHandler'
-- wrong types --
TypeError: DynamoDbSessionHandler::__construct(): Argument #1 ($options) option 'table_name' must be 3 to 255 of a-z, A-Z, 0-9, '_', '.', '-', or a table ARN, array given
ValueError: DynamoDbSessionHandler::__construct(): Argument #1 ($options) option 'table_name' must be 3 to 255 of a-z, A-Z, 0-9, '_', '.', '-', or a table ARN, '7' given
ValueError: DynamoDbSessionHandler::__construct(): Argument #1 ($options) option 'timeout' must be a number of seconds from 0.01 to 300, 'soon' given
TypeError: DynamoDbSessionHandler::__construct(): Argument #1 ($options) option 'locking' must be a boolean, array given
TypeError: DynamoDbSessionHandler::__construct(): Argument #1 ($options) option 'credentials' must be ['key' =>, 'secret' =>, 'token' =>] or a callable that returns such an array, string given; leave it out to use the machine's role, profile or environment
TypeError: DynamoDbSessionHandler::__construct(): Argument #1 ($options) option 'credentials' must be ['key' =>, 'secret' =>, 'token' =>] or a callable that returns such an array, stdClass given; leave it out to use the machine's role, profile or environment
ValueError: DynamoDbSessionHandler::__construct(): Argument #1 ($options) option 'credentials': 'secret' is missing or empty
TypeError: DynamoDbSessionHandler::__construct(): Argument #1 ($options) option 'credentials': 'secret' must be a string
-- wrong values --
ValueError: DynamoDbSessionHandler::__construct(): Argument #1 ($options) option 'table_name' must be 3 to 255 of a-z, A-Z, 0-9, '_', '.', '-', or a table ARN, 'a b' given
ValueError: DynamoDbSessionHandler::__construct(): Argument #1 ($options) option 'table_name' must be 3 to 255 of a-z, A-Z, 0-9, '_', '.', '-', or a table ARN, '' given
ValueError: DynamoDbSessionHandler::__construct(): Argument #1 ($options) option 'data_attribute_type' must be one of binary, string, base64, 'blob' given
ValueError: DynamoDbSessionHandler::__construct(): Argument #1 ($options) option 'endpoint' must be an http or https URL without user, path and query, 'dynamodb.eu-west-1.amazonaws.com' given
ValueError: DynamoDbSessionHandler::__construct(): Argument #1 ($options) option 'endpoint' must be an http or https URL without user, path and query, 'https://[hidden]@localhost' given
ValueError: DynamoDbSessionHandler::__construct(): Argument #1 ($options) option 'session_lifetime' must be a whole number from 0 to 315360000, '-1' given
ValueError: DynamoDbSessionHandler::__construct(): Argument #1 ($options) option 'max_attempts' must be a whole number from 1 to 20, '0' given
ValueError: DynamoDbSessionHandler::__construct(): Argument #1 ($options) option 'timeout' must be a number of seconds from 0.01 to 300, '0' given
ValueError: DynamoDbSessionHandler::__construct(): Argument #1 ($options) option 'hash_key' must be an attribute name of 1 to 255 bytes, '' given
-- a file outside of open_basedir --
Warning: DynamoDbSessionHandler::__construct(): open_basedir restriction in effect. File(/etc/ssl/certs/ca-certificates.crt) is not within the allowed path(s): (%s)
ValueError: DynamoDbSessionHandler::__construct(): Argument #1 ($options) option 'ca_bundle' must be within open_basedir
Warning: DynamoDbSessionHandler::__construct(): open_basedir restriction in effect. File(/etc/ssl/certs/ca-certificates.crt) is not within the allowed path(s): (%s)
ValueError: DynamoDbSessionHandler::__construct(): Argument #1 ($options) option 'ca_bundle' must be within open_basedir
'DynamoDbSessionHandler'
-- as the libraries' users write it --
'DynamoDbSessionHandler'
'DynamoDbSessionHandler'
Warning: DynamoDbSessionHandler::__construct(): option 'http': certificate checks cannot be turned off; a private certificate authority goes into 'ca_bundle'
'DynamoDbSessionHandler'
Warning: DynamoDbSessionHandler::__construct(): option 'batch_config': the SDK's 'before' callable is ignored; requests are dynamosess's own
'DynamoDbSessionHandler'
'DynamoDbSessionHandler'
-- no secret in what it throws --
hidden
