"""Key Vault's resources use an API version that stays, and states of earlier programs move without a change."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulumi_azure_native import keyvault

from components.shared import keyvault_api
from emulator.tokens import VersionedPackage, sdk_token
from tests.emulator.core.conftest import SUBSCRIPTION, TENANT
from tests.emulator.core.test_with_engine import Probe

_COMMON = f"""
import pulumi
from pulumi import ResourceOptions
from pulumi_azure_native import resources

group = resources.ResourceGroup("group", resource_group_name="rg-probe", location="swedencentral",
    opts=ResourceOptions(provider=provider))
vault = module.Vault("vault", vault_name="kv-probe-4711", resource_group_name=group.name, location=group.location,
    properties={{"tenant_id": "{TENANT}", "sku": {{"family": "A", "name": "standard"}},
                "enable_rbac_authorization": True, "enable_soft_delete": True, "enable_purge_protection": True}},
    opts=ResourceOptions(provider=vaults, protect=True))
module.Secret("secret", secret_name="db", vault_name=vault.name, resource_group_name=group.name,
    properties={{"value": "example"}}, opts=ResourceOptions(provider=vaults))
"""
BEFORE = f"""
import pulumi_azure_native
from pulumi_azure_native import keyvault as module

provider = vaults = pulumi_azure_native.Provider("azure", subscription_id="{SUBSCRIPTION}", tenant_id="{TENANT}")
{_COMMON}"""
AFTER = f"""
from components.base import install_transforms
from components.shared import keyvault_api as module

install_transforms()
provider, vaults = module.providers("{SUBSCRIPTION}", "{TENANT}")
{_COMMON}"""


def test_the_parameter_names_module_and_version_as_the_provider_expects(
    monkeypatch: pytest.MonkeyPatch, plan: Callable[..., Any]
) -> None:
    registered: list[tuple[str, ...]] = []

    async def register(*parts: str) -> str:
        registered.append(parts)
        return "reference"

    monkeypatch.setattr(keyvault_api, "register_package", register)
    properties = keyvault.VaultPropertiesArgs(
        tenant_id=TENANT, sku=keyvault.SkuArgs(family="A", name=keyvault.SkuName.STANDARD)
    )
    planned = plan(lambda: keyvault_api.Vault("vault", resource_group_name="rg", properties=properties))
    vault = planned.one("keyvault:Vault")
    (base, version, _, name, package_version, parameter), *_ = registered
    assert (base, name, version) == ("azure-native", keyvault_api.PACKAGE, package_version)
    package = VersionedPackage.from_parameter(base64.b64decode(parameter))
    assert (package.name, package.api_version) == (name, "2026-02-01"), "the provider would serve another version"
    assert "type=azure-native:keyvault:Vault" in vault.aliases, "a state of an earlier program would be replaced"


def test_a_token_of_a_versioned_package_means_the_type_of_the_sdk() -> None:
    assert sdk_token("azure-native_keyvault_v20260201:keyvault:Secret") == "azure-native:keyvault:Secret"
    for token in ("azure-native:keyvault:Secret", "random:index/randomPassword:RandomPassword", "pulumi:providers:x"):
        assert sdk_token(token) == token


@pytest.mark.engine
class TestAStateOfAnEarlierProgram:
    """One stack, from the SDK's own types to those of the package, and past the day of retirement."""

    @pytest.fixture(scope="class")
    @staticmethod
    def probe(tmp_path_factory: pytest.TempPathFactory, engine_environment: Callable[[Path], Any]) -> Probe:
        folder = tmp_path_factory.mktemp("keyvault")
        found = Probe(folder, engine_environment(folder))
        found.environment["PYTHONPATH"] = str(Path(__file__).parents[3])
        (folder / "__main__.py").write_text(BEFORE)
        found.run("up", "--yes", "--skip-preview")
        return found

    def test_cannot_be_changed_by_it_after_the_retirement(self, probe: Probe) -> None:
        (probe.folder / "__main__.py").write_text(BEFORE.replace('"example"', '"changed"'))
        probe.environment["FABRIX_NOW"] = "2027-02-26T12:00:00Z"
        probe.run("preview")
        probe.environment["FABRIX_NOW"] = "2027-02-27T12:00:00Z"
        refused = probe.run("preview", code=1)
        assert "NoRegisteredProviderFound" in refused and "2026-02-01 or later" in refused, refused

    def test_moves_to_the_package_without_a_change(self, probe: Probe) -> None:
        (probe.folder / "__main__.py").write_text(AFTER)
        plan = json.loads(probe.run("preview", "--json", "--show-sames"))
        steps = {step["urn"].rsplit("::", 1)[-1]: step["op"] for step in plan["steps"]}
        assert (steps["vault"], steps["secret"]) == ("same", "same"), steps
        probe.run("up", "--yes", "--skip-preview")
        state = json.loads(probe.run("stack", "export"))["deployment"]["resources"]
        types = {entry["urn"].rsplit("::", 1)[-1]: entry["type"] for entry in state}
        assert types["vault"] == f"{keyvault_api.PACKAGE}:keyvault:Vault", types
        probe.run("preview", "--expect-no-changes")
        (probe.folder / "__main__.py").write_text(AFTER.replace('"example"', '"changed"'))
        probe.run("up", "--yes", "--skip-preview")
