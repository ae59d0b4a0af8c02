<?php
// Loads what is not Debian's from copies of the sources, as Composer would.
spl_autoload_register(function (string $class): void {
    $sources = [
        'Cake\\' => 'cakephp/src',
        'Dflydev\FigCookies\\' => 'dflydev-fig-cookies/src/Dflydev/FigCookies',
        'Drupal\\' => 'drupal-core/lib/Drupal',
        'Laminas\EventManager\\' => 'laminas-eventmanager/src',
        'Laminas\ServiceManager\\' => 'laminas-servicemanager/src',
        'Laminas\Session\\' => 'laminas-session/src',
        'Laminas\Stdlib\\' => 'laminas-stdlib/src',
        'Laravel\Octane\\' => 'octane/src',
        'Mezzio\Session\Ext\\' => 'mezzio-session-ext/src',
        'Mezzio\Session\\' => 'mezzio-session/src',
    ];
    foreach ($sources as $namespace => $folder) {
        $file = getenv('PACKAGES') . "/$folder/" . strtr(substr($class, strlen($namespace)), '\\', '/') . '.php';
        if (str_starts_with($class, $namespace) && is_file($file)) {
            require $file;
        }
    }
});
