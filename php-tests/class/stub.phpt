--TEST--
Reflection sees of the class what the stub says; else run scripts/arginfo
--SKIPIF--
<?php require __DIR__ . '/../inc/skipif.inc'; ?>
--FILE--
<?php
// The stub is loaded by a PHP without the extension; both describe the class.
$describe = <<<'PHP'
$class = new ReflectionClass('DynamoDbSessionHandler');
echo implode(' ', [...Reflection::getModifierNames($class->getModifiers()), 'class', '']), $class->getName(), "\n";
$interfaces = $class->getInterfaceNames();
sort($interfaces);
echo 'implements ', implode(', ', $interfaces), "\n";
echo 'extends ', $class->getParentClass() ? $class->getParentClass()->getName() : 'nothing', "\n";
echo 'constants: ', json_encode($class->getConstants()), ' properties: ', count($class->getProperties()), "\n";
$methods = $class->getMethods();
usort($methods, fn ($a, $b) => $a->getName() <=> $b->getName());
foreach ($methods as $method) {
    $parameters = [];
    foreach ($method->getParameters() as $parameter) {
        $attributes = array_map(fn ($attribute) => "#[{$attribute->getName()}] ", $parameter->getAttributes());
        $parameters[] = implode($attributes) . "{$parameter->getType()} \${$parameter->getName()}"
            . ($parameter->isDefaultValueAvailable() ? ' = ' . json_encode($parameter->getDefaultValue()) : '');
    }
    $type = $method->getReturnType() ?? $method->getTentativeReturnType();
    // Of a class in C, Reflection knows this; of one in PHP, its comment says it.
    $is_tentative = $method->hasTentativeReturnType() || str_contains((string) $method->getDocComment(), '@tentative-return-type');
    echo implode(' ', Reflection::getModifierNames($method->getModifiers())), " {$method->getName()}(",
        implode(', ', $parameters), ')', $type === null ? '' : ": $type", $is_tentative ? ' (tentative)' : '', "\n";
}
PHP;

$stub = var_export(__DIR__ . '/../../stubs/dynamosess.stub.php', true);
$said = shell_exec(escapeshellarg(PHP_BINARY) . ' -n -r ' . escapeshellarg("require $stub; $describe"));
ob_start();
eval($describe);
$seen = ob_get_clean();

if ($said === $seen) {
    echo $seen;
} else {
    echo "The stub says:\n$said\nReflection sees:\n$seen";
}
?>
--EXPECT--
class DynamoDbSessionHandler
implements SessionHandlerInterface, SessionIdInterface, SessionUpdateTimestampHandlerInterface
extends nothing
constants: [] properties: 0
public __construct(#[SensitiveParameter] array $options = [])
public check(): array
public checkReport(): string
public close(): bool (tentative)
public createTable(array $options = []): bool
public create_sid(): string (tentative)
public destroy(#[SensitiveParameter] string $id): bool (tentative)
public garbageCollect(): int|false
public gc(int $max_lifetime): int|false (tentative)
public static metrics(): string
public open(string $path, string $name): bool (tentative)
public read(#[SensitiveParameter] string $id): string|false (tentative)
public register(): bool
public static stats(string $of = "process"): array
public updateTimestamp(#[SensitiveParameter] string $id, #[SensitiveParameter] string $data): bool (tentative)
public validateId(#[SensitiveParameter] string $id): bool (tentative)
public write(#[SensitiveParameter] string $id, #[SensitiveParameter] string $data): bool (tentative)
