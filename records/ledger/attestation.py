"""Signed files of a ledger: an in-toto statement in a DSSE envelope, in the one spelling that is written and accepted.

An entry attests to something by digest (an image, a plan, the release), so it is an in-toto Statement v1: subjects with
SHA-256 digests, a predicate type of ours for each kind, and a predicate of fixed form::

    {"sequence": 3, "previous": "<sha256 of entry 2>", "stack": "prod", "kind": "gate",
     "at": "2026-11-24T10:00:00Z", "by": {"name": …, "source": …}, "data": {…}}

The libraries of in-toto and DSSE are imported inside functions: most commands never touch a ledger, and these bring
``cryptography`` and protobuf.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from support.digest import canonical_json, sha256

if TYPE_CHECKING:
    from securesystemslib.signer import Key, Signer

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
HEAD = "head"
"""Kind of the statement that is the head."""

_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")

FaultKind = Literal[
    "changed", "removed", "reordered", "duplicated", "foreign", "unsigned", "unknown key", "rewritten", "head", "anchor"
]


@dataclass(frozen=True)
class Rejected(Exception):  # noqa: N818 - becomes a Fault once the number of its entry is known
    """Why an envelope is not accepted."""

    kind: FaultKind
    what: str


def predicate_type(kind: str) -> str:
    """Return the type of a predicate. A URN, like Pulumi's own: it claims no host that somebody else may own."""
    return f"urn:aifabrix:ledger:{kind}:v1"


def statement(kind: str, predicate: Mapping[str, Any], subjects: Mapping[str, str]) -> bytes:
    """Return an in-toto statement. Without subjects it attests to its own data.

    Raises:
        ValueError: a digest is malformed; or the statement is not valid in-toto.

    """
    digests = dict(subjects) or {"data": sha256(canonical_json(predicate))}
    document = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": _digest(name, digests[name])}} for name in sorted(digests)],
        "predicateType": predicate_type(kind),
        "predicate": dict(predicate),
    }
    _validate(document)
    return canonical_json(document)


def _digest(name: str, digest: str) -> str:
    match = _DIGEST.fullmatch(digest)
    if match is None:
        raise ValueError(f"the digest of {name} is {digest!r}, no SHA-256 in lower-case hexadecimal")
    return match[1]


def _validate(document: Mapping[str, Any]) -> None:
    """Check a statement against in-toto's own definition; raises ValueError."""
    from google.protobuf import json_format
    from in_toto_attestation.v1 import statement_pb2
    from in_toto_attestation.v1.statement import Statement

    message = statement_pb2.Statement()  # ty: ignore[missing-attribute]
    try:
        json_format.ParseDict(document, message)
    except json_format.ParseError as error:
        raise ValueError(f"no in-toto statement: {error}") from None
    Statement.copy_from_pb(message).validate()


def sign_envelope(statement: bytes, signer: Signer) -> bytes:
    """Sign a statement and return the envelope's bytes."""
    from securesystemslib.dsse import Envelope

    envelope = Envelope(statement, PAYLOAD_TYPE, {})
    envelope.sign(signer)
    return canonical_json(envelope.to_dict())


def open_envelope(content: bytes, trusted: Sequence[Key]) -> dict[str, Any]:
    """Return the statement of an envelope that one of the trusted keys signed.

    The bytes have to be exactly what :func:`sign_envelope` writes for this content: an additional space, a repeated key
    or another spelling of Base64 would otherwise go unnoticed, since a signature covers the statement alone.

    Raises:
        Rejected: it is damaged, unsigned, or signed by a key that is not trusted.

    """
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import VerificationError

    try:
        document = json.loads(content)
        envelope = Envelope.from_dict(copy.deepcopy(document))
        statement = json.loads(envelope.payload)
        exact = canonical_json(document) == content == canonical_json(envelope.to_dict())
        exact = exact and canonical_json(statement) == envelope.payload and envelope.payload_type == PAYLOAD_TYPE
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Rejected("changed", "the file is no envelope of the form that we write") from None
    if not envelope.signatures:
        raise Rejected("unsigned", "it carries no signature")
    known = [key for key in trusted if key.keyid in envelope.signatures]
    if not known:
        names = ", ".join(sorted(keyid[:16] for keyid in envelope.signatures))
        raise Rejected("unknown key", f"it is signed by key {names}, which is not trusted here")
    try:
        envelope.verify(known, len(envelope.signatures))
        _validate(statement)
    except (VerificationError, ValueError):
        raise Rejected("changed", "signature and content do not match") from None
    if not exact:
        raise Rejected("changed", "the content is not spelt as it was written")
    return statement
