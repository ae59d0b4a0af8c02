<?php

/**
 * check.php URL-OF-A URL-OF-B: is it true that two nodes share one session? Asks them over HTTP as a visitor would,
 * prints each outcome, ends with 1 when one of them is not as it should be.
 */

declare(strict_types=1);

/** A visitor with cookies of their own, which both nodes get, as a browser sends them to all ports of one host. */
final class Visitor
{
    public ?string $cookie = null;

    public function see(string $url): array
    {
        $page = $this->ask($url, 'GET', '', 200);
        return json_decode($page, true) ?? throw new RuntimeException("GET $url brought: " . trim(substr($page, 0, 500)));
    }

    public function text(string $url): string
    {
        return $this->ask($url, 'GET', '', 200);
    }

    public function press(string $url, string $action, string $item = ''): void
    {
        $this->ask($url, 'POST', http_build_query(['action' => $action, 'item' => $item]), 303);
    }

    private function ask(string $url, string $method, string $body, int $expected): string
    {
        $reply = @file_get_contents($url, false, stream_context_create(['http' => [
            'method' => $method,
            'timeout' => 10,
            'ignore_errors' => true,
            'follow_location' => 0,
            'content' => $body,
            'header' => array_filter([
                'Accept: application/json',
                'Content-Type: application/x-www-form-urlencoded',
                $this->cookie === null ? '' : "Cookie: $this->cookie",
            ]),
        ]]));
        $headers = $http_response_header ?? [];
        foreach ($headers as $header) {
            if (preg_match('/^Set-Cookie: ([^;]+)/i', $header, $match) === 1) {
                $this->cookie = $match[1];
            }
        }
        if ($reply === false || preg_match("/ $expected /", $headers[0] . ' ') !== 1) {
            throw new RuntimeException("$method $url: " . ($headers[0] ?? 'no answer') . ' ' . $reply);
        }
        return $reply;
    }
}

$failed = $passed = 0;
function check(string $claim, bool $holds, array $seen): void
{
    global $failed, $passed;
    $holds ? $passed++ : $failed++;
    echo $holds ? '  ok      ' : '  FAILED  ', $claim, "\n";
    foreach ($seen['problems'] ?? [] as $problem) {
        echo "          $problem\n";
    }
    if (!$holds) {
        echo '          seen: ', json_encode($seen), "\n";
    }
}

[, $a, $b] = $argv;
$visitor = new Visitor();

try {
    $seen = $visitor->see($a);
    check('A page on node A comes without a warning', $seen['node'] === 'A' && $seen['problems'] === [], $seen);
    $visitor->press($a, 'add', 'coffee');

    $seen = $visitor->see($b);
    check('A session begun on A is continued on B', $seen['node'] === 'B' && $seen['cart'] === ['coffee' => 1] && $seen['began']['node'] === 'A', $seen);
    check('It is one item in the table', is_array($seen['item']) && $seen['problems'] === [], $seen);

    $visitor->press($b, 'add', 'bread');
    $seen = $visitor->see($a);
    check('What B changed is seen on A', $seen['cart'] === ['coffee' => 1, 'bread' => 1], $seen);

    $figures = $seen['figures'];
    foreach (range(1, 8) as $page) {
        $seen = $visitor->see($a);
    }
    $one_each = $seen['figures']['reads'] === $figures['reads'] + 8;
    check('Whichever worker of A serves a page, the figures are of all of them', $one_each, $seen['figures']);
    $metrics = $visitor->text($a . 'metrics');
    check('Prometheus reads the same', str_contains($metrics, "\ndynamosess_reads_total {$seen['figures']['reads']}\n"), $seen['figures']);

    $before = $visitor->cookie;
    $visitor->press($a, 'regenerate');
    $seen = $visitor->see($b);
    check('A new id given by A is known to B, the cart is kept', $visitor->cookie !== $before && $seen['cart'] === ['coffee' => 1, 'bread' => 1], $seen);
    $old = new Visitor();
    $old->cookie = $before;
    $seen = $old->see($b);
    check('The old id opens nothing', $seen['cart'] === [] && $old->cookie !== $before, $seen);

    $visitor->press($b, 'destroy');
    $seen = $visitor->see($a);
    check('A session destroyed on B is gone on A', $seen['cart'] === [] && $seen['problems'] === [], $seen);

    // Nothing is left behind in the table.
    $visitor->press($a, 'destroy');
    $old->press($b, 'destroy');
} catch (Exception $e) {
    check('The nodes answer: ' . $e->getMessage(), false, []);
}

echo "$passed passed, $failed failed\n";
exit($failed === 0 ? 0 : 1);
