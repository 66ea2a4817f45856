"""Pulumi's wire format: converts between protobuf structs, state JSON and the values of :mod:`emulator.values`.

Source of the signatures and sentinels: pulumi/pulumi ``sdk/go/common/resource`` (``sig``, ``properties.go``) and
``sdk/go/common/resource/plugin/rpc.go``.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from google.protobuf import struct_pb2

from emulator.values import UNKNOWNS, Archive, Asset, Reference, Secret, Unknown, Value

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Key that marks an object as a special value; its value is one of the signatures below."""
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a marker of the protocol, no secret
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

SENTINELS = {
    "string": "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "boolean": "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "number": "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "array": "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "asset": "030794c1-ac77-496b-92df-f27374a8bd58",
    "archive": "e48ece36-62e2-4504-bad9-02848725956a",
    "object": "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
}
_messages: Any = struct_pb2  # protobuf builds its classes at import, so type checkers do not know them
Struct: TypeAlias = Any
"""``google.protobuf.struct_pb2.Struct``"""

_UNKNOWN_OF = {text: UNKNOWNS[kind] for kind, text in SENTINELS.items()}
_EXACT = 2**53  # doubles hold every integer up to here


class WireError(ValueError):
    """A message that is not in Pulumi's wire format."""


def decode(struct: Struct) -> dict[str, Value]:
    """Return the values of a protobuf struct; integral numbers become ``int``.

    Raises:
        WireError: an object has a signature that the protocol does not know.
    """
    return {key: _value(item) for key, item in struct.fields.items()}


def _value(item: Value) -> Value:
    """Return one decoded protobuf value."""
    kind = item.WhichOneof("kind")
    if kind == "string_value":
        text = item.string_value
        return _UNKNOWN_OF.get(text, text) if len(text) == len(SENTINELS["string"]) else text
    if kind == "struct_value":
        return _unsigned({key: _value(inner) for key, inner in item.struct_value.fields.items()})
    if kind == "list_value":
        return [_value(inner) for inner in item.list_value.values]
    if kind == "bool_value":
        return item.bool_value
    if kind == "number_value":
        return _number(item.number_value)
    return None


def _number(number: float) -> float:
    """Return ``number`` as an int where it is integral."""
    return int(number) if abs(number) <= _EXACT and number == int(number) else number


def load(value: Value) -> Value:
    """Return the values of parsed JSON in the form that :func:`dump` writes.

    Raises:
        WireError: an object has a signature that the protocol does not know.
    """
    if isinstance(value, dict):
        return _unsigned({key: load(inner) for key, inner in value.items()})
    if isinstance(value, list):
        return [load(inner) for inner in value]
    return _UNKNOWN_OF.get(value, value) if isinstance(value, str) else value


def _unsigned(fields: dict[str, Value]) -> Value:
    """Return the special value that the signature in ``fields`` says, else ``fields`` itself."""
    signature = fields.get(SIGNATURE)
    if signature is None:
        return fields
    if signature == SECRET:
        return Secret(fields.get("value") if "value" in fields else UNKNOWNS["string"])  # else it is encrypted
    if signature == ASSET:
        return Asset(**_texts(fields, "text", "path", "uri", "hash"))
    if signature == ARCHIVE:
        return Archive(assets=fields.get("assets"), **_texts(fields, "path", "uri", "hash"))
    if signature == REFERENCE:
        version = fields.get("packageVersion") or None
        identity = fields.get("id")
        return Reference(urn=fields["urn"], id=identity, package_version=version)
    if signature == OUTPUT:
        return _output(fields)
    raise WireError(f"an object with the unknown signature {signature!r}; is the engine newer than the local Azure?")


def _texts(fields: dict[str, Value], *names: str) -> dict[str, str | None]:
    """Return the named fields, with the empty string (protobuf's absent) as None."""
    return {name: fields.get(name) or None for name in names}


def _output(fields: dict[str, Value]) -> Value:
    """Return an output's value, else an unknown; a secret if it is one. Its dependencies are dropped."""
    value = fields.get("value", UNKNOWNS["string"])
    return Secret(value) if fields.get("secret") is True else value


def encode(values: dict[str, Value]) -> Struct:
    """Return ``values`` as a protobuf struct.

    Raises:
        WireError: a value has no wire form.
    """
    struct = _messages.Struct()
    _fill(struct, values)
    return struct


def _fill(struct: Struct, values: dict[str, Value]) -> None:
    """Write ``values`` into ``struct``."""
    fields = struct.fields
    for key, value in values.items():
        _write(fields[key], value)


def _write(target: Value, value: Value) -> None:
    """Write one value; the most frequent kinds come first."""
    if isinstance(value, str):
        target.string_value = value
    elif value is None:
        target.null_value = 0
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, (int, float)):
        target.number_value = value
    elif isinstance(value, dict):
        target.struct_value.SetInParent()
        _fill(target.struct_value, value)
    elif isinstance(value, (list, tuple)):
        target.list_value.SetInParent()
        for inner in value:
            _write(target.list_value.values.add(), inner)
    else:
        _write(target, _signed(value))


def dump(value: Value) -> Value:
    """Return ``value`` as JSON-ready data, in the form of Pulumi's state, in which secrets and the like stay marked.

    Raises:
        WireError: a value has no wire form.
    """
    if isinstance(value, dict):
        return {key: dump(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [dump(inner) for inner in value]
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return dump(_signed(value))


def _signed(value: Value) -> Any:
    """Return the object or sentinel that represents a special value."""
    if isinstance(value, Unknown):
        return SENTINELS[value.kind]
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET, "value": value.value}
    if isinstance(value, Asset):
        return {SIGNATURE: ASSET, **_present(text=value.text, path=value.path, uri=value.uri, hash=value.hash)}
    if isinstance(value, Archive):
        return {SIGNATURE: ARCHIVE, **_present(assets=value.assets, path=value.path, uri=value.uri, hash=value.hash)}
    if isinstance(value, Reference):
        identity = {} if value.id is None else {"id": value.id}
        return {SIGNATURE: REFERENCE, "urn": value.urn, **identity, **_present(packageVersion=value.package_version)}
    raise WireError(f"a {type(value).__name__} cannot be sent to the engine")


def _present(**fields: Value) -> dict[str, Value]:
    """Return the fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}
