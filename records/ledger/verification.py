"""Whether a ledger is what was written: complete, in order, unchanged, all by keys that are trusted.

================================ ========================================================================
somebody …                       shows in
================================ ========================================================================
changes a byte of an entry       its signature; its spelling; the digest in the next entry or in the head
removes an entry                 the gap in the numbers; the last one: the head
exchanges or renumbers entries   the number that is signed in each
repeats an entry                 its number, and its digest equal to another's
adds another stack's entry       the stack that is signed in it
signs with a key of his own      the key, which nobody trusts
has our key and replaces one     the digest in the next entry, or in the head
puts an older head back          more entries than one after it
================================ ========================================================================

A process that died between writing an entry and the head leaves a head that is one entry behind. That is no fault but
a note, and the next entry fixes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from records.identity import Identity
from records.ledger.attestation import HEAD, FaultKind, Rejected, open_envelope, predicate_type
from records.ledger.entry import GENESIS, KINDS, Entry
from records.ledger.keys import key_id
from support.digest import sha256

if TYPE_CHECKING:  # heavy, see attestation.py
    from securesystemslib.signer import Key

NUMBERED = re.compile(r"(\d{6,})\.json")
KEY_COPY = re.compile(r"keys/([0-9a-f]{64})\.pem")

FIXES: Mapping[FaultKind, str] = {
    "changed": "Restore this file from a copy (on Azure: an earlier version of the blob) and find out who wrote it.",
    "removed": "Restore the missing file from a copy (on Azure: undelete the blob) and find out who deleted it.",
    "reordered": "Give the files back the numbers that are signed in them, from a copy, and find out who moved them.",
    "duplicated": "Delete the copy, after finding out who made it; the original stays.",
    "foreign": "Move it out of the ledger's folder, after finding out who put it there.",
    "unsigned": "This program never writes such an entry: restore the file from a copy and find out who wrote it.",
    "unknown key": "If the key was changed on purpose, name the earlier public key too: --key FILE. Otherwise somebody "
    "without our key wrote this entry.",
    "rewritten": "Somebody who has the key replaced an entry: compare with a copy, and change the key.",
    "head": "Compare with a copy or with a digest noted elsewhere (--head). Only if the entries are complete, delete "
    "the head: with one entry the next write makes it anew; with more, restore it from a copy.",
    "anchor": "The ledger that this digest was noted from was longer, or another: restore it from a copy.",
}


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a ledger."""

    entry: int | None
    """Number of the entry; None for a fault of the ledger as a whole."""

    kind: FaultKind
    what: str
    """Description, for people."""

    @property
    def way(self) -> str:
        """What to do."""
        return FIXES[self.kind]

    def __str__(self) -> str:
        where = f"entry {self.entry}" if self.entry is not None else "the ledger"
        return f"{where}: {self.kind}: {self.what}. {self.way}"

    def document(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return {"entry": self.entry, "kind": self.kind, "what": self.what, "way": self.way}


@dataclass(frozen=True)
class Head:
    """What the head says."""

    sequence: int
    digest: str


@dataclass
class Verification:
    """The result of reading and checking a whole ledger."""

    entries: list[Entry] = field(default_factory=list)
    """Those that could be read, in order of their files; only without faults are they the history."""

    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What is no fault and still worth mentioning."""

    def add(self, entry: int | None, kind: FaultKind, what: str) -> None:
        """Add a fault."""
        self.faults.append(Fault(entry, kind, what))


def verify_files(
    stack: str, files: Mapping[str, bytes], head: bytes | None, trusted: Sequence[Key], anchor: str | None = None
) -> Verification:
    """Check the files of ``ledger/<stack>/`` (names without that) and the head.

    ``anchor`` is the digest of an entry that somebody noted elsewhere: the ledger has to hold it.
    """
    result = Verification()
    numbered = {int(match[1]): content for name, content in files.items() if (match := NUMBERED.fullmatch(name))}
    digests = {number: sha256(content) for number, content in numbered.items()}
    previous = 0
    for number in sorted(numbered):
        if number > previous + 1:
            result.add(previous + 1, "removed", f"{_missing(previous + 1, number - 1)}, and later ones exist")
        try:
            entry = read_entry(stack, numbered[number], trusted)
        except Rejected as rejected:
            result.add(number, rejected.kind, rejected.what)
        else:
            result.entries.append(entry)
            _check_place(result, number, entry, digests)
        previous = number
    _check_end(result, stack, head, digests, trusted)
    _check_other_files(result, files, trusted)
    if anchor is not None and anchor.removeprefix("sha256:").lower() not in digests.values():
        result.add(None, "anchor", f"no entry has the digest {anchor}")
    return result


def read_entry(stack: str, content: bytes, trusted: Sequence[Key]) -> Entry:
    """Read one entry.

    Raises:
        Rejected: it is not one of this stack's, or not by a trusted key.

    """
    statement = open_envelope(content, trusted)
    predicate = _predicate(statement, stack)
    if statement["predicateType"] != predicate_type(str(predicate.get("kind"))) or predicate.get("kind") not in KINDS:
        raise Rejected("foreign", f"it is no entry but a {statement['predicateType']}")
    try:
        return Entry(
            sequence=predicate["sequence"],
            kind=predicate["kind"],
            at=predicate["at"],
            by=Identity.from_document(predicate["by"]),
            predicate=predicate["data"],
            subjects={subject["name"]: subject["digest"]["sha256"] for subject in statement["subject"]},
            digest=sha256(content),
            previous=predicate["previous"],
        )
    except (KeyError, TypeError):
        raise Rejected("changed", "it lacks a field that every entry has") from None


def read_head(stack: str, content: bytes, trusted: Sequence[Key]) -> Head:
    """Read the head.

    Raises:
        Rejected: it is not this stack's head, or not by a trusted key.

    """
    statement = open_envelope(content, trusted)
    predicate = _predicate(statement, stack)
    if statement["predicateType"] != predicate_type(HEAD):
        raise Rejected("foreign", f"it is no head but a {statement['predicateType']}")
    return Head(predicate["sequence"], predicate["digest"])


def _predicate(statement: Mapping[str, Any], stack: str) -> dict[str, Any]:
    predicate = statement["predicate"]
    if predicate.get("stack") != stack:
        raise Rejected("foreign", f"it belongs to the ledger of {predicate.get('stack')}")
    return predicate


def _check_place(result: Verification, number: int, entry: Entry, digests: Mapping[int, str]) -> None:
    """Check an entry against the number of its file and against the previous entry."""
    if entry.sequence != number:
        twin = digests.get(entry.sequence) == entry.digest
        what = f"it is entry {entry.sequence}, by what is signed in it"
        result.add(number, "duplicated" if twin else "reordered", what)
        return
    previous = digests.get(number - 1, GENESIS if number == 1 else None)
    reported = previous is None or any(fault.entry == number - 1 for fault in result.faults)
    if entry.previous != previous and not reported:
        result.add(number - 1, "rewritten", f"it is not the entry that entry {number} was written after")


def _check_end(
    result: Verification, stack: str, content: bytes | None, digests: Mapping[int, str], trusted: Sequence[Key]
) -> None:
    """Check the last entries against the head."""
    last = max(digests, default=0)
    faulty = {fault.entry for fault in result.faults}
    sound = max((entry.sequence for entry in result.entries if entry.sequence not in faulty), default=0)
    if content is None:
        if last > 1:
            result.add(None, "head", f"there is no head, and there are {last} entries")
        elif sound == 1:
            result.notes.append(_behind(sound))
        return
    try:
        head = read_head(stack, content, trusted)
    except Rejected as rejected:
        result.add(None, "head", f"the head is not usable: {rejected.what}")
        return
    if head.sequence > last:
        what = f"{_missing(last + 1, head.sequence)}, and the head names entry {head.sequence}"
        result.add(last + 1, "removed", what)
    named = digests.get(head.sequence)
    if named is not None and named != head.digest and head.sequence not in faulty:
        result.add(head.sequence, "rewritten", "it is not the entry that the head names")
    if sound == head.sequence + 1:
        result.notes.append(_behind(sound))
    elif sound > head.sequence:
        result.add(None, "head", f"the head is an old one: it names entry {head.sequence}, and there are {sound}")


def _missing(first: int, last: int) -> str:
    return f"{first:06d}.json is missing" if first == last else f"{first:06d}.json to {last:06d}.json are missing"


def _behind(last: int) -> str:
    return f"the head does not name entry {last} yet: whoever wrote it died before that; the next entry fixes it"


def _check_other_files(result: Verification, files: Mapping[str, bytes], trusted: Sequence[Key]) -> None:
    """Check the copies of public keys against their names, and report files that do not belong here."""
    copies = set()
    for name, content in sorted(files.items()):
        if match := KEY_COPY.fullmatch(name):
            copies.add(match[1])
            if key_id(content) != match[1]:
                result.add(None, "changed", f"{name} is not the key that its name says")
        elif not NUMBERED.fullmatch(name):
            result.add(None, "foreign", f"{name} is no file of a ledger")
    if result.entries and not copies & {key.keyid for key in trusted}:
        result.add(None, "removed", "the copy of the public key is gone from keys/")
