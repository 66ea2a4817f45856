"""Moves the state of one stack to another backend, so that nothing is lost whenever it is interrupted.

The old state stays, untouched, until the new one was read back and is equal; then a note beside it says where the state
went, and every later command refuses to go on with the old one. Each step looks at what is there first, so the same
command may be given again after an interruption.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from engine.locate import Engine
from operations import backend, recovery
from operations.backend import Backend
from operations.events import clean
from operations.exits import Exit, OperationError
from operations.target import Target, dump_yaml

Say = Callable[[str], None]


@dataclass(frozen=True)
class Side:
    """One stack in one backend."""

    engine: Engine
    target: Target
    stack: str
    url: str

    @property
    def place(self) -> Backend:
        """The backend, seen from outside the engine.

        Raises:
            OperationError: exit code 2, it is none that can be looked into.

        """
        return backend.must(self.url, self.target.project_name)

    def pulumi(self, *arguments: str, stdin: str | None = None) -> str:
        """Run the engine on this side and return its output, which may hold secrets: never print it.

        Raises:
            OperationError: it failed; the engine's own words are in the message.

        """
        return self._run(arguments, self.target.project(), self._environment(), stdin)

    def make(self) -> None:
        """Make the stack, empty, and leave the stack file alone.

        The engine writes the secrets provider of a new stack into the stack file of the folder it runs in. There it
        would stand in place of the one that the state to come was closed with, which an import brings along. So it runs
        in a folder of its own, with a passphrase that closes nothing.

        Raises:
            OperationError: it failed; the engine's own words are in the message.

        """
        environment = self._environment()
        environment.pop("PULUMI_CONFIG_PASSPHRASE_FILE", None)
        environment["PULUMI_CONFIG_PASSPHRASE"] = secrets.token_urlsafe(32)
        with tempfile.TemporaryDirectory() as folder:
            project = {"name": self.target.project_name, "runtime": "python"}
            (Path(folder) / "Pulumi.yaml").write_text(dump_yaml(project), encoding="utf-8")
            arguments = ("stack", "init", self.stack, "--no-select", "--secrets-provider", "passphrase")
            self._run(arguments, Path(folder), environment)

    def _environment(self) -> dict[str, str]:
        return {**self.target.environment(self.engine), "PULUMI_BACKEND_URL": self.url}

    def _run(
        self, arguments: tuple[str, ...], folder: Path, environment: dict[str, str], stdin: str | None = None
    ) -> str:
        done = subprocess.run(
            [str(self.engine.bin_dir / "pulumi"), *arguments, "--non-interactive"],
            cwd=folder,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise OperationError(f"{' '.join(arguments[:2])} at {self.url}: {clean(done.stderr).strip()}")
        return done.stdout

    def exported(self) -> str:
        """State as the engine exports it, secrets closed."""
        return self.pulumi("stack", "export", "--stack", self.stack)

    def fingerprint(self) -> str:
        """Hash of everything that the state says, secrets opened: equal whatever they are closed with."""
        document = json.loads(self.pulumi("stack", "export", "--show-secrets", "--stack", self.stack))
        content = [document["deployment"].get("resources") or [], document["deployment"].get("pending_operations")]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Moved:
    """What a move did."""

    to: str
    resources: int
    already: bool
    """There was nothing left to do."""


class Beside(Protocol):
    """What lies beside a state and has to come along."""

    def check(self) -> None:
        """Refuse what could not be brought; nothing is changed."""

    def bring(self) -> None:
        """Bring it, each part only where that is still to do."""


def move(
    old: Side,
    new: Side,
    *,
    provider: str = "",
    say: Say = lambda _: None,
    beside: Beside | None = None,
) -> Moved:
    """Bring the state from ``old`` to ``new``; with ``provider``, its secrets are closed by that one from now on.

    What lies ``beside`` the state comes along before anybody is sent to the new place.

    Raises:
        OperationError: exit code 2, there is nothing to move or the address cannot be used; 3, the stack is locked, has
            unfinished operations, or ``new`` holds other content; 1, the engine failed. Nothing is lost in any case.

    """
    if provider and "://" not in provider:
        raise OperationError(
            f"--secrets-provider {provider}: a key that the engine reaches by an address, such as "
            "azurekeyvault://VAULT.vault.azure.net/keys/KEY/VERSION. A passphrase comes along by itself.",
            Exit.BAD_INPUT,
        )
    if old.url == new.url:
        raise OperationError(
            f"{old.stack} has its state in {new.url} already. If it lies elsewhere, unset FABRIX_STATE_URL for this "
            "command.",
            Exit.BAD_INPUT,
        )
    if (noted := old.place.moved_to(old.stack)) and noted != new.url:
        raise OperationError(
            f"the state of {old.stack} has moved to {noted} already; go on with FABRIX_STATE_URL={noted}.",
            Exit.REFUSED,
        )
    if not old.place.has_stack(old.stack):
        raise OperationError(f"there is no stack {old.stack} in {old.url}: nothing to move.", Exit.BAD_INPUT)
    if noted and new.place.has_stack(new.stack):
        before = new.fingerprint() if provider else ""
        closed = _close(new, provider, before, say)
        return Moved(new.url, _count(new.exported()), already=not closed)
    if beside:
        beside.check()
    state, before = _quiet(old), old.fingerprint()
    _bring(old, new, state, say)
    if new.fingerprint() != before or old.fingerprint() != before:
        raise OperationError(
            f"what was read back from {new.url} is not what lies in {old.url}; somebody changed one of them meanwhile. "
            f"The old state is untouched and still the one that counts. Look at both, then remove the new one: "
            f"`pulumi stack rm {new.stack} --force` there."
        )
    say("read back: equal, secrets included")
    _close(new, provider, before, say)
    if beside:
        beside.bring()
    if old.fingerprint() != before:
        raise OperationError(
            f"somebody changed the state in {old.url} while it was being moved. It is still the one that counts; what "
            f"lies in {new.url} is older by that change. Remove it there (`pulumi stack rm {new.stack} --force`) and "
            "give the command again."
        )
    new.place.note_move(new.stack, None)
    old.place.note_move(old.stack, new.url)
    return Moved(new.url, _count(state), already=False)


def _close(new: Side, provider: str, before: str, say: Say) -> bool:
    """Close the secrets with ``provider`` from now on; say whether there was something to do.

    Raises:
        OperationError: the engine failed, or the state is another one afterwards.

    """
    used = _body(new.exported()).get("secrets_providers") or {}
    if not provider or (used.get("state") or {}).get("url") == provider:
        return False
    new.pulumi("stack", "change-secrets-provider", provider, "--stack", new.stack)
    if new.fingerprint() != before:
        raise OperationError(f"the state in {new.url} is another one since its secrets are closed with {provider}.")
    say(f"its secrets are closed with {provider} now")
    return True


def _quiet(old: Side) -> str:
    """Return the state of a stack that nobody is changing.

    Raises:
        OperationError: exit code 3, it is locked or has unfinished operations.

    """
    if held := recovery.locks(old.place, old.stack):
        owners = "; ".join(lock.owner for lock in held)
        raise OperationError(
            f"stack {old.stack} is locked by {owners}. Wait for it to end; if it is dead, `./fabrix up {old.stack}` "
            "frees the lock and finishes the work. Then move.",
            Exit.REFUSED,
            {"locks": [lock.owner for lock in held]},
        )
    state = old.exported()
    if pending := _body(state).get("pending_operations"):
        names = ", ".join(str(entry["resource"]["urn"]).rpartition("::")[2] for entry in pending)
        raise OperationError(
            f"stack {old.stack} has unfinished operations ({names}). `./fabrix up {old.stack}` settles them.",
            Exit.REFUSED,
        )
    return state


def _bring(old: Side, new: Side, state: str, say: Say) -> None:
    """Make the stack at its new place and fill it, each only where that is still to do.

    Raises:
        OperationError: exit code 3, the new place holds other content.

    """
    if not new.place.has_stack(new.stack):
        new.make()
        say(f"made the stack {new.stack} in {new.url}")
    elif there := _count(new.exported()):
        if old.fingerprint() == new.fingerprint():
            say(f"{new.url} holds the same state already: an earlier move came so far")
            return
        raise OperationError(
            f"{new.url} holds a stack {new.stack} with other content ({there} resources); moving would lose it. Remove "
            "it there if it is not needed, or choose another container.",
            Exit.REFUSED,
        )
    new.pulumi("stack", "import", "--stack", new.stack, stdin=state)
    say(f"brought {_count(state)} entries there")


def _body(state: str) -> dict[str, Any]:
    return json.loads(state).get("deployment") or {}


def _count(state: str) -> int:
    return len(_body(state).get("resources") or [])
