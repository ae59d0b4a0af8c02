<?php
// The rules of merging (docs/design.md) over PHP's own values: another way to what the extension makes of their bytes.

/** Stands for a key that is not there. */
enum Nothing
{
    case Here;
}

/** What two pages have made of a session. */
function merge_sessions(array $base, array $mine, array $theirs): array
{
    return merge_value($base, $mine, $theirs);
}

function same(mixed $one, mixed $other): bool
{
    return bytes($one) === bytes($other);
}

function bytes(mixed $value): string
{
    return $value === Nothing::Here ? '' : serialize($value);
}

function is_array_object(mixed $value): bool
{
    return is_object($value) && get_class($value) === Laminas\Stdlib\ArrayObject::class && is_array($value->storage());
}

/** The array in it, for what has one. */
function array_in(mixed $value): ?array
{
    return match (true) {
        is_array($value) => $value,
        is_array_object($value) => $value->storage(),
        default => null,
    };
}

function merge_value(mixed $base, mixed $mine, mixed $theirs): mixed
{
    if (same($mine, $base)) {
        return $theirs;
    }
    if (same($theirs, $base) || same($mine, $theirs)) {
        return $mine;
    }
    if ($mine === Nothing::Here) {
        return keep_new($theirs, $base);
    }
    if ($theirs === Nothing::Here) {
        return keep_new($mine, $base);
    }
    if (is_array($base) && is_array($mine) && is_array($theirs)) {
        return merge_arrays($base, $mine, $theirs);
    }
    $objects = is_array_object($mine) && is_array_object($theirs) && same($mine->with([]), $theirs->with([]));
    if ($objects && is_array_object($base)) {
        return $theirs->with(merge_arrays($base->storage(), $mine->storage(), $theirs->storage()));
    }
    if (is_array($base) || (is_object($base) && $base !== Nothing::Here)) {
        foreach ([$mine, $theirs] as $side) {
            if ($side === null || is_scalar($side)) {
                return $side;
            }
        }
    }
    if (!is_array($base)) {
        if (is_array($mine) && is_array($theirs)) {
            return join_arrays($mine, $theirs) ?? $mine;
        }
        if ($objects) {
            $joined = join_arrays($mine->storage(), $theirs->storage());
            return $joined === null ? $mine : $theirs->with($joined);
        }
    }
    return is_array($base) && is_reordered($base, $mine) ? $theirs : $mine;
}

/** Whether two values differ at most in the order of their arrays; what is in a list is compared by its bytes. */
function is_reordered(mixed $one, mixed $other): bool
{
    if (!is_array($one) || !is_array($other)) {
        return same($one, $other);
    }
    if (array_is_list($one) && array_is_list($other)) {
        [$one, $other] = array_map(fn ($list) => array_map(bytes(...), $list), [$one, $other]);
        sort($one);
        sort($other);
        return $one === $other;
    }
    ksort($one);
    ksort($other);
    return array_keys($one) === array_keys($other)
        && !in_array(false, array_map(is_reordered(...), array_values($one), array_values($other)), true);
}

/** What is left of a value where the other side has removed the base's. */
function keep_new(mixed $value, mixed $base): mixed
{
    $new = array_in($value);
    $old = $base === null ? [] : array_in($base);
    if ($new === null || $old === null || ($old !== [] && (array_is_list($old) || array_is_list($new)))) {
        return Nothing::Here;
    }
    foreach (array_intersect_key($new, $old) as $key => $inner) {
        if (same($inner, $old[$key])) {
            return Nothing::Here;
        }
        $new[$key] = keep_new($inner, $old[$key]);
    }
    $new = array_filter($new, fn ($inner) => $inner !== Nothing::Here);
    return $new === [] ? Nothing::Here : (is_array($value) ? $new : $value->with($new));
}

function merge_arrays(array $base, array $mine, array $theirs): array
{
    if (array_is_list($base) && array_is_list($mine) && array_is_list($theirs)) {
        return merge_lists($base, $mine, $theirs);
    }
    $merged = [];
    foreach ($theirs + $mine as $key => $_) {
        $of = fn (array $side) => array_key_exists($key, $side) ? $side[$key] : Nothing::Here;
        $value = merge_value($of($base), $of($mine), $of($theirs));
        if ($value !== Nothing::Here) {
            $merged[$key] = $value;
        }
    }
    return $merged;
}

/** Two arrays that began apart; null where something of theirs would be lost. */
function join_arrays(array $mine, array $theirs): ?array
{
    if (array_is_list($mine) && array_is_list($theirs)) {
        return merge_lists([], $mine, $theirs);
    }
    $joined = $theirs + $mine;
    foreach (array_intersect_key($mine, $theirs) as $key => $my) {
        $their = $theirs[$key];
        if (same($my, $their)) {
            continue;
        }
        $inner = is_array($my) && is_array($their) ? join_arrays($my, $their) : null;
        if (is_array_object($my) && is_array_object($their) && same($my->with([]), $their->with([]))) {
            $inner = join_arrays($my->storage(), $their->storage());
            $inner = $inner === null ? null : $their->with($inner);
        }
        if ($inner === null) {
            return null;
        }
        $joined[$key] = $inner;
    }
    return $joined;
}

function merge_lists(array $base, array $mine, array $theirs): array
{
    [$b, $m, $t] = array_map(fn ($list) => array_count_values(array_map(bytes(...), $list)), [$base, $mine, $theirs]);
    $all = array_keys($b + $m + $t);
    $replaced = ['removed' => [0, 0], 'added' => [0, 0]];
    $wanted = [];
    foreach ($all as $element) {
        [$was, $my, $their] = [$b[$element] ?? 0, $m[$element] ?? 0, $t[$element] ?? 0];
        if (preg_match('/^[aOCEr]:/', $element)) {
            $replaced['removed'][0] += (int) ($my < $was);
            $replaced['removed'][1] += (int) ($their < $was);
            $replaced['added'][0] += (int) ($my > max($was, $their));
            $replaced['added'][1] += (int) ($their > max($was, $my));
        }
        $wanted[$element] = match (true) {
            $my === $was => $their,
            $their === $was => $my,
            $my < $was || $their < $was => min($my, $their),
            default => max($my, $their),
        };
    }
    if (min(...$replaced['removed'], ...$replaced['added']) > 0) {
        return $mine;
    }
    $merged = $has = [];
    foreach ($theirs as $element) {
        $key = bytes($element);
        if (($has[$key] ?? 0) < $wanted[$key]) {
            $merged[] = $element;
            $has[$key] = ($has[$key] ?? 0) + 1;
        }
    }
    $of_theirs = $has;
    foreach ($mine as $element) {
        $key = bytes($element);
        if (($of_theirs[$key] ?? 0) > 0) {
            $of_theirs[$key]--;
        } elseif (($has[$key] ?? 0) < $wanted[$key]) {
            $merged[] = $element;
            $has[$key] = ($has[$key] ?? 0) + 1;
        }
    }
    return $merged;
}
