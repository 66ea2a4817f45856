"""The local Azure's workspace: everything a local run reads or writes lies under ``.fabrix/local``.

The committed stack files are never written: the engine works in a generated project whose ``main`` is the checkout, on
copies of them. The copies carry what a local run adds (its own encryption salt), the originals stay as they are.

::

    .fabrix/local/
      project/      Pulumi.yaml and Pulumi.<stack>.yaml, generated anew on every run
      home/         PULUMI_HOME with the local Azure's plugins
      state/        the state backend (files), unless FABRIX_STATE_URL names another
      azure.db      what exists in the local Azure (SQLite)
      passphrase    of the local state's secrets, readable by the user alone
"""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.environment import install_plugin, variables
from engine.locate import Engine
from settings.release_line import ReleaseLine
from support.checkout import ROOT, dump_yaml, read_yaml, venv_python
from support.files import write_if_changed
from targets.name import TargetName
from targets.target import STATE_URL, Target, at_release

if TYPE_CHECKING:
    from emulator.store import Store
    from targets.backend import Backend

PLUGINS: dict[str, str] = {
    "azure-native": "pulumi-azure-native",
    "azuread": "pulumi-azuread",
    "random": "pulumi-random",
}
"""Provider → the SDK distribution whose version the engine asks for, exactly."""

_BANNER = "# Generated for the local Azure from the file of the same name in the checkout; edit that one.\n"
_SALT = "encryptionsalt"

SAME = ("policies", ".venv")
"""Seen in the generated project as in the checkout: `--policy-pack policies` then means the same in the shell, and the
pack finds its virtual environment beside it."""

LONGEST_SOFT_DELETE = 90
"""Days, where an object does not say how long it is kept (Microsoft Learn: "Key Vault soft-delete overview")."""


class LocalTarget(Target):
    """The embedded local Azure."""

    name = TargetName.LOCAL

    def __init__(self, home: Path | None = None, *, state_url: str | None = None) -> None:
        """Take the home and the state that the environment names; a home given here keeps its state in itself."""
        self.base = home or Path(os.environ.get("FABRIX_LOCAL_HOME") or ROOT / ".fabrix" / "local")
        self.state_url = state_url or (None if home else os.environ.get(STATE_URL) or None)

    @property
    def headline(self) -> str:
        """Say plainly that this is an emulation, and where it lives."""
        place = self.base.relative_to(ROOT) if self.base.is_relative_to(ROOT) else self.base
        if self.state_url:
            return f"Target: local Azure (emulated, in {place}; no account; state in {self.state_url})"
        return f"Target: local Azure (emulated, in {place}; no account, nothing leaves this machine)"

    @property
    def database(self) -> Path:
        """SQLite file of the local Azure."""
        return self.base / "azure.db"

    @contextmanager
    def store(self) -> Generator[Store]:
        """Open the local Azure."""
        from emulator.store import Store

        self.base.mkdir(parents=True, exist_ok=True)
        store = Store(self.database)
        try:
            yield store
        finally:
            store.close()

    def held_names(self, store: Store) -> list[dict[str, str]]:
        """Names that soft-deleted objects still hold: name, type, until (a date)."""
        from emulator import inspect

        rows = []
        for row, record in zip(inspect.deleted(store), store.tombstones(), strict=True):
            properties = record.inputs.get("properties")
            days = properties.get("softDeleteRetentionInDays") if isinstance(properties, dict) else None
            kept = dt.timedelta(days=days if isinstance(days, int) else LONGEST_SOFT_DELETE)
            until = dt.datetime.fromisoformat(row["changed"]) + kept
            rows.append({"name": row["name"], "type": row["type"], "until": f"{until:%Y-%m-%d}"})
        return rows

    def project(self) -> Path:
        """Return the generated project."""
        return self.base / "project"

    def backend_url(self) -> str:
        """Return the folder ``state``, or what was given instead of it."""
        # Without metadata: the backend keeps it in a file beside each state file and writes that one in place. A killed
        # engine leaves it half-written, and the state then cannot be read.
        if self.state_url:
            return self.filled(self.state_url)
        return f"{(self.base / 'state').as_uri()}?metadata=skip"

    def config_arguments(self, stack: str, release: ReleaseLine | None) -> list[str]:
        """Write the copy beside the generated stack file, with its salt and its vault's number."""
        if release is None:
            return []
        self.copy_stack_file(stack)
        copy = self.project() / f"Pulumi.{stack}.at.yaml"
        write_if_changed(copy, at_release(read_yaml(self.project() / f"Pulumi.{stack}.yaml"), release))
        return ["--config-file", str(copy)]

    def environment(self, engine: Engine) -> dict[str, str]:
        """Offline engine, its own home, state and passphrase; the plugins find the database by FABRIX_AZURE_DB."""
        ours = variables(engine, self.base / "home", self.backend_url(), self._passphrase())
        return {
            **os.environ,
            **ours,
            "FABRIX_AZURE_DB": str(self.database),
            "FABRIX_TARGET": self.name.value,
            "FABRIX_PYTHON": str(venv_python()),
        }

    def prepare(self, engine: Engine, stack: str) -> None:
        """Make the workspace, and the stack itself where it is new.

        Raises:
            OperationError: exit code 3, the stack's state has moved to another backend.

        """
        self.lay(stack)
        self._backend(stack).refuse_if_moved(stack)
        if not self.has_stack(stack):
            self.init(engine, stack)

    def lay(self, stack: str) -> None:
        """Folders, plugins, generated project and copy of the stack file; no stack is made."""
        for folder in (self.base / "home", self.base / "state", self.project()):
            folder.mkdir(parents=True, exist_ok=True)
        for name, distribution in PLUGINS.items():
            version = importlib.metadata.version(distribution)
            command = [str(venv_python()), "-m", "emulator.plugins", name]
            install_plugin(self.base / "home", name, version, ["/usr/bin/env", f"PYTHONPATH={ROOT}", *command])
        write_if_changed(self.project() / "Pulumi.yaml", self._project_file())
        for name in SAME:
            if not (self.project() / name).exists():
                (self.project() / name).symlink_to(ROOT / name, target_is_directory=True)
        self.copy_stack_file(stack)

    def copy_stack_file(self, stack: str) -> None:
        """Write the generated copy of ``Pulumi.<stack>.yaml``, keeping the local salt that an earlier run put there."""
        original = read_yaml(ROOT / f"Pulumi.{stack}.yaml")
        copy = self.project() / f"Pulumi.{stack}.yaml"
        config: dict[str, Any] = dict(original.get("config") or {})
        if (generation := self.vault_generation(stack)) > 1:
            platform = dict(config["aifabrix:platform"])
            platform["security"] = {**(platform.get("security") or {}), "vaultGeneration": generation}
            config["aifabrix:platform"] = platform
        document: dict[str, Any] = {"config": config}
        if copy.exists():
            earlier = read_yaml(copy)
            if _SALT in earlier:
                document[_SALT] = earlier[_SALT]
        write_if_changed(copy, _BANNER + dump_yaml(document))

    def vault_generation(self, stack: str) -> int:
        """Return the number of the stack's vault here: the stack file's, or the first later one whose name is free.

        On Azure the operator writes the next number into the stack file after a destroy; a local run, which destroys
        often, counts by itself and leaves the file alone.
        """
        from settings import load
        from settings.model import names_of

        settings = load.stack(ROOT, stack)
        number = settings.security.vault_generation
        if not self.database.exists():
            return number
        with self.store() as store:
            held = {row["name"] for row in self.held_names(store)}
        while names_of(settings.installation, number).of("key_vault") in held:
            number += 1
        return number

    def _backend(self, stack: str) -> Backend:
        from targets import backend

        return backend.require_backend(self.bound(stack).backend_url(), self.project_name)

    def program(self) -> Path:
        """Return the folder of the program that the engine runs."""
        return ROOT

    def _project_file(self) -> str:
        options = {"toolchain": "pip", "virtualenv": str(ROOT / ".venv")}
        project = {
            "name": self.project_name,
            "runtime": {"name": "python", "options": options},
            "main": str(self.program()),
        }
        return _BANNER + dump_yaml(project)

    def _passphrase(self) -> str:
        from targets.files import create_once

        return create_once(self.base / "passphrase", secrets.token_urlsafe(32).encode()).decode()
