"""Recovery after a crash, on any target: frees the locks of dead processes and resolves interrupted creates.

``kill -9`` leaves two things behind. The lock of the state backend, which names the process that held it; and, in the
state, ``pending_operations``: creates whose end was not recorded. The engine itself would create these again and keep
the entries for ever. Here each is looked up: what Azure has is adopted into the state, what it does not have is
dropped.
"""

from __future__ import annotations

import datetime as dt
import json
import shlex
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psutil

from records.process import is_dead
from stacks.cloud.model import CreatedObject, LookupUnsupportedError
from stacks.cloud.open import open_cloud
from stacks.session import Session
from support.errors import Exit, OperationError
from targets.backend import Backend
from targets.name import TargetName

Lookup = Callable[[str, dict[str, Any]], CreatedObject | None]
"""(type token, inputs) → what a create with these inputs makes in Azure, or None; may raise
``LookupUnsupportedError``."""

ROUNDING = dt.timedelta(seconds=2)
"""A process that started so little after its lock may still be its owner: the system counts starts from a boot whose
time is in whole seconds (proc(5), ``btime``). A PID is reused only after thousands of others."""


@dataclass(frozen=True)
class EngineLock:
    """One lock of a state backend, file or blob (its fields are the engine's own)."""

    name: str
    pid: int
    user: str
    host: str
    since: dt.datetime

    @property
    def owner(self) -> str:
        """The owner as messages name it."""
        return f"process {self.pid} of {self.user}@{self.host}, since {self.since:%Y-%m-%d %H:%M:%S} UTC"

    @property
    def dead(self) -> bool:
        """Whether the owner is certainly dead: on this machine, and no such process, or a younger one with its PID."""
        return self.host == socket.gethostname() and is_dead(self.pid, self._may_be_owner)

    def _may_be_owner(self, process: psutil.Process) -> bool:
        return dt.datetime.fromtimestamp(process.create_time(), dt.UTC) <= self.since + ROUNDING


def engine_locks(session: Session) -> list[EngineLock]:
    """Return the engine's locks on the stack; empty too where the backend cannot be inspected (Pulumi Cloud, S3 …).

    Raises:
        OperationError: the backend cannot be reached, or refuses.

    """
    backend = session.target.backend(session.stack)
    return read_locks(backend, session.stack) if backend else []


def recover_from_crash(session: Session) -> list[str]:
    """Free dead locks and resolve pending creates; return what was done, one sentence each.

    Where there is nothing to do, that costs reading one folder and two files; with blobs, as many requests.

    Raises:
        OperationError: exit code 3, a lock's owner may be alive or the state has moved; or the backend cannot be
            reached, or refuses; or Azure cannot be reached, or is still creating something.

    """
    backend = session.target.backend(session.stack)
    if backend is None:  # Pulumi Cloud keeps locks of its own, and its state is not inspected
        return []
    backend.refuse_if_moved(session.stack)
    locks = read_locks(backend, session.stack)
    done = break_dead_locks(backend, locks, session.stack) if locks else []
    if backend.has_pending(session.stack):
        done += _resolve_in_state(session)
    for line in done:
        session.console.info(f"after the interrupted run: {line}", style="yellow")
    return done


def read_locks(backend: Backend, stack: str) -> list[EngineLock]:
    """Return the locks on ``stack``.

    Raises:
        OperationError: the backend cannot be reached, or refuses.

    """
    locks = []
    for name, content in backend.lock_files(stack).items():
        try:
            fields = json.loads(content)
        except json.JSONDecodeError:
            continue  # its owner is writing it this very moment
        since = dt.datetime.fromisoformat(fields["timestamp"])  # with nanoseconds, of which six digits are kept
        locks.append(EngineLock(name, fields["pid"], fields["username"], fields["hostname"], since.astimezone(dt.UTC)))
    return locks


def break_dead_locks(backend: Backend, locks: list[EngineLock], stack: str) -> list[str]:
    """Remove the locks, all of whose owners must be dead; return a sentence for each.

    Raises:
        OperationError: exit code 3, a lock's owner is alive, or runs on another machine and so cannot be judged here.

    """
    living = [lock for lock in locks if not lock.dead]
    if living:
        here = socket.gethostname()
        owners = "; ".join(lock.owner for lock in living)
        advice = (
            "Wait for it to end."
            if all(lock.host == here for lock in living)
            else f"Make sure that it has ended there, then run `pulumi cancel {stack}` in `./fabrix shell`."
        )
        raise OperationError(
            f"stack {stack} is being changed by {owners}. {advice}",
            Exit.REFUSED,
            {"locks": [lock.owner for lock in living]},
        )
    for lock in locks:
        backend.storage.delete(lock.name)
    return [f"freed the lock of {lock.owner}: that process is gone" for lock in locks]


def _resolve_in_state(session: Session) -> list[str]:
    """Resolve the pending operations in the stack's state by lookups in Azure, real or local."""
    installation, cli = session.settings.installation, session.pulumi
    if session.target.name is TargetName.AZURE:
        session.console.info("a run was interrupted: looking up its creates in Azure, and waiting for unfinished ones")
    cloud = open_cloud(session.target, session.settings)

    def look_up(token: str, inputs: dict[str, Any]) -> CreatedObject | None:
        return cloud.find_created(token, inputs, installation.subscription_id, installation.tenant_id)

    deployment, done, adopted = resolve_pending(cli.export(), look_up)
    cli.query("stack", "import", stdin=json.dumps(deployment))
    if adopted:
        targets = [argument for urn in adopted for argument in ("--target", urn)]
        run, code = cli.run("refresh", "--yes", "--skip-preview", *targets, log=session.log("refresh"))
        if code != 0:
            raise OperationError(f"reading the adopted resources failed: {run.errors}")
    return done


def resolve_pending(deployment: dict[str, Any], lookup: Lookup) -> tuple[dict[str, Any], list[str], list[str]]:
    """Resolve the pending operations of an exported deployment.

    Returns the deployment to import, what was done (one sentence each), and the URNs of adopted resources (to be
    refreshed, since the state of a pending create has no outputs). Entries that are not creates (updates, deletes) need
    no lookup: the resource is in the state already and the next run compares it again.
    """
    body = deployment["deployment"]
    pending = body.get("pending_operations") or []
    known = {resource["urn"] for resource in body.get("resources") or []}
    done: list[str] = []
    adopted: list[str] = []
    for entry in pending:
        resource = entry["resource"]
        urn, token = resource["urn"], resource["type"]
        name = urn.rsplit("::", 1)[-1]
        if entry["type"] != "creating":
            done.append(f"{name} ({token}) was interrupted while {entry['type']}; it is compared again now")
            continue
        try:
            created = lookup(token, resource.get("inputs") or {})
        except LookupUnsupportedError as why:
            done.append(
                f"{name} ({token}) may have been created: {why}. If the next run says that it exists, "
                f"`{import_command(resource)}` in `./fabrix shell` takes it into the state"
            )
            continue
        if created is None:
            done.append(f"{name} ({token}) had not been created; it is created now")
        elif urn in known:
            done.append(
                f"{name} ({token}) had been created as {created.id} and is in the state already{created.advice}"
            )
        else:
            resource = {**resource, "id": created.id, "outputs": resource.get("inputs") or {}}
            body.setdefault("resources", []).append(resource)
            adopted.append(urn)
            done.append(
                f"{name} ({token}) had been created as {created.id}; it was taken into the state{created.advice}"
            )
    body["pending_operations"] = []
    return deployment, done, adopted


def import_command(resource: dict[str, Any]) -> str:
    """Return the shell command that takes an object into the state at the place that the program gives it; ID is open.

    Args:
        resource: its entry in a state or in the pending operations.

    Without parent and provider it would be another resource, which the next run deletes. Without
    ``--generate-code=false`` the command ends with an error after the import, since the local provider publishes no
    schema to write code from. ``pulumi import`` protects what it imports unless told otherwise.

    """
    stack, name = resource["urn"].split("::", 1)[0].removeprefix("urn:pulumi:"), resource["urn"].rsplit("::", 1)[-1]
    words = ["pulumi", "import", resource["type"], name, "ID", "--stack", stack]
    if parent := resource.get("parent"):
        words += ["--parent", f"parent={parent}"]
    if provider := resource.get("provider"):
        words += ["--provider", f"provider={provider.rsplit('::', 1)[0]}"]
    return shlex.join([*words, "--generate-code=false", "--protect=false"])
