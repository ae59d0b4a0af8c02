<?php
// Laravel Octane, as docs/frameworks/workers.md says: its worker serves many pages of two visitors with one handler.
require __DIR__ . '/laravel.inc';

const WORKER = <<<'PHP'
    <?php
    require 'sources.php';

    use Illuminate\Foundation\Application;
    use Illuminate\Http\Request;
    use Laravel\Octane\ApplicationFactory;
    use Laravel\Octane\Contracts\Client;
    use Laravel\Octane\OctaneResponse;
    use Laravel\Octane\RequestContext;
    use Laravel\Octane\Worker;

    require 'Illuminate/autoload.php';

    class Answers implements Client
    {
        public $last;

        public function marshalRequest(RequestContext $context): array
        {
            return [];
        }

        public function respond(RequestContext $context, OctaneResponse $response): void
        {
            $this->last = $response->response;
        }

        public function error(Throwable $e, Application $app, Request $request, RequestContext $context): void
        {
            throw $e;
        }
    }

    $answers = new Answers;
    $worker = new Worker(new ApplicationFactory(__DIR__), $answers);
    $worker->boot();
    $cookies = ['zoe' => [], 'max' => []];
    foreach (PAGES as [$visitor, $page]) {
        $worker->handle(Request::create("http://localhost$page", 'GET', [], $cookies[$visitor]), new RequestContext);
        foreach ($answers->last->headers->getCookies() as $cookie) {
            $cookies[$visitor][$cookie->getName()] = $cookie->getValue();
        }
        echo $answers->last->getContent(), "\n";
    }
    echo 'connections: ', DynamoDbSessionHandler::stats()['connections'], "\n";
    PHP;

$pages = [['zoe', '/put?item=apples'], ['max', '/put?item=figs'], ['zoe', '/cart'], ['max', '/login'], ['zoe', '/put?item=bread'], ['max', '/cart'],
    ['zoe', '/logout'], ['zoe', '/cart'], ['max', '/cart']];
new_table('sessions');
$site = laravel(providers: [Laravel\Octane\OctaneServiceProvider::class]);
copy(PACKAGES . '/octane/config/octane.php', "$site/config/octane.php");
file_put_contents("$site/octane.php", str_replace('PAGES', var_export($pages, true), WORKER));
claim_same('each visitor has their own session, over one connection', <<<'END'
    cart: apples
    cart: figs
    cart: apples
    cart: figs
    cart: apples,bread
    cart: figs
    cart: 
    cart: 
    cart: figs
    connections: 1

    END, run_script("$site/octane.php"));
claim_lifetime(7200);

finish();
