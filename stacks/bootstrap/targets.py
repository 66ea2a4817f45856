"""The bootstrap's targets: those of the platform's stacks, with a Pulumi project of its own."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from engine.locate import Engine
from settings.bootstrap import PROJECT
from support.checkout import ROOT, dump_yaml, read_yaml
from support.files import create_once, write_if_changed
from targets.azure import AzureTarget, refuse_shell_of_local_target
from targets.local import LocalTarget
from targets.name import TargetName
from targets.target import STATE_URL, Target

FOLDER = ROOT / "bootstrap"
DEFAULT_FILE = FOLDER / "Pulumi.bootstrap.yaml"


def bootstrap_target(name: TargetName, file: Path) -> Target:
    """Return the bootstrap's target; ``file`` is the stack file.

    Raises:
        OperationError: exit code 2, Azure was named in a shell of the local target.

    """
    if name is TargetName.LOCAL:
        return LocalBootstrap(file)
    refuse_shell_of_local_target()
    return AzureBootstrap(file)


class LocalBootstrap(LocalTarget):
    """The local Azure of the platform's stacks, with a second project beside theirs."""

    project_name = PROJECT

    def __init__(self, file: Path = DEFAULT_FILE, home: Path | None = None, *, state_url: str | None = None) -> None:
        super().__init__(home, state_url=state_url)
        self.file = file

    def project(self) -> Path:
        """Return the generated project of the bootstrap."""
        return self.base / "bootstrap"

    def program(self) -> Path:
        """Return the folder of the bootstrap's program."""
        return FOLDER

    def copy_stack_file(self, stack: str) -> None:
        """Copy the stack file, keeping the salt of an earlier run."""
        copy = self.project() / f"Pulumi.{stack}.yaml"
        document = {"config": read_yaml(self.file).get("config") or {}}
        earlier = read_yaml(copy) if copy.exists() else {}
        kept = {key: earlier[key] for key in ("encryptionsalt", "encryptedkey", "secretsprovider") if key in earlier}
        write_if_changed(copy, dump_yaml({**document, **kept}))


class AzureBootstrap(AzureTarget):
    """Real Azure. The first run has no state account yet: its state starts as a file and is moved there later."""

    project_name = PROJECT

    def __init__(self, file: Path = DEFAULT_FILE) -> None:
        self.file = file
        self.base = ROOT / ".fabrix" / "bootstrap"

    @property
    def headline(self) -> str:
        """Say plainly that this is not the emulation, and where the state is."""
        return f"Target: Azure (real subscription; login as your environment sets it; state in {self.backend_url()})"

    def project(self) -> Path:
        """Return the folder of the stack file, which is a project."""
        return self.file.parent

    def backend_url(self) -> str:
        """Return the URL in the environment, else a folder of the checkout."""
        url = os.environ.get(STATE_URL) or os.environ.get("PULUMI_BACKEND_URL")
        return self.resolve_url(url) if url else f"{(self.base / 'state').as_uri()}?metadata=skip"

    def environment(self, engine: Engine) -> dict[str, str]:
        """Add a passphrase if the environment has none.

        The bootstrap's state holds no secret; the engine requires a way to encrypt them all the same.
        """
        variables = {**super().environment(engine), "PULUMI_BACKEND_URL": self.backend_url()}
        if not {"PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"} & variables.keys():
            variables["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(self._passphrase_file())
        return variables

    def prepare(self, engine: Engine, stack: str) -> None:
        """Create the stack if it is new.

        Raises:
            OperationError: its state has moved, cannot be reached, or the engine could not create the stack.

        """
        (self.base / "state").mkdir(parents=True, exist_ok=True)
        if backend := self.backend(stack):
            backend.refuse_if_moved(stack)
            if not backend.has_stack(stack):
                self.create_stack(engine, stack)

    def _passphrase_file(self) -> Path:
        path = self.base / "passphrase"
        create_once(path, secrets.token_urlsafe(32).encode())
        return path
