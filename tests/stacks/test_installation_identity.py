"""What an installation is called and where it is: not changed by a deployment unless somebody asks for it by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from settings import PlatformSettings, load
from settings.groups import GROUPS
from settings.installation import Installation
from settings.security import ExistingGroups, ListedGroups, Security
from stacks import installation_identity
from stacks.installation_identity import changes, deployed_as, refuse_disagreement, refuse_losing_groups
from stacks.state import resource_graph
from support.checkout import ROOT
from support.errors import Exit, OperationError
from tests.conftest import Checkout

DEV = load.stack(ROOT, "dev")


def state(**more: Any) -> dict[str, Any]:
    """What dev has in its state, as far as it says who it is."""
    own = DEV.installation
    group = DEV.names.of("resource_group", "security")
    where = f"/subscriptions/{own.subscription_id}/resourceGroups/{group}"
    vault = {"location": own.region, "tags": DEV.tags, "properties": {"tenantId": own.tenant_id}, **more}
    made = {
        "azure-native:resources:ResourceGroup": (where, {"resourceGroupName": group}),
        "azure-native_keyvault_v20260201:keyvault:Vault": (f"{where}/providers/Microsoft.KeyVault/vaults/kv", vault),
    }
    return {
        "resources": [
            {
                "urn": f"urn:pulumi:dev::aifabrix::{kind}::it",
                "type": kind,
                "custom": True,
                "id": arm_id,
                "inputs": inputs,
            }
            for kind, (arm_id, inputs) in made.items()
        ]
    }


def with_(**own: Any) -> Installation:
    return DEV.installation.model_copy(update=own)


def test_what_is_deployed_is_the_installation_of_the_stack_file() -> None:
    deployed = deployed_as(resource_graph(state()))
    assert set(deployed) == {"serviceName", "environment", "tenantId", "subscriptionId", "region", "instance"}
    assert not list(changes(deployed, DEV.installation))


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"service_name": "acme"}, "serviceName: aifabrix to acme"),
        ({"environment": "tst"}, "environment: dev to tst"),
        ({"tenant_id": "f" * 8}, f"tenantId: {DEV.installation.tenant_id} to ffffffff"),
        ({"subscription_id": "f" * 8}, f"subscriptionId: {DEV.installation.subscription_id} to ffffffff"),
        ({"region": "westeurope"}, "region: swedencentral to westeurope"),
        ({"instance": 2}, "instance: 1 to 2"),
    ],
)
def test_another_identity_is_named(own: dict[str, Any], said: str) -> None:
    assert list(changes(deployed_as(resource_graph(state())), with_(**own))) == [said]


def test_a_state_that_does_not_say_who_it_is_stops_nobody() -> None:
    assert not list(changes(deployed_as(resource_graph({"resources": []})), with_(service_name="acme")))


def settings_with(**sections: Any) -> PlatformSettings:
    """The settings of dev, with sections of its stack file changed."""
    return replace(DEV, file=DEV.file.model_copy(update=sections))


class Deployed:
    """A session of dev, whose stack file has another service name."""

    stack = "dev"

    def __init__(self, **sections: Any) -> None:
        self.settings = settings_with(**(sections or {"installation": with_(service_name="acme")}))


def refused(monkeypatch: pytest.MonkeyPatch, asked: str = "", session: Deployed | None = None, *more: Any) -> str:
    deployment = {"resources": [*state()["resources"], *more]}
    monkeypatch.setattr(installation_identity, "deployed_state", lambda _: {"deployment": deployment})
    with pytest.raises(OperationError) as error:
        installation_identity.refuse_replacement(session or Deployed(), asked)  # ty: ignore[invalid-argument-type]
    assert error.value.code is Exit.BAD_INPUT
    return str(error.value)


def test_the_refusal_says_what_would_be_lost_and_how_to_ask_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refused(monkeypatch)
    assert "installation.serviceName: aifabrix to acme" in said and "All 2 resources" in said
    assert "./fabrix up dev --replace-installation aifabrix" in said


def test_it_has_to_be_asked_for_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "dev is installed as aifabrix" in refused(monkeypatch, "acme")
    same = Deployed(installation=DEV.installation)
    for session, given_up in ((Deployed(), "aifabrix"), (same, "")):
        assert installation_identity.refuse_replacement(session, "aifabrix") == given_up  # ty: ignore[invalid-argument-type]


IDS = {group.role: f"5f0c2a9e-7d41-4b7e-9a53-0c8e1d6b2f3{place}" for place, group in enumerate(GROUPS)}
LISTED = DEV.security.model_copy(update={"groups": ListedGroups.model_validate({"mode": "ids", "objectIds": IDS})})
NAMED = DEV.security.model_copy(update={"groups": ExistingGroups(mode="existing", suffix="-dev")})
OWN = f"{GROUPS[0].display_name}-dev"


def created_group(name: str, object_id: str = "") -> dict[str, Any]:
    """An Entra group that the stack created, as its state has it."""
    kind = "azuread:index/group:Group"
    outputs = {"objectId": object_id, "displayName": name}
    return {"urn": f"urn:pulumi:dev::aifabrix::{kind}::group", "type": kind, "custom": True, "outputs": outputs}


@pytest.mark.parametrize("security", [LISTED, NAMED], ids=["ids", "existing"])
@pytest.mark.parametrize("asked", ["", "aifabrix"])
def test_groups_that_the_stack_created_are_not_taken_for_existing_ones(
    monkeypatch: pytest.MonkeyPatch, security: Security, asked: str
) -> None:
    group = created_group(OWN, IDS[GROUPS[0].role])
    assert OWN in refused(monkeypatch, asked, Deployed(security=security), group)


def test_groups_of_others_and_groups_that_stay_the_stacks_own_stop_nobody() -> None:
    own = {"resources": [created_group(OWN, IDS[GROUPS[0].role])]}
    refuse_losing_groups(own, DEV, "dev")
    refuse_losing_groups({"resources": [created_group("Other", "x")]}, settings_with(security=LISTED), "dev")


def write(root: Path, **stacks: tuple[str, str]) -> Path:
    for stack, (service, tenant) in stacks.items():
        own = f"{{serviceName: {service}, tenantId: {tenant}}}"
        text = f"config:\n  aifabrix:platform:\n    installation: {own}\n"
        (root / f"Pulumi.{stack}.yaml").write_text(text, encoding="utf-8")
    return root


def test_the_shipped_stacks_agree() -> None:
    refuse_disagreement()


@pytest.mark.parametrize(
    ("stacks", "said"),
    [
        ({"dev": ("a", "t"), "prod": ("b", "t")}, "installation.serviceName is the same in dev, test and prod"),
        ({"dev": ("a", "t"), "test": ("a", "u")}, "t in Pulumi.dev.yaml, u in Pulumi.test.yaml"),
        ({"east": ("a", "t"), "west": ("a", "u")}, "installation.tenantId is the same in all stacks of a"),
    ],
)
def test_stacks_of_one_installation_agree(tmp_path: Path, stacks: dict[str, tuple[str, str]], said: str) -> None:
    with pytest.raises(OperationError) as error:
        refuse_disagreement(write(tmp_path, **stacks))
    assert error.value.code is Exit.BAD_INPUT and said in str(error.value)


def test_two_installations_in_one_checkout_need_not(tmp_path: Path) -> None:
    refuse_disagreement(write(tmp_path, dev=("a", "t"), prod=("a", "t"), acme=("b", "u")))


def test_check_compares_the_stacks_before_anything_is_rehearsed(checkout: Checkout) -> None:
    checkout.edit("Pulumi.test.yaml", (DEV.installation.tenant_id, "00000000-0000-4000-8000-00000000000a"))
    done = checkout.fabrix("check", "dev", "--json").must(2)
    assert "installation.tenantId is the same in dev, test and prod" in done.document["error"]


@pytest.mark.engine
@pytest.mark.parametrize("command", ["preview", "up"])
def test_a_renamed_installation_is_refused_before_the_engine_starts(
    checkout: Checkout, dev_deployed: Any, command: str
) -> None:
    dev_deployed(checkout)
    checkout.edit("Pulumi.dev.yaml", ("serviceName: aifabrix", "serviceName: acme"))
    confirmed = ("--yes",) if command == "up" else ()
    done = checkout.fabrix(command, "dev", *confirmed, "--json").must(2)
    assert "serviceName: aifabrix to acme" in done.document["error"] and "and the data in" in done.document["error"]
