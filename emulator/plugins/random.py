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
from emulator.plugins.base import Provider, answers, checked, compared, pb, token_of
from emulator.reflection import UnknownTypeError
from emulator.refusal import Refusal
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
_ID = "none"  # what the provider gives where the value itself must not become an id
Made = tuple[str, dict[str, Value]]
"""Id and outputs of a new value."""


def characters(inputs: dict[str, Any]) -> str:
    """Return a random text of ``length`` from the wanted classes, with at least as many of each as asked for."""
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
    """Whether each class of characters is wanted, how many at least, and its characters."""
    found = []
    for name, least, letters in _CLASSES:
        older = inputs.get("number") if name == "numeric" else None
        wanted = inputs.get(name) if inputs.get(name) is not None else older
        own = inputs.get("overrideSpecial") if name == "special" else None
        found.append((wanted is not False, inputs.get(least) or 0, own or letters))
    return found


def _text_problems(inputs: dict[str, Any]) -> list[Problem]:
    """Say what is wrong with a password or string; the provider's own rules."""
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


def _password(inputs: dict[str, Any]) -> Made:
    return _ID, {**_settings(inputs), "result": Secret(characters(inputs))}


def _string(inputs: dict[str, Any]) -> Made:
    text = characters(inputs)
    return text, {**_settings(inputs), "result": text}


def _id(inputs: dict[str, Any]) -> Made:
    made, prefix = secrets.token_bytes(inputs["byteLength"]), inputs.get("prefix") or ""
    url = base64.urlsafe_b64encode(made).decode().rstrip("=")
    standard, number = base64.b64encode(made).decode(), str(int.from_bytes(made, "big"))
    outputs = {"b64Std": standard, "b64Url": url, "hex": made.hex(), "dec": number}
    return url, {name: prefix + value for name, value in outputs.items()}


def _uuid(_: dict[str, Any]) -> Made:
    made = str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))
    return made, {"result": made}


def _bytes(inputs: dict[str, Any]) -> Made:
    made = secrets.token_bytes(inputs["length"])
    return _ID, {"base64": Secret(base64.b64encode(made).decode()), "hex": Secret(made.hex())}


def _integer(inputs: dict[str, Any]) -> Made:
    made = inputs["min"] + secrets.randbelow(inputs["max"] - inputs["min"] + 1)
    return str(made), {"result": made}


MAKERS: dict[str, tuple[Callable[[dict[str, Any]], Made], tuple[str, ...], tuple[str, ...]]] = {
    "random:index/randomPassword:RandomPassword": (_password, (), ("result",)),
    "random:index/randomString:RandomString": (_string, ("result",), ()),
    "random:index/randomId:RandomId": (_id, ("b64Std", "b64Url", "hex", "dec"), ()),
    "random:index/randomUuid:RandomUuid": (_uuid, ("result",), ()),
    "random:index/randomUuid4:RandomUuid4": (_uuid, ("result",), ()),
    "random:index/randomBytes:RandomBytes": (_bytes, (), ("base64", "hex")),
    "random:index/randomInteger:RandomInteger": (_integer, ("result",), ()),
}
"""Type → how its value is made, its open and its secret outputs."""


class Random(Provider):
    """Provider ``random``."""

    package = "random"

    @answers
    def Check(self, request: Any) -> Any:  # noqa: ANN401, N802 - the protocol's name
        """Say what is wrong with the inputs."""
        token, inputs = token_of(request.urn), wire.decode(request.news)
        return checked(inputs, _problems(token, inputs))

    @answers
    def Diff(self, request: Any) -> Any:  # noqa: ANN401, N802 - the protocol's name
        """Say what changes; every change makes a new value."""
        found = changes(None, wire.decode(request.old_inputs), wire.decode(request.news))
        return compared([Change(one.path, one.kind, replaces=True) for one in found], delete_first=False)

    @answers
    def Create(self, request: Any) -> Any:  # noqa: ANN401, N802 - the protocol's name
        """Make a value; a preview knows that there will be one."""
        inputs = wire.decode(request.properties)
        make, opened, hidden = MAKERS[token_of(request.urn)]
        if request.preview:
            outputs = {**dict.fromkeys(opened, UNKNOWN), **dict.fromkeys(hidden, Secret(UNKNOWN))}
            return pb.CreateResponse(properties=wire.encode({**inputs, **outputs}))
        identity, outputs = make(plain(inputs))
        return pb.CreateResponse(id=identity, properties=wire.encode({**outputs, **inputs}))

    @answers
    def Read(self, request: Any) -> Any:  # noqa: ANN401, N802 - the protocol's name
        """Give back what Pulumi holds: a random value lives nowhere else."""
        if not request.properties.fields:
            raise Refusal("NotImplemented", "a random value cannot be imported into the local Azure; let it be made")
        return pb.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    @answers
    def Delete(self, _: Any) -> Any:  # noqa: ANN401, N802 - the protocol's name
        """Forget nothing: the value is in Pulumi's state only."""
        return _empty.Empty()


def _problems(token: str, inputs: dict[str, Value]) -> list[Problem]:
    """Say what is wrong with the inputs of a random value."""
    if token not in MAKERS:
        kinds = ", ".join(key.rsplit(":", 1)[-1] for key in MAKERS)
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
