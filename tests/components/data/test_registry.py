"""What the container registry promises."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest
from pulumi_azure_native import resources

from components.data.registry import FillRegistry, Registry, RegistryArgs


@pytest.fixture(scope="module")
def args(context: Any, access: Any, sink: Any) -> RegistryArgs:
    return RegistryArgs(
        context=context, resource_group_name="rg-aifabrix-dev", zone_redundant=True, access=access, sink=sink
    )


@pytest.fixture(scope="module")
def planned(plan: Any, args: RegistryArgs) -> Any:
    return plan(lambda: Registry("registry-sdc", args))


@pytest.fixture(scope="module")
def registry(planned: Any) -> Any:
    return planned.one("containerregistry:Registry")


def test_it_has_the_one_tier_with_private_endpoints_and_uses_one(planned: Any, registry: Any) -> None:
    assert registry.inputs["sku"] == {"name": "Premium"}
    (connection,) = planned.one("network:PrivateEndpoint").inputs["privateLinkServiceConnections"]
    assert connection["groupIds"] == ["registry"]
    assert connection["privateLinkServiceId"].endswith(f"/registries/{registry.inputs['registryName']}")


def test_nobody_pulls_without_an_identity(registry: Any) -> None:
    assert registry.inputs["adminUserEnabled"] is False
    assert registry.inputs["anonymousPullEnabled"] is False


def test_the_tokens_that_app_service_pulls_with_are_accepted(registry: Any) -> None:
    assert registry.inputs["policies"]["azureADAuthenticationAsArmPolicy"]["status"] == "enabled"


def test_no_address_of_the_internet_reaches_it(registry: Any) -> None:
    assert registry.inputs["publicNetworkAccess"] == "Disabled"
    assert registry.inputs["networkRuleSet"] == {"defaultAction": "Deny"}
    assert registry.inputs["networkRuleBypassOptions"] == "AzureServices"


def test_no_image_leaves_it_for_another_registry(registry: Any) -> None:
    assert registry.inputs["policies"]["exportPolicy"]["status"] == "disabled"


def test_an_image_that_a_release_names_by_digest_never_vanishes_with_its_tag(registry: Any) -> None:
    assert registry.inputs["policies"]["retentionPolicy"]["status"] == "disabled", "it deletes what has lost its tag"
    assert registry.inputs["policies"]["softDeletePolicy"] == {"status": "enabled", "retentionDays": 30}


@pytest.mark.parametrize(("asked", "sent"), [(True, "Enabled"), (False, "Disabled")])
def test_zone_redundancy_is_a_choice(plan: Any, args: RegistryArgs, *, asked: bool, sent: str) -> None:
    changed = plan(lambda: Registry("registry-sdc", dataclasses.replace(args, zone_redundant=asked)))
    assert changed.one("containerregistry:Registry").inputs["zoneRedundancy"] == sent


def test_it_is_protected_and_locked_after_everything_below_it(planned: Any, registry: Any) -> None:
    assert registry.protect
    lock = planned.one("authorization:ManagementLockByScope")
    assert lock.inputs["level"] == "CanNotDelete"
    assert "monitor:DiagnosticSetting registry-sdc" in lock.depends_on


def test_a_preview_knows_the_host_name_that_image_references_begin_with(
    plan: Any, args: RegistryArgs, registry: Any
) -> None:
    previewed = plan(lambda: Registry("registry-sdc", args).login_server, preview=True)
    assert previewed.result == f"{registry.inputs['registryName']}.azurecr.io"


def test_whatever_refers_to_an_image_waits_until_the_images_are_in(plan: Any, args: RegistryArgs) -> None:
    filled: list[str] = []

    async def fill(host: str) -> None:
        await asyncio.sleep(0)
        filled.append(host)

    def build() -> Any:
        made = Registry("registry-sdc", dataclasses.replace(args, images=fill))
        return made.login_server.apply(lambda host: [host, *filled])

    host, given = plan(build).result
    assert host == given and host.endswith(".azurecr.io")


def test_a_site_depends_on_the_same_resources_whether_or_not_images_are_imported(plan: Any, args: RegistryArgs) -> None:
    """A preview imports none, and the engine refuses to apply a plan whose dependencies have changed."""

    async def fill(_host: str) -> None:
        await asyncio.sleep(0)

    def user(images: FillRegistry | None) -> frozenset[str]:
        def build() -> None:
            made = Registry("registry-sdc", dataclasses.replace(args, images=images))
            resources.ResourceGroup("user", tags={"host": made.login_server})

        return plan(build).one("resources:ResourceGroup", "user").depends_on

    assert user(fill) == user(None)


def test_where_the_images_do_not_come_in_nothing_refers_to_one(plan: Any, args: RegistryArgs) -> None:
    async def fail(_host: str) -> None:
        raise RuntimeError("no such image")

    with pytest.raises(Exception, match="no such image"):
        plan(lambda: Registry("registry-sdc", dataclasses.replace(args, images=fail)).login_server)
