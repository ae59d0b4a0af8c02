<?php
require __DIR__ . '/inc/setup.inc';

class Late
{
    public function __destruct()
    {
        $_SESSION['late'] = 1;
    }
}

function writes(): int
{
    return DynamoDbSessionHandler::stats()['requests'] ?? throw new Exception('no requests in stats()');
}

scenario(doors: ['dynamodb'], settings: ['session.use_strict_mode' => 0], requests: [
    'changed by a destructor' => function () {
        session_id(id());
        session_start();
        $_SESSION['n'] = 1;
        $GLOBALS['late'] = new Late;
        ob_start(fn (): string => 'early: ' . stored(id()));
    },
    'stored' => function () {
        echo stored(id()), "\n";
    },
]);
?>
