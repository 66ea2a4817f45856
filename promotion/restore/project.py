"""The small project of a restore: same engine, plugins and place of state as the platform's, a stack of its own.

Where the engine is told to run the program of the folder ``restore``:

- local: a generated project ``.fabrix/local/restore``, beside the platform's;
- Azure: the folder ``restore`` of the checkout; its stack files are written there and go when the server goes.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, Self

from engine.locate import Engine
from promotion.restore.plan import RestorePlan
from support.checkout import ROOT, dump_yaml, read_yaml
from support.errors import OperationError
from support.files import write_if_changed
from targets.azure import AzureTarget
from targets.local import LocalTarget
from targets.target import Target

NAME = "aifabrix-restore"
PROGRAM = ROOT / "restore"
KEY = f"{NAME}:plan"

_BANNER = "# Written by `./fabrix rollback --restore-data`; goes when the restored server goes.\n"
_KEPT = ("encryptionsalt", "secretsprovider", "encryptedkey")
"""What the engine itself puts into a stack file."""


def stack_file(folder: Path, plan: RestorePlan) -> None:
    """Write the stack file of a restore, with what the engine had put into it."""
    path = folder / f"Pulumi.{plan.restore_stack}.yaml"
    earlier = read_yaml(path) if path.exists() else {}
    document: dict[str, Any] = {"config": {KEY: plan.config()}}
    document |= {key: earlier[key] for key in _KEPT if key in earlier}
    write_if_changed(path, _BANNER + dump_yaml(document))


class LocalRestore(LocalTarget):
    """The local Azure, with the small project instead of the platform's."""

    project_name = NAME

    def __init__(self, base: LocalTarget, plan: RestorePlan) -> None:
        super().__init__(base.base, state_url=base.state_url)
        self.stack = base.stack  # an address of the state with {stack} is that of the stack that is restored
        self.plan = plan

    def for_stack(self, stack: str) -> Self:  # noqa: ARG002 - the small stack lies where the restored one does
        """Return the same place: its state lies beside that of the stack that is restored."""
        return self

    def project(self) -> Path:
        """Return the generated project of restores."""
        return self.base / "restore"

    def prepare(self, engine: Engine, stack: str) -> None:
        """Prepare as any local run does, with a project of another name and program."""
        self.project().mkdir(parents=True, exist_ok=True)
        super().prepare(engine, stack)

    def copy_stack_file(self, stack: str) -> None:  # noqa: ARG002 - the plan knows its stack
        """Write the stack file from the plan: there is none to copy."""
        stack_file(self.project(), self.plan)

    def _project_file(self) -> str:
        options = {"toolchain": "pip", "virtualenv": str(ROOT / ".venv")}
        runtime = {"name": "python", "options": options}
        return _BANNER + dump_yaml({"name": NAME, "runtime": runtime, "main": str(PROGRAM)})


class AzureRestore(AzureTarget):
    """Real Azure, with the small project; its stack is made where it is new."""

    project_name = NAME

    def __init__(self, plan: RestorePlan) -> None:
        self.stack = plan.stack
        self.plan = plan

    def for_stack(self, stack: str) -> Self:  # noqa: ARG002 - the small stack lies where the restored one does
        """Return the same place: its state lies beside that of the stack that is restored."""
        return self

    def project(self) -> Path:
        """Return the folder of the program."""
        return PROGRAM

    def backend_url(self) -> str:
        """Return where the platform's state is, also if only the platform's project file says so."""
        return AzureTarget().for_stack(self.plan.stack).backend_url()

    def environment(self, engine: Engine) -> dict[str, str]:
        """Return the user's environment, with the platform's place of state."""
        url = self.backend_url()
        return {**super().environment(engine), **({"PULUMI_BACKEND_URL": url} if url else {})}

    def prepare(self, engine: Engine, stack: str) -> None:
        """Make the stack, encrypted as the platform's is, and its stack file.

        Raises:
            OperationError: the engine could not make it.

        """
        if not (PROGRAM / f"Pulumi.{stack}.yaml").exists():
            provider = read_yaml(ROOT / f"Pulumi.{self.plan.stack}.yaml").get("secretsprovider")
            chosen = ["--secrets-provider", str(provider)] if provider else []
            words = ["stack", "init", stack, "--non-interactive", "--no-select", *chosen]
            done = subprocess.run(
                [str(engine.bin_dir / "pulumi"), *words],
                cwd=PROGRAM,
                env=self.environment(engine),
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode != 0 and "already exists" not in done.stderr:
                raise OperationError(f"the engine could not create the stack {stack}: {done.stderr.strip()}")
        stack_file(PROGRAM, self.plan)


def target_of(target: Target, plan: RestorePlan) -> Target:
    """Return ``target`` with the small project instead of the platform's."""
    return LocalRestore(target, plan) if isinstance(target, LocalTarget) else AzureRestore(plan)
