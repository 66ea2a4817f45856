"""Real Azure as a target."""

from __future__ import annotations

import json
import os
from pathlib import Path

from engine.environment import COLLECTION, GROWTH
from engine.locate import Engine
from settings.release_line import ReleaseLine
from support.checkout import ROOT, read_yaml, venv_python
from support.errors import Exit, OperationError
from support.files import write_if_changed
from targets.name import TARGET, TargetName
from targets.target import STATE_URL, Target, stack_file_at_release


def refuse_shell_of_local_target() -> None:
    """Refuse to act on Azure inside of `./fabrix shell`: its variables name the local state and the emulated provider.

    Raises:
        OperationError: exit code 2.

    """
    if os.environ.get(TARGET) == TargetName.LOCAL:
        raise OperationError(
            f"--target azure: this is a `./fabrix shell` of the local Azure ({TARGET}={TargetName.LOCAL}), whose "
            "variables name the local state and the emulated provider. Leave `./fabrix shell` first, with exit.",
            Exit.BAD_INPUT,
        )


class AzureTarget(Target):
    """Real Azure: the checkout itself is the project; backend, login and plugins are the user's own."""

    name = TargetName.AZURE

    @property
    def headline(self) -> str:
        """Say that this is not the emulation."""
        return "Target: Azure (real subscription; state and login as your environment sets them)"

    def project(self) -> Path:
        """Return the checkout."""
        return ROOT

    def environment(self, engine: Engine) -> dict[str, str]:
        """Return the user's environment with the engine first on PATH."""
        path = f"{engine.bin_dir}{os.pathsep}{os.environ.get('PATH', '')}"
        url = os.environ.get(STATE_URL)
        state = {"PULUMI_BACKEND_URL": self.resolve_url(url)} if url else {}
        own = {"PATH": path, "FABRIX_PYTHON": str(venv_python()), TARGET: self.name.value}
        return {COLLECTION: GROWTH, **os.environ, **state, **own}

    def prepare(self, engine: Engine, stack: str) -> None:  # noqa: ARG002 - the base class's signature
        """Create nothing: the engine installs plugins, and a stack begins with its first ``up``.

        Raises:
            OperationError: exit code 2, there is no such stack; or the backend cannot be reached, or refuses access.

        """
        if not self.has_stack(stack):
            raise OperationError(
                f"{stack} has no state in {self.for_stack(stack).backend_url()}: nothing was ever deployed from there. "
                f"If its state is elsewhere, set {STATE_URL} to that URL. A first deployment names the key that "
                f"encrypts the state's secrets: `./fabrix up {stack} --target azure --secrets-provider "
                "azurekeyvault://VAULT.vault.azure.net/keys/KEY/VERSION` (`./fabrix bootstrap` creates one).",
                Exit.BAD_INPUT,
            )

    def backend_url(self) -> str:
        """Return the backend of the first that names one: our variable, the engine's, the project, the login."""
        if url := os.environ.get(STATE_URL) or os.environ.get("PULUMI_BACKEND_URL"):
            return self.resolve_url(url)
        backend = read_yaml(self.project() / "Pulumi.yaml").get("backend")
        if isinstance(backend, dict) and backend.get("url"):
            return str(backend["url"])
        home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
        try:
            return str(json.loads((home / "credentials.json").read_text(encoding="utf-8")).get("current") or "")
        except (FileNotFoundError, json.JSONDecodeError):
            return ""

    def config_arguments(self, stack: str, release: ReleaseLine | None) -> list[str]:
        """Write the copy to ``.fabrix/config``, with everything that the engine put into the stack file."""
        if release is None:
            return []
        file = ROOT / ".fabrix" / "config" / f"Pulumi.{stack}.yaml"
        write_if_changed(file, stack_file_at_release(read_yaml(self.project() / f"Pulumi.{stack}.yaml"), release))
        return ["--config-file", str(file)]
