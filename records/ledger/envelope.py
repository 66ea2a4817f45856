"""DSSE envelopes: who signed which bytes, in the one spelling that we write and accept."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from records.ledger.entry import validate
from records.ledger.fault import Kind
from support.digest import canonical_json

if TYPE_CHECKING:
    from securesystemslib.signer import Key, Signer

PAYLOAD_TYPE = "application/vnd.in-toto+json"


@dataclass(frozen=True)
class Bad(Exception):  # noqa: N818 - becomes a Fault once its number is known
    """Why an envelope is not accepted."""

    kind: Kind
    what: str


def seal(statement: bytes, signer: Signer) -> bytes:
    """Sign a statement and return the envelope's bytes."""
    from securesystemslib.dsse import Envelope

    envelope = Envelope(statement, PAYLOAD_TYPE, {})
    envelope.sign(signer)
    return canonical_json(envelope.to_dict())


def opened(content: bytes, trusted: Sequence[Key]) -> dict[str, Any]:
    """Return the statement of an envelope that one of the trusted keys signed.

    The bytes have to be exactly what :func:`seal` writes for this content: a space more, a key twice or another
    spelling of Base64 would otherwise go unseen, since a signature covers the statement alone.

    Raises:
        Bad: it is damaged, unsigned, or signed by a key that is not trusted.

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
        raise Bad("changed", "the file is no envelope as we write it") from None
    if not envelope.signatures:
        raise Bad("unsigned", "it carries no signature")
    known = [key for key in trusted if key.keyid in envelope.signatures]
    if not known:
        names = ", ".join(sorted(keyid[:16] for keyid in envelope.signatures))
        raise Bad("unknown key", f"it is signed by key {names}, which is not trusted here")
    try:
        envelope.verify(known, len(envelope.signatures))
        validate(statement)
    except (VerificationError, ValueError):
        raise Bad("changed", "signature and contents do not belong together") from None
    if not exact:
        raise Bad("changed", "the contents are spelt otherwise than they were written")
    return statement
