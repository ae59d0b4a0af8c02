<?php
// mezzio-session-ext, as docs/frameworks/mezzio.md says: its persistence after the page's lines.
require __DIR__ . '/site.inc';

$site = site(['index.php' => php_snippet('mezzio', 'public/index.php') . <<<'PHP'

    require 'sources.php';
    require 'Psr/Http/Message/autoload.php';
    require 'Slim/Psr7/autoload.php';

    // As its SessionMiddleware does.
    $request = Slim\Psr7\Factory\ServerRequestFactory::createFromGlobals();
    $persistence = Mezzio\Session\Ext\PhpSessionPersistence::fromConfigArray();
    $session = $persistence->initializeSessionFromRequest($request);
    switch ($request->getUri()->getPath()) {
        case '/put':
            $session->set('cart', [...$session->get('cart', []), $request->getQueryParams()['item']]);
            break;
        case '/login':
            $session = $session->regenerate();
            break;
        case '/logout':
            $session->clear();
            $session = $session->regenerate();
    }
    $response = $persistence->persistSession($session, new Slim\Psr7\Response);
    foreach ($response->getHeader('Set-Cookie') as $cookie) {
        header("Set-Cookie: $cookie", false);
    }
    echo 'cart: ' . implode(',', $session->get('cart', []));
    PHP]);

new_table('sessions');
[$a, $b] = nodes($site);
journey($a, $b, strict: false);
claim_lifetime(7200);
$browser = new Browser;
claim_same('a guest costs nothing', 0, cost($a, fn () => $browser->visit($a, '/cart')));

finish();
