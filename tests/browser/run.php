<?php

/**
 * run.php WEBDRIVER URL-OF-A URL-OF-B PICTURE: the demo's page in a real browser, as a visitor uses it.
 * Prints each claim with its outcome, leaves a picture of the page, ends with 1 when a claim does not hold.
 */

declare(strict_types=1);

require __DIR__ . '/WebDriver.php';

[, $server, $a, $b, $picture] = $argv;
$failed = $passed = 0;

function check(string $claim, mixed $expected, mixed $seen): void
{
    global $failed, $passed;
    $holds = $expected === $seen;
    $holds ? $passed++ : $failed++;
    echo $holds ? '  ok      ' : '  FAILED  ', $claim, "\n";
    if (!$holds) {
        echo '          expected ', json_encode($expected), ', seen ', json_encode($seen), "\n";
    }
}

$browser = new WebDriver($server);
try {
    $browser->open($a);
    check('Node A says that it is node A', 'You are on node A', $browser->text('#node'));
    check('A new visitor has an empty cart', true, $browser->text('#cart-empty') !== null);

    $browser->click('#add-coffee');
    $browser->click('#add-cheese');
    check('What was added on A is in the cart on A', '1 × Coffee', $browser->text('#cart-coffee > span'));

    $browser->click('#other-node');
    check('The link leads to node B', [$b, 'You are on node B'], [$browser->url(), $browser->text('#node')]);
    check('The cart filled on A is seen on B', '€ 15.65', $browser->text('#total'));
    check('B knows that the session was begun on A', true, str_starts_with((string) $browser->text('#began'), 'A at '));

    $browser->click('#add-coffee');
    $browser->click('#add-bread');
    $browser->open($a);
    check('What B added is seen on A after a reload', ['2 × Coffee', '1 × Rye bread'], [$browser->text('#cart-coffee > span'), $browser->text('#cart-bread > span')]);
    check('The log tells which node did what', 'B added Rye bread', substr((string) $browser->text('#log li'), 0, 17));

    $browser->click('#remove-cheese');
    check('What is removed on A is gone on A', null, $browser->text('#cart-cheese'));

    $before = $browser->cookie('dynamosess_demo');
    $browser->click('#regenerate');
    check('A new id is another id', true, $before !== null && $browser->cookie('dynamosess_demo') !== $before);
    $browser->open($b);
    check('The cart is kept under the new id, on B too', '€ 18.00', $browser->text('#total'));

    $attributes = $browser->run('return [...document.querySelectorAll("#item tbody th")].map(e => e.innerText)');
    check('The item is shown, with key, data and expiry', ['id', 'data', 'expires'], array_values(array_intersect($attributes ?? [], ['id', 'data', 'expires'])));
    check('What all workers of the node have done is shown', true, (int) str_replace(',', '', (string) $browser->text('#reads')) > 1);
    check('The page does not give the session id away', false, str_contains($browser->source(), (string) $browser->cookie('dynamosess_demo')));
    check('No warning was shown', null, $browser->text('#problems'));
    $browser->screenshot($picture);

    $browser->resize(390, 800);
    check('Nothing sticks out on a narrow screen', true, $browser->run('return document.documentElement.scrollWidth <= innerWidth'));
    $browser->resize(1180, 1180);

    $browser->click('#destroy');
    check('Destroyed on B, the cart is empty on B', true, $browser->text('#cart-empty') !== null);
    $browser->open($a);
    check('Destroyed on B, the session is gone on A', [true, null], [$browser->text('#cart-empty') !== null, $browser->text('#log li')]);
    check('The browser complained of nothing', [], $browser->complaints());
} catch (RuntimeException $e) {
    check('The browser gets through: ' . $e->getMessage(), true, false);
} finally {
    $browser->quit();
}

echo "$passed passed, $failed failed\n";
exit($failed === 0 ? 0 : 1);
