"""The target of a rehearsal: a local Azure in a temporary folder, with the program of any revision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.locate import Engine
from settings.release_line import ReleaseLine
from support.checkout import ROOT, dump_yaml, read_yaml
from support.files import write_if_changed
from targets.local import LocalTarget
from targets.target import PROJECT, stack_file_at_release

PLATFORM = f"{PROJECT}:platform"
"""Key of the platform's settings in a stack file."""


class ThrowawayTarget(LocalTarget):
    """The local Azure below ``home``; deploys the program and the stack file of ``source``."""

    def __init__(
        self,
        home: Path,
        source: Path = ROOT,
        *,
        release: ReleaseLine | None = None,
        vault_generation: int | None = None,
    ) -> None:
        """Take ``release`` and ``vault_generation`` instead of what the stack file of ``source`` says."""
        super().__init__(home)
        self.source = source
        self.release = release
        self.generation = vault_generation

    def environment(self, engine: Engine) -> dict[str, str]:
        """Write the state once, at the end: nobody continues an interrupted rehearsal."""
        return {**super().environment(engine), "PULUMI_SKIP_CHECKPOINTS": "true"}

    def copy_stack_file(self, stack: str) -> None:
        """Copy the stack file of ``source``; keep the salt of the rehearsal's first deployment."""
        path = self.project() / f"Pulumi.{stack}.yaml"
        earlier = read_yaml(path) if path.exists() else {}
        document: dict[str, Any] = {"config": read_yaml(self.source / path.name).get("config") or {}}
        if self.generation is not None:
            platform = document["config"][PLATFORM]
            security = {**(platform.get("security") or {}), "vaultGeneration": self.generation}
            document["config"][PLATFORM] = {**platform, "security": security}
        if "encryptionsalt" in earlier:
            document["encryptionsalt"] = earlier["encryptionsalt"]
        text = dump_yaml(document) if self.release is None else stack_file_at_release(document, self.release)
        write_if_changed(path, text)

    def secrets_provider(self, stack: str) -> dict[str, Any]:
        """Return the secrets provider in the form of a state; call after :meth:`prepare`."""
        salt = read_yaml(self.project() / f"Pulumi.{stack}.yaml")["encryptionsalt"]
        return {"type": "passphrase", "state": {"salt": salt}}

    def prepare(self, engine: Engine, stack: str) -> None:
        """Prepare as any local run does, then point the project at ``source``; its packages are the checkout's."""
        super().prepare(engine, stack)
        path = self.project() / "Pulumi.yaml"
        write_if_changed(path, dump_yaml({**read_yaml(path), "main": str(self.source)}))
