"""The lock of a stack, which lets one process on any machine change it: a document that its owner keeps renewing.

The owner rewrites ``locks/<stack>.json`` every :data:`BEAT` seconds. Anybody else is refused, with the owner's name.
The lock is taken over in two cases only: its owner ran on this machine and is certainly dead, or nobody has written it
for :data:`TTL` seconds by the storage's own clock. A living owner never loses it unnoticed: one that could not renew in
time learns so from :meth:`HeldLock.check` before its next step, and before anybody else may begin.

The engine has a lock of its own on the state; this one spans a whole promotion, swap and verification included.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from records.clock import timestamp
from records.documents import Changed, Document, Documents, Exists
from records.identity import Identity
from records.process import Owner
from support.errors import Exit, OperationError

TTL = 600.0
"""Seconds without renewal after which a lock has expired."""

RENEW_SECONDS = 100.0
"""Seconds between renewals: several may fail before the lock expires."""

_MARGIN = 0.8
"""Part of the TTL after which an owner that could not renew stops: before another may begin."""


@dataclass(frozen=True)
class Lease:
    """A lock as it was read."""

    who: Identity
    owner: Owner
    purpose: str
    since: str
    """UTC, ISO 8601."""

    etag: str
    age: float
    ttl: float

    @property
    def stale(self) -> str:
        """Why it may be taken over; empty while it may not."""
        if self.owner.dead:
            return "that process is gone"
        return f"not renewed for {self.age:.0f} s" if self.age > self.ttl else ""

    @property
    def description(self) -> str:
        """Who holds it, what for, where and since when."""
        return f"{self.who} for `{self.purpose}` (process {self.owner.pid} on {self.owner.host}) since {self.since}"

    @property
    def expires(self) -> str:
        """When it may be taken over if its owner never renews it again; UTC, ISO 8601."""
        return timestamp(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=max(0.0, self.ttl - self.age)))

    def document(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return {
            "who": self.who.document(),
            "host": self.owner.host,
            "pid": self.owner.pid,
            "purpose": self.purpose,
            "since": self.since,
            "expires": self.expires,
            "stale": self.stale or None,
        }


class HeldLock:
    """A lock that this process holds; a thread renews it until the block ends."""

    def __init__(self, documents: Documents, name: str, content: bytes, etag: str, ttl: float, beat: float) -> None:
        self.taken_over: str = ""
        """Whose lock was taken over, and why; empty if it was free."""
        self._documents, self._name, self._content, self._ttl, self._beat = documents, name, content, ttl, beat
        self._etag = etag
        self._tried = [content]
        """Contents that we wrote, or may have written, since the last answer."""
        self._renewed = _Moment()
        self._lost = ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew_until_ended, name=f"renew {name}", daemon=True)
        self._thread.start()

    @property
    def lost(self) -> str:
        """Why the lock is no longer ours; empty while it is."""
        if self._lost:
            return self._lost
        since = self._renewed.seconds_ago
        return f"it could not be renewed for {since:.0f} s" if since > self._ttl * _MARGIN else ""

    def check(self) -> None:
        """Refuse to go on without the lock; called before every step that changes something.

        Raises:
            OperationError: exit code 3, the lock was lost, so another may be at work.

        """
        if lost := self.lost:
            raise OperationError(
                f"the lock {self._name} was lost: {lost}. Nothing further was changed; run the command again, it "
                "continues where this one stopped.",
                Exit.REFUSED,
            )

    def release(self) -> None:
        """Stop renewing and free the lock, unless another holds it by now.

        A lock that cannot be freed is no failure of the work, which is done: the next command takes it over.
        """
        self._ended.set()
        self._thread.join()
        with suppress(Changed, OperationError, OSError):
            if self._lost:
                return
            try:
                self._documents.delete(self._name, self._etag)
            except Changed:
                self._documents.delete(self._name, self._own()[0])

    def _renew_until_ended(self) -> None:
        while not self._ended.wait(self._beat) and not self._lost:
            self._renew()

    def _renew(self) -> None:
        """Rewrite the lock, each time with another content, since equal contents have equal etags in a folder."""
        moment = _Moment()
        content = _bytes({**json.loads(self._content), "renewed": secrets.token_hex(8)})
        self._tried.append(content)
        try:
            try:
                self._etag = self._documents.replace(self._name, content, self._etag)
            except Changed:
                self._etag, moment = self._own()
        except Changed:
            self._lost = "another took it over, or deleted it"
        except (OperationError, OSError):
            return  # tried again at the next beat; `lost` counts the time
        else:
            self._renewed = moment
            self._tried = [content]

    def _own(self) -> tuple[str, _Moment]:
        """Return etag and moment of a renewal of ours whose answer was lost; raises :class:`Changed` for another's."""
        present = self._documents.read(self._name)
        if present is None or present.content not in self._tried:
            raise Changed(self._name)
        return present.etag, _Moment(present.age)


class StackLock:
    """The lock of one stack."""

    def __init__(self, documents: Documents, stack: str, *, ttl: float = TTL, beat: float = RENEW_SECONDS) -> None:
        self.documents = documents
        self.stack = stack
        self.name = f"locks/{stack}.json"
        self._ttl, self._beat = ttl, beat

    def lease(self) -> Lease | None:
        """Return who holds it; None if it is free."""
        document = self.documents.read(self.name)
        return self._read(document) if document else None

    @contextmanager
    def hold(self, purpose: str, who: Identity) -> Generator[HeldLock]:
        """Hold the lock inside the block; ``purpose`` is the command, for whoever is refused meanwhile.

        Raises:
            OperationError: exit code 3, another holds it; the message says who, where, what for and until when.

        """
        held = self._take(purpose, who)
        try:
            yield held
        finally:
            held.release()

    def _take(self, purpose: str, who: Identity) -> HeldLock:
        fields = {
            "stack": self.stack,
            "who": who.document(),
            "owner": Owner.current().document(),
            "purpose": purpose,
            "since": timestamp(dt.datetime.now(dt.UTC)),
            "ttl": self._ttl,
            "renewed": secrets.token_hex(8),
        }
        content = _bytes(fields)
        while True:
            with suppress(Exists):
                return self._held(content, self.documents.create(self.name, content))
            lease = self.lease()
            if lease is None:
                continue  # freed this very moment
            if not lease.stale:
                raise OperationError(
                    f"stack {self.stack} is being changed by {lease.description}. Wait for it to end; if that process "
                    f"crashed, the lock expires at {lease.expires}.",
                    Exit.REFUSED,
                    {"lock": lease.document()},
                )
            with suppress(Changed):  # another was faster; look again
                held = self._held(content, self.documents.replace(self.name, content, lease.etag))
                held.taken_over = f"{lease.description}; {lease.stale}"
                return held

    def _held(self, content: bytes, etag: str) -> HeldLock:
        return HeldLock(self.documents, self.name, content, etag, self._ttl, self._beat)

    def _read(self, document: Document) -> Lease:
        """Read the lock.

        Raises:
            OperationError: exit code 3, this program did not write it.

        """
        try:
            fields = json.loads(document.content)
            return Lease(
                Identity.from_document(fields["who"]),
                Owner.from_document(fields["owner"]),
                fields["purpose"],
                fields["since"],
                document.etag,
                document.age,
                float(fields["ttl"]),
            )
        except (ValueError, KeyError, TypeError):
            raise OperationError(
                f"{self.name} among the records is no lock of this program. Find out who wrote it, delete it, and run "
                "the command again.",
                Exit.REFUSED,
            ) from None


class _Moment:
    """A moment whose age counts the time that the machine slept: of two clocks, the one that advanced more."""

    def __init__(self, ago: float = 0.0) -> None:
        self._monotonic, self._wall = time.monotonic() - ago, time.time() - ago

    @property
    def seconds_ago(self) -> float:
        return max(time.monotonic() - self._monotonic, time.time() - self._wall)


def _bytes(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
