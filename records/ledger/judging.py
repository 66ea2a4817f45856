"""Whether a ledger is what was written: complete, in order, unchanged, all by keys that are trusted.

================================ ========================================================================
somebody …                       is found by
================================ ========================================================================
changes a byte of an entry       its signature; its spelling; the digest in the next entry or in the head
removes an entry                 the gap in the numbers; the last one: the head
exchanges or renumbers entries   the number that is signed in each
repeats an entry                 its number, and its digest equal to another's
puts in another stack's entry    the stack that is signed in it
signs with a key of his own      the key, which nobody trusts
has our key and replaces one     the digest in the entry after it, or in the head
puts an older head back          more entries than one after it
================================ ========================================================================

A process that died between writing an entry and the head leaves a head that is one entry behind. That is no fault, a
note says it, and the next entry mends it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from records.identity import Identity
from records.ledger import envelope
from records.ledger.entry import GENESIS, HEAD, KINDS, Entry, predicate_type
from records.ledger.fault import Fault
from support.digest import sha256

if TYPE_CHECKING:
    from securesystemslib.signer import Key

NUMBERED = re.compile(r"(\d{6,})\.json")
KEY_COPY = re.compile(r"keys/([0-9a-f]{64})\.pem")


@dataclass(frozen=True)
class Head:
    """What the head says."""

    sequence: int
    digest: str


@dataclass
class Judged:
    """A ledger, judged."""

    entries: list[Entry] = field(default_factory=list)
    """Those that could be read, in order of their files; only without faults they are the history."""

    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What is in order and yet worth a word."""


def judge(
    stack: str, files: Mapping[str, bytes], head: bytes | None, trusted: Sequence[Key], anchor: str | None = None
) -> Judged:
    """Judge the files of ``ledger/<stack>/`` (names without that) and the head.

    ``anchor`` is the digest of an entry that somebody noted elsewhere: it has to be in the ledger.
    """
    judged = Judged()
    numbered = {int(match[1]): content for name, content in files.items() if (match := NUMBERED.fullmatch(name))}
    digests = {number: sha256(content) for number, content in numbered.items()}
    before = 0
    for number in sorted(numbered):
        if number > before + 1:
            judged.faults.append(Fault(before + 1, "removed", f"{_files(before + 1, number - 1)}, and later ones are"))
        _one(judged, stack, number, numbered, digests, trusted)
        before = number
    said = _head(judged, stack, head, trusted)
    _ends(judged, said, digests, missing_head=head is None)
    _others(judged, files, trusted)
    if anchor is not None and anchor.removeprefix("sha256:").lower() not in digests.values():
        judged.faults.append(Fault(None, "anchor", f"no entry has the digest {anchor}"))
    return judged


def entry(stack: str, content: bytes, trusted: Sequence[Key]) -> Entry:
    """Read one entry.

    Raises:
        envelope.Bad: it is not one of this stack's, or not by a trusted key.

    """
    statement = envelope.opened(content, trusted)
    said = _predicate(statement, stack)
    if statement["predicateType"] != predicate_type(str(said.get("kind"))) or said.get("kind") not in KINDS:
        raise envelope.Bad("foreign", f"it is no entry but a {statement['predicateType']}")
    try:
        return Entry(
            sequence=said["sequence"],
            kind=said["kind"],
            at=said["at"],
            by=Identity.of(said["by"]),
            predicate=said["data"],
            subjects={subject["name"]: subject["digest"]["sha256"] for subject in statement["subject"]},
            digest=sha256(content),
            previous=said["previous"],
        )
    except (KeyError, TypeError):
        raise envelope.Bad("changed", "a field of every entry is missing") from None


def head_of(stack: str, content: bytes, trusted: Sequence[Key]) -> Head:
    """Read the head.

    Raises:
        envelope.Bad: it is not this stack's head, or not by a trusted key.

    """
    statement = envelope.opened(content, trusted)
    said = _predicate(statement, stack)
    if statement["predicateType"] != predicate_type(HEAD):
        raise envelope.Bad("foreign", f"it is no head but a {statement['predicateType']}")
    return Head(said["sequence"], said["digest"])


def _predicate(statement: Mapping[str, Any], stack: str) -> dict[str, Any]:
    said = statement["predicate"]
    if said.get("stack") != stack:
        raise envelope.Bad("foreign", f"it belongs to the ledger of {said.get('stack')}")
    return said


def _one(
    judged: Judged,
    stack: str,
    number: int,
    numbered: Mapping[int, bytes],
    digests: Mapping[int, str],
    trusted: Sequence[Key],
) -> None:
    try:
        read = entry(stack, numbered[number], trusted)
    except envelope.Bad as bad:
        judged.faults.append(Fault(number, bad.kind, bad.what))
        return
    judged.entries.append(read)
    if read.sequence != number:
        twin = digests.get(read.sequence) == read.digest
        what = f"it is entry {read.sequence}, by what is signed in it"
        judged.faults.append(Fault(number, "duplicated" if twin else "reordered", what))
        return
    before = digests.get(number - 1, GENESIS if number == 1 else None)
    blamed = before is None or any(fault.entry == number - 1 for fault in judged.faults)
    if read.previous != before and not blamed:
        judged.faults.append(
            Fault(number - 1, "rewritten", f"it is not the entry that entry {number} was written after")
        )


def _head(judged: Judged, stack: str, content: bytes | None, trusted: Sequence[Key]) -> Head | None:
    if content is None:
        return None
    try:
        return head_of(stack, content, trusted)
    except envelope.Bad as bad:
        judged.faults.append(Fault(None, "head", f"the head is not usable: {bad.what}"))
        return None


def _ends(judged: Judged, head: Head | None, digests: Mapping[int, str], *, missing_head: bool) -> None:
    """Hold the end of the chain against the head."""
    last = max(digests, default=0)
    at_fault = {fault.entry for fault in judged.faults}
    sound = max((entry.sequence for entry in judged.entries if entry.sequence not in at_fault), default=0)
    if head is None:
        if missing_head and last > 1:
            judged.faults.append(Fault(None, "head", f"there is no head, and there are {last} entries"))
        elif missing_head and sound == 1:
            judged.notes.append(_behind(sound))
        return
    if head.sequence > last:
        what = f"{_files(last + 1, head.sequence)}, and the head names entry {head.sequence}"
        judged.faults.append(Fault(last + 1, "removed", what))
    found = digests.get(head.sequence)
    if found is not None and found != head.digest and head.sequence not in at_fault:
        judged.faults.append(Fault(head.sequence, "rewritten", "it is not the entry that the head names"))
    if sound == head.sequence + 1:
        judged.notes.append(_behind(sound))
    elif sound > head.sequence:
        what = f"the head is an old one: it names entry {head.sequence}, and there are {sound}"
        judged.faults.append(Fault(None, "head", what))


def _files(first: int, last: int) -> str:
    some = f"{first:06d}.json" if first == last else f"{first:06d}.json to {last:06d}.json"
    return f"{some} {'is' if first == last else 'are'} not there"


def _behind(last: int) -> str:
    return f"the head does not name entry {last} yet: whoever wrote it died before that; the next entry mends it"


def _others(judged: Judged, files: Mapping[str, bytes], trusted: Sequence[Key]) -> None:
    """Hold the copies of public keys against their names, and find what does not belong here."""
    from records.ledger.keys import key_id

    copies = set()
    for name, content in sorted(files.items()):
        if match := KEY_COPY.fullmatch(name):
            copies.add(match[1])
            if key_id(content) != match[1]:
                judged.faults.append(Fault(None, "changed", f"{name} is not the key that its name says"))
        elif not NUMBERED.fullmatch(name):
            judged.faults.append(Fault(None, "foreign", f"{name} is no file of a ledger"))
    if judged.entries and not copies & {key.keyid for key in trusted}:
        judged.faults.append(Fault(None, "removed", "the copy of the public key is gone from keys/"))
