--TEST--
Reflection sees of the class what the stub says
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
    echo implode(' ', Reflection::getModifierNames($method->getModifiers())), " {$method->getName()}(",
        implode(', ', $parameters), ')', $type === null ? '' : ": $type", "\n";
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
public close(): bool
public createTable(array $options = []): bool
public create_sid(): string
public destroy(#[SensitiveParameter] string $id): bool
public garbageCollect(): int|false
public gc(int $max_lifetime): int|false
public static metrics(): string
public open(string $path, string $name): bool
public read(#[SensitiveParameter] string $id): string|false
public register(): bool
public static stats(string $of = "process"): array
public updateTimestamp(#[SensitiveParameter] string $id, #[SensitiveParameter] string $data): bool
public validateId(#[SensitiveParameter] string $id): bool
public write(#[SensitiveParameter] string $id, #[SensitiveParameter] string $data): bool
