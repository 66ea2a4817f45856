"""ARM ids wherever they are in a resource's inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from resources import arm
from resources.values import Value


def references(value: Value, path: str) -> Iterator[tuple[str, str]]:
    """Give every ARM id anywhere in a value."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from references(each, f"{path}.{key}" if path else str(key))
    elif isinstance(value, (list, tuple)):
        for index, each in enumerate(value):
            yield from references(each, f"{path}[{index}]")
    elif arm.is_id(value) and isinstance(value, str):
        yield path, value
