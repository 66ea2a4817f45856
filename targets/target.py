"""What a command acts on: the local Azure or a real tenant, with the same program and stack files."""

from __future__ import annotations

import copy
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Self

from engine.locate import Engine
from settings.release_line import ReleaseLine, plain
from support.checkout import dump_yaml
from support.errors import Exit, OperationError
from targets.backend import Backend, open_backend
from targets.name import TargetName

STATE_URL = "FABRIX_STATE_URL"
"""Environment variable: URL of the state backend, e.g. ``azblob://state-{stack}?storage_account=stfabrixstate``;
``{stack}`` is replaced by the name of the stack, since each has a container of its own."""

PROJECT = "aifabrix"
"""Name of the platform's Pulumi project; part of every path in a state backend."""


class Target(ABC):
    """What the engine needs to know to act on one target."""

    name: TargetName
    project_name: str = PROJECT
    stack: str | None = None
    """The stack that :meth:`for_stack` was called with."""

    def for_stack(self, stack: str) -> Self:
        """Return the target for one stack, which may have a backend of its own."""
        if stack == self.stack:
            return self
        other = copy.copy(self)
        other.stack = stack
        return other

    def resolve_url(self, url: str) -> str:
        """Replace ``{stack}`` in the URL of a backend.

        Raises:
            OperationError: exit code 2, the URL differs by stack and this target is for none.

        """
        if "{stack}" not in url:
            return url
        if self.stack is None:
            raise OperationError(
                f"{STATE_URL} is {url}, which differs by stack, and this command is not about one stack. Set it to the "
                f"URL of one, e.g. {url.replace('{stack}', 'dev')}",
                Exit.BAD_INPUT,
            )
        return url.replace("{stack}", self.stack)

    @property
    @abstractmethod
    def headline(self) -> str:
        """The first line that every command prints."""

    @abstractmethod
    def project(self) -> Path:
        """Return the folder that the engine runs in, with the Pulumi.yaml."""

    @abstractmethod
    def environment(self, engine: Engine) -> dict[str, str]:
        """Return all environment variables of the engine."""

    @abstractmethod
    def prepare(self, engine: Engine, stack: str) -> None:
        """Create everything that a run on ``stack`` needs; safe to repeat."""

    def has_stack(self, stack: str) -> bool:
        """Return whether the backend has ``stack``; assumed of a backend that this program cannot read.

        Raises:
            OperationError: the backend cannot be reached, or refuses access.

        """
        backend = self.backend(stack)
        return backend.has_stack(stack) if backend else True

    def backend(self, stack: str) -> Backend | None:
        """Return the backend with the state of ``stack``; None for one that this program cannot read.

        Raises:
            OperationError: exit code 2, its URL cannot be used.

        """
        return open_backend(self.for_stack(stack).backend_url(), self.project_name)

    def create_stack(self, engine: Engine, stack: str) -> None:
        """Create a stack in the backend.

        Raises:
            OperationError: the engine failed; the message quotes it.

        """
        done = subprocess.run(
            [str(engine.bin_dir / "pulumi"), "stack", "init", stack, "--non-interactive", "--no-select"],
            cwd=self.project(),
            env=self.for_stack(stack).environment(engine),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise OperationError(f"the engine could not create the stack {stack}: {done.stderr.strip()}")

    @abstractmethod
    def backend_url(self) -> str:
        """Return the URL of the state backend, such as ``file://…`` or ``azblob://…``; empty if none is configured."""

    @abstractmethod
    def config_arguments(self, stack: str, release: ReleaseLine | None) -> list[str]:
        """Return the engine's arguments that deploy ``release`` to ``stack`` without changing its stack file.

        They name a copy of the stack file with another ``release`` line, which is written here; empty without a
        release. For ``preview``, ``up``, ``refresh`` and ``destroy``, after :meth:`prepare`.
        """


def stack_file_at_release(document: dict[str, Any], release: ReleaseLine) -> str:
    """Return the text of the stack file ``document`` with another ``release`` line."""
    config = dict(document.get("config") or {})
    key = f"{PROJECT}:platform"
    config[key] = {**(config.get(key) or {}), "release": plain(release)}
    return dump_yaml({**document, "config": config})
