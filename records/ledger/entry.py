"""One entry: what it says, and the in-toto statement that says it.

An entry attests to something by digest (an image, a plan, the release), so it is an in-toto Statement v1: subjects with
SHA-256 digests, a predicate type of ours for each kind, and a predicate of fixed form::

    {"sequence": 3, "previous": "<sha256 of entry 2>", "stack": "prod", "kind": "gate",
     "at": "2026-11-24T10:00:00Z", "by": {"name": …, "source": …}, "data": {…}}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from records.identity import Identity
from support.digest import canonical_json, sha256
from support.errors import Exit, OperationError

KINDS = ("gate", "approval", "deployment", "rollback", "promotion", "restore")
"""What is worth an entry. A promotion has one for each phase: begun, finished, undone, abandoned, refused."""

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
HEAD = "head"

GENESIS = "0" * 64
"""What the first entry names as the one before it."""

_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


@dataclass(frozen=True)
class Entry:
    """An entry as it was read."""

    sequence: int
    kind: str
    at: str
    """UTC, ISO 8601."""

    by: Identity
    predicate: dict[str, Any]
    """What the caller wrote down."""

    subjects: dict[str, str]
    """Name → SHA-256 digest, lower-case hexadecimal."""

    digest: str
    """SHA-256 of the envelope's bytes."""

    previous: str

    def document(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return {
            "sequence": self.sequence,
            "kind": self.kind,
            "at": self.at,
            "by": self.by.document(),
            "predicate": self.predicate,
            "subjects": self.subjects,
            "digest": self.digest,
            "previous": self.previous,
        }


def predicate_type(kind: str) -> str:
    """Name the type of a predicate. A URN, as Pulumi's own: it claims no host that somebody else may own."""
    return f"urn:aifabrix:ledger:{kind}:v1"


def statement(kind: str, predicate: Mapping[str, Any], subjects: Mapping[str, str]) -> bytes:
    """Write an in-toto statement. Without subjects it attests to its own data.

    Raises:
        ValueError: a digest is none; or the statement is not valid in-toto.

    """
    named = dict(subjects) or {"data": sha256(canonical_json(predicate))}
    document = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": _digest(name, named[name])}} for name in sorted(named)],
        "predicateType": predicate_type(kind),
        "predicate": dict(predicate),
    }
    validate(document)
    return canonical_json(document)


def validate(document: Mapping[str, Any]) -> None:
    """Hold a statement against in-toto's own definition.

    Raises:
        ValueError: it is none.

    """
    from google.protobuf import json_format
    from in_toto_attestation.v1 import statement_pb2
    from in_toto_attestation.v1.statement import Statement

    read = statement_pb2.Statement()  # ty: ignore[missing-attribute]
    try:
        json_format.ParseDict(document, read)
    except json_format.ParseError as error:
        raise ValueError(f"no in-toto statement: {error}") from None
    Statement.copy_from_pb(read).validate()


def _digest(name: str, digest: str) -> str:
    match = _DIGEST.fullmatch(digest)
    if match is None:
        raise ValueError(f"the digest of {name} is {digest!r}, no SHA-256 in lower-case hexadecimal")
    return match[1]


def harmless(data: Any, path: str = "") -> None:  # noqa: ANN401 - any JSON
    """Refuse data in which something looks like a credential: the ledger is read by many and never forgets.

    Raises:
        OperationError: exit code 2, naming the place and never the value.

    """
    from settings.literal_secrets import looks_secret

    if isinstance(data, Mapping):
        for key, value in data.items():
            harmless(str(key), f"{path}, a name")
            harmless(value, f"{path}.{key}" if path else str(key))
    elif isinstance(data, (list, tuple)):
        for number, value in enumerate(data):
            harmless(value, f"{path}[{number}]")
    elif isinstance(data, str) and (words := looks_secret(data)):
        raise OperationError(
            f"{path or 'the text'} looks like {words}, and what is written to the ledger stays there for all to read. "
            "Nothing was written. Leave it out, or name where it is kept.",
            Exit.BAD_INPUT,
        )


def veiled(data: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return ``data`` without what looks like a credential, which is replaced by what it looks like.

    For what tools said (error messages, names from Azure): an entry about something that has happened has to be written
    even then. What people typed is refused instead, by :func:`harmless`, so that they learn of it.
    """
    from settings.literal_secrets import looks_secret

    if isinstance(data, Mapping):
        return {veiled(str(key)): veiled(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [veiled(value) for value in data]
    words = looks_secret(data) if isinstance(data, str) else None
    return f"(left out: it looks like {words})" if words else data
