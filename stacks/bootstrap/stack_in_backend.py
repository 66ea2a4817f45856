"""One stack in one backend: what the engine can do there, and what is seen from outside of it."""

from __future__ import annotations

import json
import secrets
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.locate import Engine
from stacks.events import without_colours
from support.checkout import dump_yaml, read_yaml
from support.digest import canonical_json, sha256
from support.errors import OperationError
from targets import backend
from targets.backend import Backend
from targets.target import Target


@dataclass(frozen=True)
class StackInBackend:
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
        return backend.require_backend(self.url, self.target.project_name)

    def pulumi(self, *arguments: str, stdin: str | None = None) -> str:
        """Run the engine on this side and return its output, which may hold secrets: never print it.

        Raises:
            OperationError: it failed; the engine's own words are in the message.

        """
        return self._run(arguments, self.target.project(), self._environment(), stdin)

    def make(self, secrets_provider: str = "") -> dict[str, Any]:
        """Make the stack, empty, and leave the stack file alone; return what the engine would have written into it.

        The engine writes what closes the secrets of a new stack into the stack file of the folder it runs in, and that
        whole file anew. So it runs in a folder of its own.

        Args:
            secrets_provider: closes the secrets of the state; left out, a passphrase that closes nothing, since a state
                that is to be imported brings its own along.

        Raises:
            OperationError: it failed; the engine's own words are in the message.

        """
        environment = self._environment()
        if not secrets_provider:
            environment.pop("PULUMI_CONFIG_PASSPHRASE_FILE", None)
            environment["PULUMI_CONFIG_PASSPHRASE"] = secrets.token_urlsafe(32)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            project = {"name": self.target.project_name, "runtime": "python"}
            (folder / "Pulumi.yaml").write_text(dump_yaml(project), encoding="utf-8")
            closed = ("--secrets-provider", secrets_provider or "passphrase")
            self._run(("stack", "init", self.stack, "--no-select", *closed), folder, environment)
            written = folder / f"Pulumi.{self.stack}.yaml"
            return read_yaml(written) if written.exists() else {}

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
            raise OperationError(f"{' '.join(arguments[:2])} at {self.url}: {without_colours(done.stderr).strip()}")
        return done.stdout

    def exported(self) -> str:
        """State as the engine exports it, secrets closed."""
        return self.pulumi("stack", "export", "--stack", self.stack)

    def fingerprint(self) -> str:
        """Hash of everything that the state says, secrets opened: equal whatever they are closed with."""
        document = json.loads(self.pulumi("stack", "export", "--show-secrets", "--stack", self.stack))
        content = [document["deployment"].get("resources") or [], document["deployment"].get("pending_operations")]
        return sha256(canonical_json(content))
