"""One stack in one backend: commands of the engine there, and the backend read without the engine."""

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
from targets.backend import Backend, require_backend
from targets.target import Target


@dataclass(frozen=True)
class StackInBackend:
    """One stack in one backend."""

    engine: Engine
    target: Target
    stack: str
    url: str

    @property
    def backend(self) -> Backend:
        """The backend, read without the engine.

        Raises:
            OperationError: exit code 2, it is none that this program can read.

        """
        return require_backend(self.url, self.target.project_name)

    def pulumi(self, *arguments: str, stdin: str | None = None) -> str:
        """Run the engine with this backend and return its output, which may hold secrets: never print it.

        Raises:
            OperationError: it failed; the message quotes the engine.

        """
        return self._run(arguments, self.target.project(), self._environment(), stdin)

    def init(self, secrets_provider: str = "") -> dict[str, Any]:
        """Create the stack, empty, without changing the stack file; return what the engine would have written into it.

        The engine writes the encryption keys of a new stack into the stack file of its working folder, and rewrites the
        whole file. So it runs in a temporary folder.

        Args:
            secrets_provider: encrypts the secrets of the state; left out, a random passphrase that is never used,
                since the state to be imported has its own.

        Raises:
            OperationError: it failed; the message quotes the engine.

        """
        environment = self._environment()
        if not secrets_provider:
            environment.pop("PULUMI_CONFIG_PASSPHRASE_FILE", None)
            environment["PULUMI_CONFIG_PASSPHRASE"] = secrets.token_urlsafe(32)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            project = {"name": self.target.project_name, "runtime": "python"}
            (folder / "Pulumi.yaml").write_text(dump_yaml(project), encoding="utf-8")
            encryption = ("--secrets-provider", secrets_provider or "passphrase")
            self._run(("stack", "init", self.stack, "--no-select", *encryption), folder, environment)
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

    def export(self) -> str:
        """Return the state as the engine exports it, secrets encrypted."""
        return self.pulumi("stack", "export", "--stack", self.stack)

    def fingerprint(self) -> str:
        """Return a hash of the state with its secrets decrypted: the same whatever key encrypts them."""
        document = json.loads(self.pulumi("stack", "export", "--show-secrets", "--stack", self.stack))
        content = [document["deployment"].get("resources") or [], document["deployment"].get("pending_operations")]
        return sha256(canonical_json(content))
