"""After a crash: free a dead owner's lock, settle pending creates by looking into Azure, and say what was done.

``kill -9`` leaves two things behind. The lock of the state backend, which names the process that held it; and, in
the state, ``pending_operations``: creates that had begun and whose end nobody recorded. The engine itself would create
these again and keep the entries for ever. Here each is looked up: what Azure has is adopted into the state, what it has
not is forgotten.
"""

from __future__ import annotations

import datetime as dt
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil

from stacks.cloud import Unaskable
from support.errors import Exit, OperationError

if TYPE_CHECKING:
    from stacks.cloud import CreatedObject
    from targets.backend import Backend

Lookup = Callable[[str, dict[str, Any]], "CreatedObject | None"]
"""(type token, inputs) → what a create with these inputs makes in Azure, or nothing; may raise ``Unaskable``."""

ROUNDING = dt.timedelta(seconds=2)
"""A process that began so little after its lock may be its owner: the system counts births from a boot whose time it
tells in whole seconds (proc(5), ``btime``). A number is used again only after thousands of others."""


@dataclass(frozen=True)
class Lock:
    """One lock of a state backend, file or blob (its fields are the engine's own)."""

    name: str
    pid: int
    user: str
    host: str
    since: dt.datetime

    @property
    def owner(self) -> str:
        """For people."""
        return f"process {self.pid} of {self.user}@{self.host}, since {self.since:%Y-%m-%d %H:%M:%S} UTC"

    @property
    def dead(self) -> bool:
        """True only when it is certain: same machine, and no such process, or a younger one of the same number."""
        if self.host != socket.gethostname():
            return False
        try:
            process = psutil.Process(self.pid)
            born = dt.datetime.fromtimestamp(process.create_time(), dt.UTC)
        except psutil.NoSuchProcess:
            return True
        except psutil.AccessDenied:
            return False
        return born > self.since + ROUNDING or process.status() == psutil.STATUS_ZOMBIE


def locks(backend: Backend, stack: str) -> list[Lock]:
    """Locks on ``stack``.

    Raises:
        OperationError: the backend cannot be reached, or refuses.

    """
    found = []
    for name, content in backend.lock_files(stack).items():
        try:
            fields = json.loads(content)
        except json.JSONDecodeError:
            continue  # its owner is writing it this very moment
        since = dt.datetime.fromisoformat(fields["timestamp"])  # with nanoseconds, of which six digits are kept
        found.append(Lock(name, fields["pid"], fields["username"], fields["hostname"], since.astimezone(dt.UTC)))
    return found


def break_dead_locks(backend: Backend, found: list[Lock], stack: str) -> list[str]:
    """Remove the locks whose owner is dead and report them.

    Raises:
        OperationError: exit code 3, a lock's owner is alive, or runs on another machine and so cannot be judged here.

    """
    living = [lock for lock in found if not lock.dead]
    if living:
        here = socket.gethostname()
        owners = "; ".join(lock.owner for lock in living)
        way = (
            "Wait for it to end."
            if all(lock.host == here for lock in living)
            else f"Make sure that it has ended there, then run `pulumi cancel {stack}` in `./fabrix shell`."
        )
        raise OperationError(
            f"stack {stack} is being changed by {owners}. {way}",
            Exit.REFUSED,
            {"locks": [lock.owner for lock in living]},
        )
    said = []
    for lock in found:
        backend.place.remove(lock.name)
        said.append(f"freed the lock of {lock.owner}: that process is gone")
    return said


def settle(deployment: dict[str, Any], lookup: Lookup) -> tuple[dict[str, Any], list[str], list[str]]:
    """Resolve the pending operations of an exported deployment.

    Returns the deployment to import, what was done in words, and the URNs of adopted resources (to be refreshed, since
    the state of a pending create has no outputs). Entries that are not creates (updates, deletes) need no look-up: the
    resource is in the state already and the next run compares it again.
    """
    body = deployment["deployment"]
    pending = body.get("pending_operations") or []
    known = {resource["urn"] for resource in body.get("resources") or []}
    said: list[str] = []
    adopted: list[str] = []
    for entry in pending:
        resource = entry["resource"]
        urn, kind = resource["urn"], resource["type"]
        name = urn.rsplit("::", 1)[-1]
        if entry["type"] != "creating":
            said.append(f"{name} ({kind}) was interrupted while {entry['type']}; it is compared again now")
            continue
        try:
            found = lookup(kind, resource.get("inputs") or {})
        except Unaskable as why:
            said.append(
                f"{name} ({kind}) may have been created: {why}. If the next run says that it exists, "
                f"`pulumi import {kind} {name} ID` in `./fabrix shell` takes it into the state"
            )
            continue
        if found is None:
            said.append(f"{name} ({kind}) had not been created; it is created now")
        elif urn in known:
            said.append(f"{name} ({kind}) had been created as {found.id} and is in the state already{found.words}")
        else:
            resource = {**resource, "id": found.id, "outputs": resource.get("inputs") or {}}
            body.setdefault("resources", []).append(resource)
            adopted.append(urn)
            said.append(f"{name} ({kind}) had been created as {found.id}; it was taken into the state{found.words}")
    body["pending_operations"] = []
    return deployment, said, adopted
