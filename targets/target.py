"""Where a command acts: the embedded local Azure or the real one, with the same program and stack files."""

from __future__ import annotations

import copy
import json
import os
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Self

from engine.locate import Engine
from settings.release_line import ReleaseLine, plain
from support.checkout import ROOT, dump_yaml, read_yaml, venv_python
from support.errors import Exit, OperationError
from support.files import write_if_changed
from targets.name import TargetName

STATE_URL = "FABRIX_STATE_URL"
"""Environment variable: where the engine keeps state, e.g. ``azblob://state-{stack}?storage_account=stfabrixstate``;
``{stack}`` is replaced by the name of the stack, since each has a container of its own."""

PROJECT = "aifabrix"
"""Name of the platform's Pulumi project; it is part of every path in a state backend."""


class Target(ABC):
    """What the engine needs to know about the place it acts on."""

    name: TargetName
    project_name: str = PROJECT
    stack: str | None = None
    """Stack that :meth:`bound` bound it to."""

    def bound(self, stack: str) -> Self:
        """Return the same place as ``stack`` sees it: its state may lie elsewhere than that of others."""
        if stack == self.stack:
            return self
        other = copy.copy(self)
        other.stack = stack
        return other

    def filled(self, url: str) -> str:
        """Put the stack's name into a state address.

        Raises:
            OperationError: exit code 2, the address asks for a stack and there is none.

        """
        if "{stack}" not in url:
            return url
        if self.stack is None:
            raise OperationError(
                f"{STATE_URL} is {url}, which differs by stack, and this command is about none in particular. Set it "
                f"to the address of one, e.g. {url.replace('{stack}', 'dev')}",
                Exit.BAD_INPUT,
            )
        return url.replace("{stack}", self.stack)

    @property
    @abstractmethod
    def headline(self) -> str:
        """The first line that every command prints."""

    @abstractmethod
    def project(self) -> Path:
        """Folder of the Pulumi.yaml that the engine is run in."""

    @abstractmethod
    def environment(self, engine: Engine) -> dict[str, str]:
        """Environment variables of the engine, complete."""

    @abstractmethod
    def prepare(self, engine: Engine, stack: str) -> None:
        """Make everything that a run on ``stack`` needs; safe to repeat."""

    def has_stack(self, stack: str) -> bool:
        """Whether the backend holds ``stack``; looking makes none. True where the backend is none to look into.

        Raises:
            OperationError: the backend cannot be reached, or refuses.

        """
        from targets import backend

        place = backend.open_backend(self.bound(stack).backend_url(), self.project_name)
        return place.has_stack(stack) if place else True

    def init(self, engine: Engine, stack: str) -> None:
        """Make a stack in the backend.

        Raises:
            OperationError: the engine could not; its words are in the message.

        """
        done = subprocess.run(
            [str(engine.bin_dir / "pulumi"), "stack", "init", stack, "--non-interactive", "--no-select"],
            cwd=self.project(),
            env=self.bound(stack).environment(engine),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise OperationError(f"the engine could not create the stack {stack}: {done.stderr.strip()}")

    @abstractmethod
    def backend_url(self) -> str:
        """Return where state is kept, as the engine is told: ``file://…``, ``azblob://…``; empty if nobody has said."""

    @abstractmethod
    def config_arguments(self, stack: str, release: ReleaseLine | None) -> list[str]:
        """Return the engine's arguments that make ``stack`` run ``release`` while its stack file stays as it is.

        Writes a copy of the stack file with another ``release`` line and names it; empty where ``release`` is None.
        For ``preview``, ``up``, ``refresh`` and ``destroy``, after :meth:`prepare`.
        """


class AzureTarget(Target):
    """Real Azure: the checkout itself is the project; backend, login and plugins are the user's own."""

    name = TargetName.AZURE

    @property
    def headline(self) -> str:
        """Say plainly that this is not the emulation."""
        return "Target: Azure (real subscription; state and login as your environment sets them)"

    def project(self) -> Path:
        """Return the checkout."""
        return ROOT

    def environment(self, engine: Engine) -> dict[str, str]:
        """Return the user's environment with the engine first on PATH."""
        path = f"{engine.bin_dir}{os.pathsep}{os.environ.get('PATH', '')}"
        said = os.environ.get(STATE_URL)
        state = {"PULUMI_BACKEND_URL": self.filled(said)} if said else {}
        return {**os.environ, **state, "PATH": path, "FABRIX_PYTHON": str(venv_python())}

    def prepare(self, engine: Engine, stack: str) -> None:  # noqa: ARG002 - the base class's signature
        """Make nothing: plugins are acquired by the engine, and a stack begins with its first ``up``.

        Raises:
            OperationError: exit code 2, there is no such stack; or the backend cannot be reached, or refuses.

        """
        if not self.has_stack(stack):
            raise OperationError(
                f"{stack} has no state in {self.bound(stack).backend_url()}: nothing was ever deployed from there. If "
                f"its state lies elsewhere, say where by {STATE_URL}. A first deployment names the key that closes the "
                f"state's secrets: `./fabrix up {stack} --target azure --secrets-provider "
                "azurekeyvault://VAULT.vault.azure.net/keys/KEY/VERSION` (`./fabrix bootstrap` makes one and says it).",
                Exit.BAD_INPUT,
            )

    def backend_url(self) -> str:
        """Return what the engine will use: our variable, its own, the project's, or where the user logged in."""
        said = os.environ.get(STATE_URL) or os.environ.get("PULUMI_BACKEND_URL")
        if said:
            return self.filled(said)
        backend = read_yaml(self.project() / "Pulumi.yaml").get("backend")
        if isinstance(backend, dict) and backend.get("url"):
            return str(backend["url"])
        home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
        try:
            return str(json.loads((home / "credentials.json").read_text(encoding="utf-8")).get("current") or "")
        except (FileNotFoundError, json.JSONDecodeError):
            return ""

    def config_arguments(self, stack: str, release: ReleaseLine | None) -> list[str]:
        """Write the copy below ``.fabrix/config``, with everything that the engine put into the stack file."""
        if release is None:
            return []
        file = ROOT / ".fabrix" / "config" / f"Pulumi.{stack}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        write_if_changed(file, at_release(read_yaml(self.project() / f"Pulumi.{stack}.yaml"), release))
        return ["--config-file", str(file)]


def at_release(document: dict[str, Any], release: ReleaseLine) -> str:
    """Text of a stack file like ``document`` whose platform runs ``release``."""
    config = dict(document.get("config") or {})
    key = f"{PROJECT}:platform"
    config[key] = {**(config.get(key) or {}), "release": plain(release)}
    return dump_yaml({**document, "config": config})
