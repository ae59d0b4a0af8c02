<?php

declare(strict_types=1);

/** A browser, driven by the WebDriver protocol (https://www.w3.org/TR/webdriver2/): as much of it as the test needs. */
final class WebDriver
{
    private string $session;

    public function __construct(private string $server)
    {
        $options = [
            // The sandbox needs a kernel set-up that root and containers lack; only pages of our own are opened.
            'args' => ['--headless=new', '--no-sandbox', '--disable-dev-shm-usage', '--hide-scrollbars', '--window-size=1180,1180'],
        ];
        $capabilities = ['browserName' => 'chrome', 'goog:chromeOptions' => $options, 'goog:loggingPrefs' => ['browser' => 'ALL']];
        $this->session = '/session/' . $this->call('POST', '/session', ['capabilities' => ['alwaysMatch' => $capabilities]])['sessionId'];
    }

    public function open(string $url): void
    {
        $this->call('POST', "$this->session/url", ['url' => $url]);
    }

    public function url(): string
    {
        return $this->call('GET', "$this->session/url");
    }

    public function source(): string
    {
        return $this->call('GET', "$this->session/source");
    }

    /** The text of an element as a person sees it; null when there is none. */
    public function text(string $selector): ?string
    {
        $element = $this->find($selector);
        return $element === null ? null : $this->call('GET', "$this->session/element/$element/text");
    }

    public function attribute(string $selector, string $name): ?string
    {
        $element = $this->find($selector);
        return $element === null ? null : $this->call('GET', "$this->session/element/$element/attribute/$name");
    }

    /** Clicks and waits for the page that this leads to: the one clicked on is gone by then. */
    public function click(string $selector): void
    {
        $element = $this->find($selector) ?? throw new RuntimeException("No $selector on " . $this->url());
        $this->call('POST', "$this->session/element/$element/click", new stdClass());
        $deadline = microtime(true) + 10;
        while (microtime(true) < $deadline) {
            if ($this->isGone($element)) {
                return;
            }
            usleep(20_000);
        }
        throw new RuntimeException("A click on $selector led nowhere");
    }

    public function cookie(string $name): ?string
    {
        foreach ($this->call('GET', "$this->session/cookie") as $cookie) {
            if ($cookie['name'] === $name) {
                return $cookie['value'];
            }
        }
        return null;
    }

    public function run(string $script): mixed
    {
        return $this->call('POST', "$this->session/execute/sync", ['script' => $script, 'args' => []]);
    }

    public function resize(int $width, int $height): void
    {
        $this->call('POST', "$this->session/window/rect", ['width' => $width, 'height' => $height]);
    }

    public function screenshot(string $file): void
    {
        file_put_contents($file, base64_decode($this->call('GET', "$this->session/screenshot")));
    }

    /** What the browser's console has complained of since it was last asked. */
    public function complaints(): array
    {
        return array_column($this->call('POST', "$this->session/se/log", ['type' => 'browser']), 'message');
    }

    public function quit(): void
    {
        $this->call('DELETE', $this->session);
    }

    private function find(string $selector): ?string
    {
        $found = $this->call('POST', "$this->session/elements", ['using' => 'css selector', 'value' => $selector]);
        return $found === [] ? null : current($found[0]);
    }

    private function isGone(string $element): bool
    {
        try {
            $this->call('GET', "$this->session/element/$element/name");
            return false;
        } catch (RuntimeException $e) {
            return str_contains($e->getMessage(), 'stale element') || str_contains($e->getMessage(), 'no such element');
        }
    }

    private function call(string $method, string $path, array|object|null $body = null): mixed
    {
        $value = json_decode($this->exchange($method, $path, $body === null ? '' : json_encode($body)), true)['value'] ?? null;
        if (is_array($value) && isset($value['error'])) {
            throw new RuntimeException("$method $path: {$value['error']}: " . strtok($value['message'], "\n"));
        }
        return $value;
    }

    /** By hand: ChromeDriver keeps the connection open whatever it is asked, and PHP's http:// would wait for its end. */
    private function exchange(string $method, string $path, string $body): string
    {
        $host = parse_url($this->server, PHP_URL_HOST) . ':' . parse_url($this->server, PHP_URL_PORT);
        $connection = stream_socket_client("tcp://$host") ?: throw new RuntimeException("No ChromeDriver on $host");
        stream_set_timeout($connection, 60);
        fwrite($connection, "$method $path HTTP/1.1\r\nHost: $host\r\nContent-Type: application/json\r\n"
            . 'Content-Length: ' . strlen($body) . "\r\n\r\n$body");
        $length = 0;
        while (($line = fgets($connection)) !== false && trim($line) !== '') {
            if (preg_match('/^Content-Length:\s*(\d+)/i', $line, $match) === 1) {
                $length = (int) $match[1];
            }
        }
        return (string) stream_get_contents($connection, $length);
    }
}
