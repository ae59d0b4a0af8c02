<?php

declare(strict_types=1);

/**
 * The session's item as it stands in the table, asked for behind the extension's back, so that the page shows what is
 * stored and not what the extension says is stored. Unsigned: the demo's engine checks no signature.
 *
 * @return array{?list<array{name: string, type: string, bytes: int, shown: string, note: string}>, ?string}
 *         its attributes (null: there is no item), and what went wrong
 */
function read_item(string $endpoint, string $table, string $key): array
{
    $reply = dynamodb($endpoint, 'GetItem', ['TableName' => $table, 'Key' => ['id' => ['S' => $key]], 'ConsistentRead' => true]);
    if ($reply === null || isset($reply['__type'])) {
        return [null, 'The page could not read the item: ' . ($reply['message'] ?? $reply['__type'] ?? "no answer from $endpoint")];
    }
    if (!isset($reply['Item'])) {
        return [null, null];
    }
    $attributes = [];
    foreach ($reply['Item'] as $name => $typed) {
        $attributes[] = describe_attribute($name, (string) key($typed), current($typed));
    }
    usort($attributes, fn ($a, $b) => [$a['name'] !== 'id', $a['name']] <=> [$b['name'] !== 'id', $b['name']]);
    return [$attributes, null];
}

function dynamodb(string $endpoint, string $operation, array $request): ?array
{
    $now = gmdate('Ymd\THis\Z');
    $scope = substr($now, 0, 8) . '/eu-central-1/dynamodb/aws4_request';
    $reply = @file_get_contents($endpoint, false, stream_context_create(['http' => [
        'method' => 'POST',
        'timeout' => 2,
        'ignore_errors' => true,
        'header' => [
            'Content-Type: application/x-amz-json-1.0',
            "X-Amz-Target: DynamoDB_20120810.$operation",
            "X-Amz-Date: $now",
            "Authorization: AWS4-HMAC-SHA256 Credential=demo/$scope, SignedHeaders=host;x-amz-date, Signature=none",
        ],
        'content' => json_encode($request),
    ]]));
    return $reply === false ? null : json_decode($reply, true);
}

/** A binary attribute travels as base64 text; its size is that of the bytes. */
function describe_attribute(string $name, string $type, mixed $value): array
{
    $bytes = $type === 'B' ? (string) base64_decode($value) : (is_string($value) ? $value : (string) json_encode($value));
    [$shown, $note] = match ($name) {
        'id' => [substr($bytes, 0, (int) strrpos($bytes, '_') + 7) . '…', 'session name and id; the partition key'],
        'expires' => [$bytes, 'the table’s TTL: ' . gmdate('j M Y, H:i', (int) $bytes) . ' UTC'],
        'gen' => [bin2hex($bytes), 'tells this session from its successor under the same id'],
        'data' => [strlen($bytes) > 320 ? substr($bytes, 0, 320) . ' …' : $bytes, 'what PHP serialized'],
        default => [$type === 'B' ? bin2hex($bytes) : $bytes, ''],
    };
    return ['name' => $name, 'type' => $type, 'bytes' => strlen($bytes), 'shown' => $shown, 'note' => $note];
}
