"""Reading and writing a ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from records.clock import written
from records.identity import Identity
from records.ledger import envelope, judging, keys
from records.ledger.entry import GENESIS, HEAD, KINDS, Entry, harmless, statement
from records.ledger.fault import Fault
from support.digest import sha256
from support.errors import Exit, OperationError
from targets.documents import Changed, Documents, Exists

if TYPE_CHECKING:
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
        """Take the place, the signer (None: reading only), whose signatures count (the signer's), who writes, when."""
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

        A key ``words`` in the predicate is the sentence by which ``ledger show`` tells the entry. Of several writers at
        once each gets a number of its own. Only an end of the ledger that verifies is continued.

        Raises:
            OperationError: exit code 2, something in it looks like a secret; 3, the end of the ledger does not verify.
            ValueError: unknown kind, or a digest that is none: a mistake of the program.

        """
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is no kind of entry; there are {', '.join(KINDS)}")
        if self.signer is None:
            raise OperationError(f"the ledger of {self.stack} was opened for reading only", Exit.REFUSED)
        harmless(predicate)
        harmless(list(subjects or {}))
        fixed = {"stack": self.stack, "kind": kind, "by": self._identity().document(), "data": dict(predicate)}
        while True:
            last, previous = self._end()
            said = {**fixed, "sequence": last + 1, "previous": previous, "at": written(self._clock())}
            content = envelope.seal(statement(kind, said, subjects or {}), self.signer)
            try:
                self.documents.create(self._file(last + 1), content)
            except Exists:
                continue  # another writer took this number
            self._advance(last + 1, sha256(content))
            return judging.entry(self.stack, content, self.trusted)

    def entries(self, kind: str | None = None) -> list[Entry]:
        """Return the entries, all or those of a kind.

        Raises:
            OperationError: exit code 3, the ledger does not verify, so nothing in it may be relied on.

        """
        judged = self.judge()
        self._require(judged.faults)
        return [entry for entry in judged.entries if kind in (None, entry.kind)]

    def verify(self, anchor: str | None = None) -> list[Fault]:
        """Return everything that is wrong with the ledger; see :mod:`records.ledger.judging`."""
        return self.judge(anchor).faults

    def require_valid(self) -> None:
        """Refuse to go on with a ledger that does not verify.

        Raises:
            OperationError: exit code 3, with every fault and the way forward.

        """
        self._require(self.verify())

    def head(self) -> str:
        """Return the digest of the last entry, to be noted elsewhere; 64 zeros if there is none.

        Raises:
            OperationError: exit code 3, the end of the ledger does not verify.

        """
        names = self._numbers()
        return self._checked_end(names)[1] if names else GENESIS

    def judge(self, anchor: str | None = None) -> judging.Judged:
        """Read everything and judge it; anew if somebody wrote meanwhile, which the head tells."""
        head = self.documents.read(self._head)
        while True:
            files = self._files()
            after = self.documents.read(self._head)
            if (after and after.etag) == (head and head.etag):
                return judging.judge(self.stack, files, head.content if head else None, self.trusted, anchor)
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

    def _require(self, faults: list[Fault]) -> None:
        if faults:
            listed = "\n".join(f"  {fault}" for fault in faults)
            raise OperationError(
                f"the ledger of {self.stack} does not verify, so nothing may be built on it:\n{listed}\n"
                f"`./fabrix ledger verify {self.stack}` repeats the check.",
                Exit.REFUSED,
                {"faults": [fault.document() for fault in faults]},
            )

    def _file(self, number: int) -> str:
        return f"{self._folder}{number:06d}.json"

    def _numbers(self) -> list[int]:
        names = [name.removeprefix(self._folder) for name in self.documents.names(self._folder)]
        return sorted(int(match[1]) for name in names if (match := judging.NUMBERED.fullmatch(name)))

    def _end(self) -> tuple[int, str]:
        """Return number and digest of the last entry, with a head that names it: so the head lags by one at most."""
        numbers = self._numbers()
        if not numbers:
            if self.documents.read(self._head) is not None:
                self._require([Fault(1, "removed", "there is a head and no entry")])
            self._publish_key()
            return 0, GENESIS
        last, digest = self._checked_end(numbers)
        self._publish_key()
        self._advance(last, digest)
        return last, digest

    def _checked_end(self, numbers: list[int]) -> tuple[int, str]:
        """Return number and digest of the last entry, which has to be signed and to follow what the head names."""
        last = numbers[-1]
        document = self.documents.read(self._file(last))
        if document is None:
            self._require([Fault(last, "removed", "it vanished while it was read")])
            raise AssertionError
        try:
            found = judging.entry(self.stack, document.content, self.trusted)
        except envelope.Bad as bad:
            self._require([Fault(last, bad.kind, bad.what)])
            raise
        head = self._read_head()
        faults = []
        if found.sequence != last:
            faults.append(Fault(last, "reordered", f"it is entry {found.sequence}, by what is signed in it"))
        if head is None and last > 1:
            faults.append(Fault(None, "head", f"there is no head, and there are {last} entries"))
        if head and head.sequence > last and self._numbers()[-1] < head.sequence:
            faults.append(Fault(head.sequence, "removed", f"the head names entry {head.sequence}"))
        if head and head.sequence == last and head.digest != found.digest:
            faults.append(Fault(last, "rewritten", "it is not the entry that the head names"))
        if head and head.sequence == last - 1 and head.digest != found.previous:
            faults.append(Fault(last - 1, "rewritten", "the head names another than the entry after it"))
        if head and head.sequence < last - 1:
            what = f"the head is an old one: it names entry {head.sequence}, and there are {last}"
            faults.append(Fault(None, "head", what))
        self._require(faults)
        return last, found.digest

    def _read_head(self) -> judging.Head | None:
        document = self.documents.read(self._head)
        if document is None:
            return None
        try:
            return judging.head_of(self.stack, document.content, self.trusted)
        except envelope.Bad as bad:
            self._require([Fault(None, "head", f"the head is not usable: {bad.what}")])
            raise

    def _advance(self, number: int, digest: str) -> None:
        """Make the head name entry ``number``, unless it names a later one already."""
        assert self.signer is not None  # noqa: S101 - append has asked
        said = {"stack": self.stack, "sequence": number, "digest": digest, "at": written(self._clock())}
        content = envelope.seal(statement(HEAD, said, {self._file(number): digest}), self.signer)
        while True:
            document = self.documents.read(self._head)
            try:
                if document is None:
                    self.documents.create(self._head, content)
                    return
                if judging.head_of(self.stack, document.content, self.trusted).sequence >= number:
                    return
                self.documents.replace(self._head, content, document.etag)
            except (Exists, Changed):
                continue  # another writer moved it
            except envelope.Bad as bad:
                self._require([Fault(None, "head", f"the head is not usable: {bad.what}")])
            return

    def _publish_key(self) -> None:
        assert self.signer is not None  # noqa: S101 - append has asked
        key = self.signer.public_key
        name = f"{self._folder}keys/{key.keyid}.pem"
        if self.documents.read(name) is None:
            with suppress(Exists):
                self.documents.create(name, keys.pem(key))
