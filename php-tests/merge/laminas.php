<?php
// Serialized as laminas-stdlib 3's class is: its properties under their own names, by __serialize().

namespace Laminas\Stdlib;

final class ArrayObject
{
    private array $properties;

    public function __construct(mixed $storage, int $flag)
    {
        $this->properties = ['storage' => $storage, 'flag' => $flag, 'iteratorClass' => 'ArrayIterator'];
        $this->properties['protectedProperties'] = ['storage', 'flag', 'iteratorClass', 'protectedProperties'];
    }

    public function __serialize(): array
    {
        return $this->properties;
    }

    public function __unserialize(array $properties): void
    {
        $this->properties = $properties;
    }

    public function storage(): mixed
    {
        return $this->properties['storage'];
    }

    /** The same with another array. */
    public function with(array $storage): self
    {
        $other = clone $this;
        $other->properties['storage'] = $storage;
        return $other;
    }
}
