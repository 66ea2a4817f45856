"""The real engine drives the local Azure: up, nothing on a second up, drift by hand is seen and undone, destroy.

The tests share one project and its deployment, in order.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from emulator import inspect
from emulator.control import ControlPlane
from emulator.facts import TABLE
from emulator.laws import LAWS
from emulator.shape import DISTRIBUTIONS, version
from emulator.store import Store
from emulator.wire import SENTINELS
from engine.environment import install_plugin
from tests import warm

from .conftest import GROUP, SUBSCRIPTION, TENANT, group_inputs

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[3]
PROJECT = "name: probe\nruntime: {name: python, options: {toolchain: pip}}\n"
STACK = f"""config:
  azure-native:subscriptionId: {SUBSCRIPTION}
  azure-native:tenantId: {TENANT}
  azuread:tenantId: {TENANT}
"""
PROGRAM = f"""
import pulumi
import pulumi_azuread as azuread
import pulumi_random as random
from pulumi_azure_native import authorization, keyvault, resources, storage

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
tags = {{"owner": "platform"}}
group = resources.ResourceGroup("group", resource_group_name="rg-probe", location="swedencentral", tags=tags)
vault = keyvault.Vault("vault", vault_name="kv-probe-4711", resource_group_name=group.name, location=group.location,
    properties={{"tenant_id": "{TENANT}", "sku": {{"family": "A", "name": "standard"}},
                "enable_rbac_authorization": True, "enable_soft_delete": True, "enable_purge_protection": True}})
password = random.RandomPassword("password", length=24)
keyvault.Secret("secret", secret_name="db", vault_name=vault.name, resource_group_name=group.name,
    properties={{"value": password.result}})
account = storage.StorageAccount("account", account_name="stprobe4711", resource_group_name=group.name,
    location=group.location, kind="StorageV2", sku={{"name": "Standard_LRS"}}, allow_blob_public_access=False,
    minimum_tls_version="TLS1_2")
admins = azuread.Group("admins", display_name="probe-admins", security_enabled=True)
authorization.RoleAssignment("grant", role_assignment_name="11111111-1111-4111-8111-111111111111", scope=vault.id,
    principal_id=admins.object_id, principal_type="Group",
    role_definition_id="/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/" + READER)
pulumi.export("vault", vault.id)
pulumi.export("account", account.name)
pulumi.export("admins", admins.object_id)
pulumi.export("password", password.result)
"""


class Probe:
    """A project of its own that the engine deploys to a store of its own."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.database = folder / "azure.db"
        warm.link_environment(Path(sys.prefix), folder / ".venv")
        python = str(folder / ".venv" / "bin" / "python")
        self.environment = {**environment, "FABRIX_AZURE_DB": str(self.database), "FABRIX_PYTHON": python}
        for package in DISTRIBUTIONS:
            command = ["/usr/bin/env", f"PYTHONPATH={ROOT}", python, "-m", "emulator.plugins", package]
            install_plugin(folder / "home", package, version(package), command)
        for name, text in (("Pulumi.yaml", PROJECT), ("Pulumi.dev.yaml", STACK), ("__main__.py", PROGRAM)):
            (folder / name).write_text(text)
        self.run("stack", "init", "dev")

    def run(self, *arguments: str, code: int = 0) -> str:
        """Output of a pulumi command, which must end with ``code``."""
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.folder,
            env={**self.environment, **warm.environment()},
            executable=self.pulumi,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, f"pulumi {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    @property
    def pulumi(self) -> str:
        """Path of the engine."""
        found = shutil.which("pulumi", path=self.environment["PATH"])
        assert found is not None
        return found

    def outputs(self) -> dict[str, Any]:
        """Outputs of the stack, secrets hidden."""
        return json.loads(self.run("stack", "output", "--json"))


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory, engine_environment: Callable[[Path], dict[str, str]]) -> Probe:
    """A project whose stack exists and is empty."""
    folder = tmp_path_factory.mktemp("probe")
    return Probe(folder, engine_environment(folder))


def test_a_preview_knows_names_but_neither_ids_nor_what_azure_makes_up(probe: Probe) -> None:
    steps = json.loads(probe.run("preview", "--json"))["steps"]
    states = {step["newState"]["type"].rsplit(":", 1)[-1]: step["newState"] for step in steps}
    assert states["Vault"]["inputs"]["resourceGroupName"] == "rg-probe", "the group's name is known before it exists"
    grant = states["RoleAssignment"]["inputs"]
    assert grant["scope"] == SENTINELS["string"], "an id is known once Azure has answered, as with the real provider"
    assert grant["principalId"] == SENTINELS["string"], "an object id is Entra's to make up"


def test_wrong_inputs_are_refused_in_the_preview(probe: Probe) -> None:
    program = probe.folder / "__main__.py"
    program.write_text(PROGRAM.replace('"Standard_LRS"', '"Standard_LSR"'))
    said = probe.run("preview", code=1)
    program.write_text(PROGRAM)
    assert "did you mean 'Standard_LRS'?" in said
    assert "sku.name" in said


def test_a_stack_goes_up_and_a_second_up_changes_nothing(probe: Probe) -> None:
    probe.run("up", "--yes", "--skip-preview")
    outputs = probe.outputs()
    assert outputs["vault"].endswith("/resourceGroups/rg-probe/providers/Microsoft.KeyVault/vaults/kv-probe-4711")
    assert outputs["password"] == "[secret]"
    password = json.loads(probe.run("stack", "output", "--json", "--show-secrets"))["password"]
    assert len(password) == 24
    state = "".join(file.read_text() for file in (probe.folder / "state").rglob("*.json"))
    assert password not in state, "what is secret is encrypted in state wherever it went"
    assert "unchanged" in probe.run("up", "--yes", "--expect-no-changes")
    assert probe.run("refresh", "--preview-only", "--expect-no-changes")


def test_a_change_by_hand_is_seen_by_refresh_and_undone_by_up(probe: Probe) -> None:
    store = Store(probe.database)
    inspect.change(store, "stprobe4711", "allowBlobPublicAccess", value=True)
    inspect.change(store, "rg-probe", "tags.intruder", "was here")
    assert "allowBlobPublicAccess" in probe.run("refresh", "--preview-only", "--expect-no-changes", "--diff", code=7)
    probe.run("refresh", "--yes", "--skip-preview")
    said = probe.run("up", "--yes", "--skip-preview", "--diff")
    assert "allowBlobPublicAccess" in said
    assert inspect.show(store, "stprobe4711")["inputs"]["allowBlobPublicAccess"] is False
    assert inspect.show(store, "rg-probe")["inputs"]["tags"] == {"owner": "platform"}


def test_destroy_leaves_nothing_but_the_name_of_the_vault(probe: Probe) -> None:
    probe.run("destroy", "--yes", "--skip-preview")
    store = Store(probe.database)
    assert inspect.listing(store) == []
    assert [row["name"] for row in inspect.deleted(store)] == ["kv-probe-4711"]
    assert "kv-probe-4711" in probe.run("up", "--yes", "--skip-preview", code=1), "the name is still taken"


def test_what_exists_already_can_be_imported(probe: Probe) -> None:
    plane = ControlPlane(Store(probe.database), SUBSCRIPTION, TENANT, facts=TABLE, laws=LAWS)
    made = plane.create(GROUP, group_inputs(resourceGroupName="rg-found", tags={"owner": "somebody"}))
    probe.run("import", GROUP, "found", made.id, "--yes", "--generate-code=false", "--skip-preview")
    state = json.loads(probe.run("stack", "export"))["deployment"]["resources"]
    (found,) = [one for one in state if one["urn"].endswith("::found")]
    assert found["inputs"]["tags"] == {"owner": "somebody"}, "imported with all that can be written"


def test_no_plugin_outlives_a_killed_engine(probe: Probe) -> None:
    running = subprocess.Popen(
        [probe.pulumi, "up", "--yes", "--skip-preview", "--non-interactive"],
        cwd=probe.folder,
        env=probe.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    plugins: list[psutil.Process] = []
    while not plugins and running.poll() is None:
        plugins = [one for one in psutil.Process(running.pid).children(recursive=True) if _is_plugin(one)]
    assert plugins, "the engine started no plugin"
    running.send_signal(signal.SIGKILL)
    running.wait()
    started = time.monotonic()
    _, alive = psutil.wait_procs(plugins, timeout=15)
    # In a container nobody may collect the orphans' exit codes; what is dead is dead.
    alive = [one for one in alive if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    assert alive == [], f"still there after {time.monotonic() - started:.1f} s"


def _is_plugin(process: psutil.Process) -> bool:
    try:
        return "emulator.plugins" in process.cmdline()
    except psutil.Error:
        return False
