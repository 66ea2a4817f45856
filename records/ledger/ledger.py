"""Reading and writing a ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from records import clock, identity, locations
from records.documents import Changed, Documents, Exists
from records.identity import Identity
from records.ledger import keys
from records.ledger.attestation import HEAD, Rejected, sign_envelope, statement
from records.ledger.entry import GENESIS, KINDS, Entry, refuse_secrets
from records.ledger.verification import NUMBERED, Fault, Head, Verification, read_entry, read_head, verify_files
from support.console import Console
from support.digest import sha256
from support.errors import Exit, OperationError
from targets.target import Target

if TYPE_CHECKING:  # heavy, see attestation.py
    from securesystemslib.signer import Key, Signer

_READERS = 16
"""Entries read at once: a blob takes some 20 ms each."""


def _utc() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Ledger:
    """The ledger of one stack."""

    def __init__(
        self,
        documents: Documents,
        stack: str,
        signer: Signer | None,
        *,
        trusted: Sequence[Key] | None = None,
        identity: Callable[[], Identity] = lambda: Identity("nobody", "os"),
        clock: Callable[[], dt.datetime] = _utc,
    ) -> None:
        """Take storage and keys.

        Args:
            documents: where the ledger is.
            stack: whose ledger it is.
            signer: signs new entries; None for reading only.
            trusted: keys whose signatures count; without them the signer's.
            identity: who writes an entry.
            clock: when.

        """
        self.documents = documents
        self.stack = stack
        self.signer = signer
        self.trusted: tuple[Key, ...] = tuple(
            trusted if trusted is not None else (signer.public_key,) if signer else ()
        )
        self._identity, self._clock = identity, clock
        self._folder, self._head = f"ledger/{stack}/", f"heads/{stack}.json"

    def append(self, kind: str, predicate: Mapping[str, Any], subjects: Mapping[str, str] | None = None) -> Entry:
        """Write the next entry: ``predicate`` is plain JSON, ``subjects`` what it is about, name → SHA-256 digest.

        A key ``words`` in the predicate is the sentence that ``ledger show`` prints for the entry. Of several writers
        at once each gets a number of its own. Only a ledger whose end verifies is continued.

        Raises:
            OperationError: exit code 2, something in it looks like a secret; 3, the end of the ledger does not verify.
            ValueError: unknown kind, or a malformed digest: a mistake of the program.

        """
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is no kind of entry; there are {', '.join(KINDS)}")
        signer = self._signer()
        refuse_secrets(predicate)
        refuse_secrets(list(subjects or {}))
        fixed = {"stack": self.stack, "kind": kind, "by": self._identity().document(), "data": dict(predicate)}
        while True:
            last, previous = self._prepare_end()
            full = {**fixed, "sequence": last + 1, "previous": previous, "at": clock.timestamp(self._clock())}
            content = sign_envelope(statement(kind, full, subjects or {}), signer)
            try:
                self.documents.create(self._file(last + 1), content)
            except Exists:
                continue  # another writer took this number
            self._advance_head(last + 1, sha256(content))
            return read_entry(self.stack, content, self.trusted)

    def entries(self, kind: str | None = None) -> list[Entry]:
        """Return the entries, all or those of a kind.

        Raises:
            OperationError: exit code 3, the ledger does not verify, so nothing in it may be relied on.

        """
        result = self.verification()
        if result.faults:
            self._refuse(*result.faults)
        return [entry for entry in result.entries if kind in (None, entry.kind)]

    def verify(self, anchor: str | None = None) -> list[Fault]:
        """Return everything that is wrong with the ledger; see :mod:`records.ledger.verification`."""
        return self.verification(anchor).faults

    def require_valid(self) -> None:
        """Refuse to go on with a ledger that does not verify.

        Raises:
            OperationError: exit code 3, with every fault and how to fix it.

        """
        if faults := self.verify():
            self._refuse(*faults)

    def head(self) -> str:
        """Return the digest of the last entry, to be noted elsewhere; 64 zeros if there is none.

        Raises:
            OperationError: exit code 3, the end of the ledger does not verify.

        """
        numbers = self._numbers()
        return self._verified_end(numbers)[1] if numbers else GENESIS

    def verification(self, anchor: str | None = None) -> Verification:
        """Read and check everything; again if the head shows that somebody wrote meanwhile."""
        head = self.documents.read(self._head)
        while True:
            files = self._files()
            after = self.documents.read(self._head)
            if (after and after.etag) == (head and head.etag):
                return verify_files(self.stack, files, head.content if head else None, self.trusted, anchor)
            head = after

    def _files(self) -> dict[str, bytes]:
        names = self.documents.names(self._folder)
        with ThreadPoolExecutor(_READERS) as pool:
            read = list(pool.map(self.documents.read, names))
        return {
            name.removeprefix(self._folder): document.content
            for name, document in zip(names, read, strict=True)
            if document is not None
        }

    def _refuse(self, *faults: Fault) -> NoReturn:
        listed = "\n".join(f"  {fault}" for fault in faults)
        raise OperationError(
            f"the ledger of {self.stack} does not verify, so nothing may be built on it:\n{listed}\n"
            f"`./fabrix ledger verify {self.stack}` repeats the check.",
            Exit.REFUSED,
            {"faults": [fault.document() for fault in faults]},
        )

    def _signer(self) -> Signer:
        if self.signer is None:
            raise OperationError(f"the ledger of {self.stack} was opened for reading only", Exit.REFUSED)
        return self.signer

    def _file(self, number: int) -> str:
        return f"{self._folder}{number:06d}.json"

    def _numbers(self) -> list[int]:
        names = [name.removeprefix(self._folder) for name in self.documents.names(self._folder)]
        return sorted(int(match[1]) for name in names if (match := NUMBERED.fullmatch(name)))

    def _prepare_end(self) -> tuple[int, str]:
        """Return number and digest of the last entry; the head names it afterwards, so it is never two behind."""
        numbers = self._numbers()
        if not numbers:
            if self.documents.read(self._head) is not None:
                self._refuse(Fault(1, "removed", "there is a head and no entry"))
            self._publish_key()
            return 0, GENESIS
        last, digest = self._verified_end(numbers)
        self._publish_key()
        self._advance_head(last, digest)
        return last, digest

    def _verified_end(self, numbers: list[int]) -> tuple[int, str]:
        """Return number and digest of the last entry, which has to be signed and to follow what the head names."""
        last = numbers[-1]
        document = self.documents.read(self._file(last))
        if document is None:
            self._refuse(Fault(last, "removed", "it vanished while it was read"))
        try:
            entry = read_entry(self.stack, document.content, self.trusted)
        except Rejected as rejected:
            self._refuse(Fault(last, rejected.kind, rejected.what))
        document = self.documents.read(self._head)
        head = self._read_head(document.content) if document else None
        result = Verification()
        if entry.sequence != last:
            result.add(last, "reordered", f"it is entry {entry.sequence}, by what is signed in it")
        if head is None and last > 1:
            result.add(None, "head", f"there is no head, and there are {last} entries")
        if head and head.sequence > last and self._numbers()[-1] < head.sequence:
            result.add(head.sequence, "removed", f"the head names entry {head.sequence}")
        if head and head.sequence == last and head.digest != entry.digest:
            result.add(last, "rewritten", "it is not the entry that the head names")
        if head and head.sequence == last - 1 and head.digest != entry.previous:
            result.add(last - 1, "rewritten", "the head names another entry than the next one does")
        if head and head.sequence < last - 1:
            result.add(None, "head", f"the head is an old one: it names entry {head.sequence}, and there are {last}")
        if result.faults:
            self._refuse(*result.faults)
        return last, entry.digest

    def _read_head(self, content: bytes) -> Head:
        try:
            return read_head(self.stack, content, self.trusted)
        except Rejected as rejected:
            self._refuse(Fault(None, "head", f"the head is not usable: {rejected.what}"))

    def _advance_head(self, number: int, digest: str) -> None:
        """Make the head name entry ``number``, unless it names a later one already."""
        predicate = {
            "stack": self.stack,
            "sequence": number,
            "digest": digest,
            "at": clock.timestamp(self._clock()),
        }
        content = sign_envelope(statement(HEAD, predicate, {self._file(number): digest}), self._signer())
        while True:
            document = self.documents.read(self._head)
            try:
                if document is None:
                    self.documents.create(self._head, content)
                elif self._read_head(document.content).sequence < number:
                    self.documents.replace(self._head, content, document.etag)
            except (Exists, Changed):
                continue  # another writer moved it
            return

    def _publish_key(self) -> None:
        key = self._signer().public_key
        name = f"{self._folder}keys/{key.keyid}.pem"
        if self.documents.read(name) is None:
            with suppress(Exists):
                self.documents.create(name, keys.pem(key))


def open_ledger(target: Target, stack: str, console: Console | None = None) -> Ledger:
    """Return the ledger of ``stack`` on ``target``, ready to be read and continued.

    Raises:
        OperationError: exit code 2, storage or key is not configured or not usable; 4, the Azure packages are missing.

    """
    pair = keys.signing_keys(target, stack)
    ledger = Ledger(
        locations.documents_of(target.for_stack(stack)),
        stack,
        pair.signer,
        trusted=pair.trusted,
        identity=lambda: identity.current(target),
        clock=lambda: clock.now(target),
    )
    if console is not None:
        for note in ledger.verification().notes:
            console.info(f"ledger of {stack}: {note}", style="yellow")
    return ledger


def open_for_reading(target: Target, stack: str, files: Sequence[Path] = ()) -> Ledger:
    """Return the ledger of ``stack`` for reading; public keys in ``files``, if any, replace those of the target.

    Raises:
        OperationError: as :func:`open_ledger`; and exit code 2, a file holds no public key.

    """
    trusted = (
        tuple(keys.read_public(file) for file in files)
        if files
        else keys.signing_keys(target, stack, make=False).trusted
    )
    return Ledger(locations.documents_of(target.for_stack(stack)), stack, None, trusted=trusted)
