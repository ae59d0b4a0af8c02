<?php
// Slim, as docs/frameworks/slim.md says: an application after the page's lines.
require __DIR__ . '/site.inc';

$site = site(['index.php' => php_snippet('slim', 'public/index.php') . <<<'PHP'

    require 'Slim/autoload.php';

    $app = new Slim\App;
    $app->get('/{page}', function ($request, $response, array $arguments) {
        match ($arguments['page']) {
            'put' => $_SESSION['cart'][] = $request->getQueryParams()['item'],
            'login' => session_regenerate_id(true),
            'logout' => session_destroy() && $_SESSION = [],
            default => null,
        };
        return $response->write('cart: ' . implode(',', $_SESSION['cart'] ?? []));
    });
    $app->run();
    PHP]);

new_table('sessions');
[$a, $b] = nodes($site);
journey($a, $b);
claim_lifetime(7200);

finish();
