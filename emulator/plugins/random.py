"""Provider ``random`` as it really is: values from the system's generator, kept in Pulumi's state and nowhere else."""

from __future__ import annotations

import base64
import secrets
import string
import uuid
from collections.abc import Callable
from typing import Any

from google.protobuf import empty_pb2

from emulator import wire
from emulator.diff import Change, changes
from emulator.errors import Refusal, UnknownTypeError
from emulator.plugins.base import Provider, check_response, diff_response, grpc_handler, pb, token_of
from emulator.shape import Problem, check
from emulator.values import UNKNOWN, Secret, Value, has_unknown, plain

_empty: Any = empty_pb2
_SPECIAL = "!@#$%&*()-_=+[]{}<>:?"  # provider random, "override_special"
_CLASSES = (
    ("lower", "minLower", string.ascii_lowercase),
    ("upper", "minUpper", string.ascii_uppercase),
    ("numeric", "minNumeric", string.digits),
    ("special", "minSpecial", _SPECIAL),
)
_NO_ID = "none"  # the provider's id where the value itself must not become one
Generated = tuple[str, dict[str, Value]]
"""Id and outputs of a new value."""


def characters(inputs: dict[str, Any]) -> str:
    """Return a random text of ``length`` from the wanted classes, with at least the minimum of each."""
    chosen: list[str] = []
    allowed = ""
    for wanted, least, letters in _classes(inputs):
        if wanted:
            allowed += letters
        chosen += [secrets.choice(letters) for _ in range(least)]
    chosen += [secrets.choice(allowed) for _ in range(inputs["length"] - len(chosen))]
    secrets.SystemRandom().shuffle(chosen)
    return "".join(chosen)


def _classes(inputs: dict[str, Any]) -> list[tuple[bool, int, str]]:
    """Return of each class of characters whether it is wanted, its minimum, and its characters."""
    classes = []
    for name, least, letters in _CLASSES:
        older = inputs.get("number") if name == "numeric" else None
        wanted = inputs.get(name) if inputs.get(name) is not None else older
        own = inputs.get("overrideSpecial") if name == "special" else None
        classes.append((wanted is not False, inputs.get(least) or 0, own or letters))
    return classes


def _text_problems(inputs: dict[str, Any]) -> list[Problem]:
    """Return what is wrong with a password or string, by the provider's own rules."""
    length, classes = inputs["length"], _classes(inputs)
    least = sum(minimum for _, minimum, _ in classes)
    if length < max(1, least):
        return [Problem("length", f"found {length}; the minima ask for at least {max(1, least)}")]
    if not any(wanted for wanted, _, _ in classes):
        return [Problem("", "no class of characters is left; allow lower, upper, numeric or special")]
    return []


def _settings(inputs: dict[str, Value]) -> dict[str, Value]:
    """Return the outputs that repeat the settings of a password or string, defaults filled in."""
    flags = {name: wanted for (name, _, _), (wanted, _, _) in zip(_CLASSES, _classes(inputs), strict=True)}
    return {**flags, **{name: inputs.get(name) or 0 for _, name, _ in _CLASSES}, "number": flags["numeric"]}


def _password(inputs: dict[str, Any]) -> Generated:
    return _NO_ID, {**_settings(inputs), "result": Secret(characters(inputs))}


def _string(inputs: dict[str, Any]) -> Generated:
    text = characters(inputs)
    return text, {**_settings(inputs), "result": text}


def _id(inputs: dict[str, Any]) -> Generated:
    value, prefix = secrets.token_bytes(inputs["byteLength"]), inputs.get("prefix") or ""
    url = base64.urlsafe_b64encode(value).decode().rstrip("=")
    standard, number = base64.b64encode(value).decode(), str(int.from_bytes(value, "big"))
    outputs = {"b64Std": standard, "b64Url": url, "hex": value.hex(), "dec": number}
    return url, {name: prefix + value for name, value in outputs.items()}


def _uuid(_: dict[str, Any]) -> Generated:
    value = str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))
    return value, {"result": value}


def _bytes(inputs: dict[str, Any]) -> Generated:
    value = secrets.token_bytes(inputs["length"])
    return _NO_ID, {"base64": Secret(base64.b64encode(value).decode()), "hex": Secret(value.hex())}


def _integer(inputs: dict[str, Any]) -> Generated:
    value = inputs["min"] + secrets.randbelow(inputs["max"] - inputs["min"] + 1)
    return str(value), {"result": value}


GENERATORS: dict[str, tuple[Callable[[dict[str, Any]], Generated], tuple[str, ...], tuple[str, ...]]] = {
    "random:index/randomPassword:RandomPassword": (_password, (), ("result",)),
    "random:index/randomString:RandomString": (_string, ("result",), ()),
    "random:index/randomId:RandomId": (_id, ("b64Std", "b64Url", "hex", "dec"), ()),
    "random:index/randomUuid:RandomUuid": (_uuid, ("result",), ()),
    "random:index/randomUuid4:RandomUuid4": (_uuid, ("result",), ()),
    "random:index/randomBytes:RandomBytes": (_bytes, (), ("base64", "hex")),
    "random:index/randomInteger:RandomInteger": (_integer, ("result",), ()),
}
"""Type → what generates its value, its plain and its secret outputs."""


class Random(Provider):
    """Provider ``random``."""

    package = "random"

    @grpc_handler
    def Check(self, request: Any) -> Any:
        """Report what is wrong with the inputs."""
        token, inputs = token_of(request.urn), wire.decode(request.news)
        return check_response(inputs, _problems(token, inputs))

    @grpc_handler
    def Diff(self, request: Any) -> Any:
        """Report what changes; every change generates a new value."""
        found = changes(None, wire.decode(request.old_inputs), wire.decode(request.news))
        return diff_response([Change(one.path, one.kind, replaces=True) for one in found], delete_first=False)

    @grpc_handler
    def Create(self, request: Any) -> Any:
        """Generate a value; a preview knows only that there will be one."""
        inputs = wire.decode(request.properties)
        generate, plain_names, secret_names = GENERATORS[token_of(request.urn)]
        if request.preview:
            outputs = {**dict.fromkeys(plain_names, UNKNOWN), **dict.fromkeys(secret_names, Secret(UNKNOWN))}
            return pb.CreateResponse(properties=wire.encode({**inputs, **outputs}))
        identity, outputs = generate(plain(inputs))
        return pb.CreateResponse(id=identity, properties=wire.encode({**outputs, **inputs}))

    @grpc_handler
    def Read(self, request: Any) -> Any:
        """Return what Pulumi has: a random value is kept nowhere else."""
        if not request.properties.fields:
            raise Refusal("NotImplemented", "a random value cannot be imported into the local Azure; let it be created")
        return pb.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    @grpc_handler
    def Delete(self, _: Any) -> Any:
        """Do nothing: the value is in Pulumi's state only."""
        return _empty.Empty()


def _problems(token: str, inputs: dict[str, Value]) -> list[Problem]:
    """Return what is wrong with the inputs of a random value."""
    if token not in GENERATORS:
        kinds = ", ".join(key.rsplit(":", 1)[-1] for key in GENERATORS)
        return [Problem("", f"the local random provider makes {kinds}; {token} is none of them")]
    try:
        problems = check(token, inputs)
    except UnknownTypeError as error:
        return [Problem("", str(error))]
    known = plain(inputs)
    if problems or has_unknown(known):
        return problems
    if "RandomPassword" in token or "RandomString" in token:
        return _text_problems(known)
    if "RandomInteger" in token and known["min"] > known["max"]:
        return [Problem("min", f"found {known['min']}, which is more than max {known['max']}")]
    return []
