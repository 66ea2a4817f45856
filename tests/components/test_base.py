"""What the base class promises to every component, and what the transform that makes previews fast may not do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi
import pytest
from pulumi_azure_native import keyvault, network, storage

from components.base import FabrixComponent, drop_sdk_aliases, install_transforms

SDK_RESOURCES: tuple[tuple[str, Callable[[pulumi.ResourceOptions], pulumi.Resource]], ...] = (
    ("network:NatGateway", lambda opts: network.NatGateway("it", resource_group_name="rg", opts=opts)),
    (
        "storage:BlobContainer",
        lambda opts: storage.BlobContainer("it", account_name="a", resource_group_name="rg", opts=opts),
    ),
    (
        "keyvault:Secret",
        lambda opts: keyvault.Secret(
            "it", properties={"value": "v"}, resource_group_name="rg", vault_name="v", opts=opts
        ),
    ),
)
"""One resource of each of three modules of the SDK."""


@dataclass(frozen=True, kw_only=True)
class ThingArgs:
    """Inputs of the component that the tests build."""

    size: int


class Thing(FabrixComponent[ThingArgs]):
    """A component with a known output, a mapping of outputs and something that is none."""

    thing_id: pulumi.Output[str]
    parts: dict[str, pulumi.Output[str]]
    size: int

    def build(self, name: str, args: ThingArgs) -> None:
        nat = network.NatGateway(name, resource_group_name="rg", opts=self.child(protect=True))
        self.size = args.size
        self.thing_id = nat.id
        self.parts = {"nat": nat.id}


class Forgetful(FabrixComponent[ThingArgs]):
    """Declares an output and never assigns it."""

    thing_id: pulumi.Output[str]

    def build(self, name: str, args: ThingArgs) -> None:
        """Do nothing."""


def test_a_component_registers_exactly_the_outputs_it_declares(plan: Callable[..., Any]) -> None:
    planned = plan(lambda: Thing("thing", ThingArgs(size=3)))
    (outputs,) = [values for urn, values in planned.outputs.items() if urn.endswith("::thing")]
    nat = planned.one("network:NatGateway")
    assert outputs == {"thing_id": "/id/network:NatGateway/thing", "parts": {"nat": "/id/network:NatGateway/thing"}}
    assert nat.parent.endswith("Thing::thing"), "a resource outside its component is lost in every view of the stack"
    assert nat.protect, "options given to child() reach the resource"


def test_a_component_that_forgets_an_output_fails_instead_of_registering_less(plan: Callable[..., Any]) -> None:
    with pytest.raises(AttributeError, match="thing_id"):
        plan(lambda: Forgetful("thing", ThingArgs(size=3)))


@pytest.mark.parametrize(("kind", "make"), SDK_RESOURCES, ids=[kind for kind, _ in SDK_RESOURCES])
def test_the_sdk_puts_aliases_on_its_resources_and_the_transform_drops_those_that_name_an_api_version(
    plan: Callable[..., Any], kind: str, make: Callable[[pulumi.ResourceOptions], pulumi.Resource]
) -> None:
    untouched = plan(lambda: make(pulumi.ResourceOptions())).one(kind)
    assert len(untouched.aliases) > 5, "the SDK no longer adds aliases: the transform and this test can go"

    def build() -> None:
        install_transforms()
        make(pulumi.ResourceOptions())

    kept = plan(build).one(kind).aliases
    assert not [alias for alias in kept if "/v2" in alias], (
        "each costs the engine a URN, and no state holds such a type"
    )
    assert set(kept) == {alias for alias in untouched.aliases if "/v2" not in alias}, (
        "types without an API version are in states: by their aliases a resource moves instead of being replaced"
    )


@pytest.mark.parametrize(("kind", "make"), SDK_RESOURCES, ids=[kind for kind, _ in SDK_RESOURCES])
def test_aliases_that_we_write_survive_the_transform(
    plan: Callable[..., Any], kind: str, make: Callable[[pulumi.ResourceOptions], pulumi.Resource]
) -> None:
    old_urn = "urn:pulumi:dev::aifabrix::azure-native:network:NatGateway::older"

    def build() -> None:
        install_transforms()
        make(pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old"), old_urn]))

    assert set(plan(build).one(kind).aliases) == {"name=old", old_urn}, "a rename would replace the resource"


def test_an_alias_of_ours_that_moves_a_resource_from_another_parent_survives() -> None:
    ours = pulumi.Alias(type_="azure-native:network:NatGateway", parent=pulumi.ROOT_STACK_RESOURCE)
    sdk = pulumi.Alias(type_="azure-native:network/v20240501:NatGateway")
    foreign = pulumi.Alias(type_="aifabrix:network:OldNetwork")
    opts = pulumi.ResourceOptions(aliases=[ours, sdk, foreign])
    result = drop_sdk_aliases(
        pulumi.ResourceTransformationArgs(resource=None, type_="t", name="n", props={}, opts=opts)  # ty: ignore[invalid-argument-type]
    )
    assert result is not None
    assert result.opts.aliases == [ours, foreign]
