"""The Pulumi project of a restore: engine, plugins and backend of the platform's project, but a stack of its own.

The engine runs the program of the folder ``restore`` in:

- local: a generated project ``.fabrix/local/restore``, beside the platform's;
- Azure: the folder ``restore`` of the checkout; its stack files are written there and deleted with the server.
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

_BANNER = "# Written by `./fabrix rollback --restore-data`; deleted with the restored server.\n"
_ENGINE_KEYS = ("encryptionsalt", "secretsprovider", "encryptedkey")
"""Keys that the engine itself writes into a stack file."""


def write_stack_file(folder: Path, plan: RestorePlan) -> None:
    """Write the stack file of a restore; keep the engine's own keys."""
    path = folder / f"Pulumi.{plan.restore_stack}.yaml"
    earlier = read_yaml(path) if path.exists() else {}
    document: dict[str, Any] = {"config": {KEY: plan.config()}}
    document |= {key: earlier[key] for key in _ENGINE_KEYS if key in earlier}
    write_if_changed(path, _BANNER + dump_yaml(document))


class LocalRestore(LocalTarget):
    """The local Azure, with the restore project instead of the platform's."""

    project_name = NAME

    def __init__(self, base: LocalTarget, plan: RestorePlan) -> None:
        super().__init__(base.base, state_url=base.state_url)
        self.stack = base.stack  # {stack} in the backend's URL means the stack that is restored
        self.plan = plan

    def for_stack(self, stack: str) -> Self:  # noqa: ARG002 - same backend as the restored stack
        """Return the target itself: the state is kept beside that of the stack that is restored."""
        return self

    def project(self) -> Path:
        """Return the folder of the generated project."""
        return self.base / "restore"

    def prepare(self, engine: Engine, stack: str) -> None:
        """Prepare as for any local run, with a project of another name and program."""
        self.project().mkdir(parents=True, exist_ok=True)
        super().prepare(engine, stack)

    def copy_stack_file(self, stack: str) -> None:  # noqa: ARG002 - the plan knows its stack
        """Write the stack file from the plan; there is none to copy."""
        write_stack_file(self.project(), self.plan)

    def _project_file(self) -> str:
        options = {"toolchain": "pip", "virtualenv": str(ROOT / ".venv")}
        runtime = {"name": "python", "options": options}
        return _BANNER + dump_yaml({"name": NAME, "runtime": runtime, "main": str(PROGRAM)})


class AzureRestore(AzureTarget):
    """Real Azure, with the restore project; its stack is created if it does not exist."""

    project_name = NAME

    def __init__(self, plan: RestorePlan) -> None:
        self.stack = plan.stack
        self.plan = plan

    def for_stack(self, stack: str) -> Self:  # noqa: ARG002 - same backend as the restored stack
        """Return the target itself: the state is kept beside that of the stack that is restored."""
        return self

    def project(self) -> Path:
        """Return the folder of the program."""
        return PROGRAM

    def backend_url(self) -> str:
        """Return the platform's backend, also if only the platform's project file names it."""
        return AzureTarget().for_stack(self.plan.stack).backend_url()

    def environment(self, engine: Engine) -> dict[str, str]:
        """Return the user's environment, with the platform's backend."""
        url = self.backend_url()
        return {**super().environment(engine), **({"PULUMI_BACKEND_URL": url} if url else {})}

    def prepare(self, engine: Engine, stack: str) -> None:
        """Create the stack, encrypted like the platform's, and its stack file.

        Raises:
            OperationError: the engine could not create it.

        """
        if not (PROGRAM / f"Pulumi.{stack}.yaml").exists():
            provider = read_yaml(ROOT / f"Pulumi.{self.plan.stack}.yaml").get("secretsprovider")
            encryption = ["--secrets-provider", str(provider)] if provider else []
            arguments = ["stack", "init", stack, "--non-interactive", "--no-select", *encryption]
            done = subprocess.run(
                [str(engine.bin_dir / "pulumi"), *arguments],
                cwd=PROGRAM,
                env=self.environment(engine),
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode != 0 and "already exists" not in done.stderr:
                raise OperationError(f"the engine could not create the stack {stack}: {done.stderr.strip()}")
        write_stack_file(PROGRAM, self.plan)


def restore_target(target: Target, plan: RestorePlan) -> Target:
    """Return ``target`` with the restore project instead of the platform's."""
    return LocalRestore(target, plan) if isinstance(target, LocalTarget) else AzureRestore(plan)
