<?php

/**
 * What the extension dynamosess shows to PHP code: for editors, static analysis and the reader. Its settings are
 * described in the documentation (docs/settings.md); each key below is also the INI setting `dynamosess.<key>`, unless
 * it says otherwise.
 *
 * @generate-function-entries
 */

/**
 * A session handler that keeps sessions in Amazon DynamoDB.
 *
 *     $handler = new DynamoDbSessionHandler(['table_name' => 'sessions', 'region' => 'eu-west-1']);
 *     $handler->register();
 *     session_start();
 *
 * It works without session_start() too: frameworks may call read(), write() and the others directly, in any order, with
 * no open() before; the session name in the item's key is empty then. To use no code at all, set
 * `session.save_handler = dynamodb`.
 *
 * The key of an item is `key_prefix`, then `{session name}_{session id}` with `_` trimmed at both ends, as the AWS SDK
 * for PHP builds it. A session whose `expires` lies in the past is absent for every method, though DynamoDB may delete
 * it days later.
 *
 * What goes wrong is told by an E_WARNING, which says what was tried, what came back and what to do, and never holds a
 * session id, data or a secret; the method then returns false.
 *
 * @link https://www.php.net/manual/en/class.sessionhandlerinterface.php
 * @link https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Introduction.html
 */
class DynamoDbSessionHandler implements SessionHandlerInterface, SessionUpdateTimestampHandlerInterface, SessionIdInterface
{
    /**
     * Takes its settings; no request is sent. What is not given comes from `session.save_path` if that is a
     * `dynamodb://` DSN, php.ini and the environment. The keys of the AWS SDK's handler and of Idealstack's are
     * accepted too.
     *
     * @param array{
     *     table_name?: string,
     *     region?: string,
     *     endpoint?: string,
     *     endpoint_url?: string,
     *     hash_key?: string,
     *     key_prefix?: string,
     *     session_lifetime?: int,
     *     session_lifetime_attribute?: string,
     *     data_attribute?: string,
     *     data_attribute_type?: 'binary'|'string'|'base64',
     *     base64?: bool,
     *     consistent_read?: bool,
     *     consistent_reads?: bool,
     *     locking?: bool,
     *     session_locking?: bool,
     *     max_lock_wait_time?: int|float,
     *     min_lock_retry_microtime?: int,
     *     max_lock_retry_microtime?: int,
     *     on_conflict?: 'merge'|'overwrite',
     *     on_lock_timeout?: 'fail'|'read_only',
     *     lock_lifetime?: int|float,
     *     sdk_lock_lifetime?: int|float,
     *     batch_config?: array{batch_size?: int, delay?: int|float},
     *     credentials?: array{key: string, secret: string, token?: string|null, expires?: int|null}|callable(): array{key: string, secret: string, token?: string|null, expires?: int|null},
     *     profile?: string,
     *     ca_bundle?: string,
     *     connect_timeout?: int|float,
     *     timeout?: int|float,
     *     max_attempts?: int,
     *     retries?: int|array{mode?: string, max_attempts?: int},
     *     touch_interval?: int,
     *     prefetch?: bool|'auto',
     *     compression?: 'none'|'zstd',
     *     compression_threshold?: int,
     *     encryption_keys?: string,
     *     encryption?: 'optional'|'required',
     *     use_fips_endpoint?: bool,
     *     use_dual_stack_endpoint?: bool,
     *     version?: mixed,
     *     debug?: mixed,
     *     service?: mixed,
     *     scheme?: mixed,
     *     http?: mixed,
     * } $options Times are in seconds, or in microseconds where the name says so. `batch_config` and `credentials` are
     *     keys of this array only, no INI settings; `version`, `debug`, `service`, `scheme` and `http` are accepted and
     *     mean nothing here. An unknown key gets an E_WARNING with the nearest known one.
     * @throws TypeError a value is not of its key's type
     * @throws ValueError a value is not allowed; the message says what is
     */
    public function __construct(#[\SensitiveParameter] array $options = []) {}

    /**
     * Makes this object PHP's session handler: session_set_save_handler($this, true). session_module_name() says `user`
     * from then on.
     *
     * @return bool false, with PHP's own warning, when a session is active or headers are sent
     * @link https://www.php.net/manual/en/function.session-set-save-handler.php
     */
    public function register(): bool {}

    /**
     * Begins a session's use: settings are read again, and what was remembered of another session is dropped.
     *
     * @param string $path `session.save_path`; its settings count if it is a DSN, `dynamodb://table?region=…`, else it
     *     means nothing
     * @param string $name the session's name: the first part of the item's key
     * @return bool false when there is no region, or no credentials, or the settings contradict one another
     * @tentative-return-type
     */
    public function open(string $path, string $name): bool {}

    /**
     * Ends a session's use and frees its lock.
     *
     * @return bool true
     * @tentative-return-type
     */
    public function close(): bool {}

    /**
     * The session's data, serialized as they were written; '' when there is no such session, or it has expired.
     *
     * @param string $id neither empty, nor longer than makes a key of 2,048 bytes, nor one that `_` at an end would change
     * @return string|false false when it could not be read: nothing is known of the session then, and nothing should be
     *     written
     * @tentative-return-type
     */
    public function read(#[\SensitiveParameter] string $id): string|false {}

    /**
     * Stores the session's data and moves its expiry to `session_lifetime` seconds from now.
     *
     * A session that another request destroyed since this object read it is not brought back: true all the same.
     *
     * @param string $id
     * @param string $data any bytes, up to DynamoDB's 409,600 for a whole item
     * @return bool false when it was not stored; what had been stored stays
     * @link https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items
     * @tentative-return-type
     */
    public function write(#[\SensitiveParameter] string $id, #[\SensitiveParameter] string $data): bool {}

    /**
     * Deletes the session, if there is one.
     *
     * @return bool false when the request failed
     * @tentative-return-type
     */
    public function destroy(#[\SensitiveParameter] string $id): bool {}

    /**
     * Does nothing: expired sessions are absent at once, and DynamoDB's TTL deletes them. Without TTL, call
     * garbageCollect() from a scheduled task.
     *
     * @param int $max_lifetime ignored
     * @return int|false 0
     * @tentative-return-type
     */
    public function gc(int $max_lifetime): int|false {}

    /**
     * A new session id, made as PHP makes them: `session.sid_length` and `session.sid_bits_per_character` apply.
     *
     * @tentative-return-type
     */
    public function create_sid(): string {}

    /**
     * Whether there is such a session, not expired. PHP asks under `session.use_strict_mode`.
     *
     * @return bool true also when it could not be asked: the read() that follows fails then, and the visitor keeps the id
     * @tentative-return-type
     */
    public function validateId(#[\SensitiveParameter] string $id): bool {}

    /**
     * Moves the session's expiry to `session_lifetime` seconds from now; PHP calls it when nothing has changed. A request
     * is sent only when the expiry moves by more than `touch_interval` seconds.
     *
     * @param string $id
     * @param string $data the session's data, as read: they are stored only if the session had expired or was absent
     * @return bool false when the request failed
     * @tentative-return-type
     */
    public function updateTimestamp(#[\SensitiveParameter] string $id, #[\SensitiveParameter] string $data): bool {}

    /**
     * Makes the table, with its TTL, and waits until it is usable. It is harmless to repeat: a table that is there is left
     * as it is, but for a TTL that was off.
     *
     * @param array{
     *     BillingMode?: 'PAY_PER_REQUEST'|'PROVISIONED',
     *     ProvisionedThroughput?: array{ReadCapacityUnits: int, WriteCapacityUnits: int},
     *     OnDemandThroughput?: array{MaxReadRequestUnits?: int, MaxWriteRequestUnits?: int},
     *     WarmThroughput?: array{ReadUnitsPerSecond?: int, WriteUnitsPerSecond?: int},
     *     SSESpecification?: array{Enabled?: bool, SSEType?: string, KMSMasterKeyId?: string},
     *     StreamSpecification?: array{StreamEnabled: bool, StreamViewType?: string},
     *     TableClass?: 'STANDARD'|'STANDARD_INFREQUENT_ACCESS',
     *     DeletionProtectionEnabled?: bool,
     *     ResourcePolicy?: string,
     *     Tags?: array<string, string>|list<array{Key: string, Value: string}>,
     *     TimeToLiveSpecification?: array{Enabled: bool},
     * } $options in CreateTable's own words, and UpdateTimeToLive's; on-demand billing and TTL when none is given
     * @return bool true when the table is usable, made just now or there already; false, with a warning, when not
     * @throws ValueError an option that CreateTable does not have, or that belongs to the settings
     * @link https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
     */
    public function createTable(array $options = []): bool {}

    /**
     * Deletes expired sessions that nobody has locked, several at a time as `batch_config` says. It scans the table, which
     * costs read units for all of it: a job for cron, where DynamoDB's TTL cannot be used.
     *
     * @return int|false how many were deleted; false, with a warning, when it had to stop
     * @link https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
     */
    public function garbageCollect(): int|false {}

    /**
     * Looks whether everything is as it should be: PHP's own settings, dynamosess's and where each comes from, region, credentials' source, table,
     * key, TTL, clock, and a round trip of write, read and delete. It holds no secret.
     *
     * @return array{
     *     ok: bool,
     *     version: string,
     *     save_handler: string,
     *     settings: array<string, array{value: string, source: string}>,
     *     region: array{value: string, source: string}|null,
     *     endpoint: array{value: string, source: string}|null,
     *     credentials: array{source: string|null, ok: bool},
     *     encryption: array{keys: list<string>, required: bool}|null,
     *     table: array{name: string, status: string, billing_mode: string, key: string, key_ok: bool, items: int|null, bytes: int|null}|null,
     *     ttl: array{on: bool, attribute: string|null}|null,
     *     clock_skew_ms: int|null,
     *     round_trip: array{write_ms: float, read_ms: float, delete_ms: float}|null,
     *     problems: list<string>,
     *     notes: list<string>,
     * } null: not known. Each problem says what to do about it; `ok` is true when there is none
     */
    public function check(): array {}

    /**
     * check() as text for a terminal:
     *
     *     php -r 'print (new DynamoDbSessionHandler)->checkReport();'
     */
    public function checkReport(): string {}

    /**
     * What was done so far.
     *
     * @param string $of `process`: by this process since it started; `shared`: by all processes that the same PHP has forked
     *     since it started or was reloaded: all workers of a php-fpm master, of all its pools. Processes that have ended count
     * @return array<string, int> by name: requests, retries, errors, connections, reads, writes, … ; times end in _us and
     *     are in microseconds
     * @throws ValueError $of is neither
     */
    public static function stats(string $of = 'process'): array {}

    /**
     * stats('shared') and how long reads, writes, lock waits and connects took, as the text that Prometheus scrapes:
     *
     *     header('Content-Type: text/plain; version=0.0.4');
     *     print DynamoDbSessionHandler::metrics();
     *
     * @link https://prometheus.io/docs/instrumenting/exposition_formats/
     */
    public static function metrics(): string {}
}
