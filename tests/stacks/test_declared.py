"""What was declared to the local Azure exists there, and nothing else that a stack file says exists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emulator import inspect
from settings import PlatformSettings
from stacks import declared, existing
from stacks.preflight.checks import CHECKS
from stacks.preflight.model import Level, Scene
from stacks.preflight.questions import LocalQuestions
from stacks.preflight.run import run
from support.console import Console
from support.errors import Exit, OperationError
from targets.local import LocalTarget

from .test_existing import HUB, NAMES, SUBNETS, VNET, ZONES, settings

BLOCKS = {"endpoints": "10.20.1.0/24", "apps": "10.20.2.0/24", "jobs": "10.20.3.0/27", "runner": "10.20.3.32/27"}
SERVICES = {"apps": "Microsoft.Web/serverFarms", "jobs": "Microsoft.App/environments"}
GROUP = "5f0c2a9e-7d41-4b7e-9a53-0c8e1d6b2f31"
NETWORK = {"network": {"mode": "existing", "id": VNET, "subnets": SUBNETS}}


def vnet(**more: Any) -> dict[str, Any]:
    """As `az network vnet list` prints it."""
    subnets = [
        {
            "name": SUBNETS[role],
            "addressPrefix": BLOCKS[role],
            "delegations": [{"name": "d", "serviceName": SERVICES[role]}] if role in SERVICES else [],
        }
        for role in SUBNETS
    ]
    spaces = {"addressPrefixes": ["10.20.0.0/16"]}
    return {"id": VNET, "location": "swedencentral", "addressSpace": spaces, "subnets": subnets, **more}


@pytest.fixture
def target(tmp_path: Path) -> LocalTarget:
    return LocalTarget(tmp_path / "local")


def declare(target: LocalTarget, tmp_path: Path, *rows: Any) -> tuple[list[str], list[str]]:
    file = tmp_path / "there.json"
    file.write_text(json.dumps(list(rows)))
    return declared.declare(target, file, settings())


class Session:
    def __init__(self, target: LocalTarget, chosen: PlatformSettings) -> None:
        self.stack, self.target, self.settings, self.console = "dev", target, chosen, Console(as_json=True)


def before_up(target: LocalTarget, **changes: Any) -> list[str]:
    return existing.create_existing_objects(Session(target, settings(**changes)))  # ty: ignore[invalid-argument-type]


def found(target: LocalTarget, check: str, **changes: Any) -> list[Level]:
    scene = Scene("dev", settings(**changes), LocalQuestions(target))
    (verdict,) = run(scene, [one for one in CHECKS if one.id == check])
    return [one.level for one in verdict.findings]


def test_without_a_declaration_the_stack_file_is_believed_and_it_is_said(
    target: LocalTarget, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "vnet-spoke-ai" in before_up(target, **NETWORK)[0]
    assert "./fabrix azure declare dev FILE" in capsys.readouterr().err


def test_what_was_declared_is_found_and_nothing_is_made_up(target: LocalTarget, tmp_path: Path) -> None:
    new, known = declare(target, tmp_path, vnet())
    assert len(new) == 1 + len(SUBNETS) and known == []
    assert before_up(target, **NETWORK) == []
    assert set(found(target, "existing-network", **NETWORK)) == {Level.PASS}
    with target.store() as store:
        assert {row["owner"] for row in inspect.listing(store)} == {"customer"}
        assert inspect.show(store, VNET)["inputs"]["addressSpace"]["addressPrefixes"] == ["10.20.0.0/16"]
    assert declare(target, tmp_path, vnet()) == ([], [VNET, *(f"{VNET}/subnets/{name}" for name in SUBNETS.values())])


def test_a_network_that_nobody_declared_is_refused_by_the_preflight_and_by_up(
    target: LocalTarget, tmp_path: Path
) -> None:
    declare(target, tmp_path, vnet())
    wrong = {"network": {"mode": "existing", "id": f"{VNET}-typo", "subnets": SUBNETS}}
    assert Level.FAIL in found(target, "existing-network", **wrong)
    with pytest.raises(OperationError, match="vnet-spoke-ai-typo does not exist") as refused:
        before_up(target, **wrong)
    assert refused.value.code is Exit.REFUSED and "./fabrix azure declare dev FILE" in str(refused.value)
    with target.store() as store:
        assert store.object(f"{VNET}-typo") is None


def test_everything_that_is_missing_is_named_at_once(target: LocalTarget, tmp_path: Path) -> None:
    here = vnet()
    here["subnets"] = [one for one in here["subnets"] if one["name"] != SUBNETS["jobs"]]
    here["subnets"][1]["delegations"] = []
    declare(target, tmp_path, here)
    with pytest.raises(OperationError) as refused:
        before_up(
            target, **NETWORK, dns={"mode": "existing", "zones": ZONES}, groups={"mode": "existing", "suffix": "-dev"}
        )
    missing = refused.value.details["missing"]
    assert any("subnet snet-jobs (jobs) does not exist" in text for text in missing)
    assert any("snet-apps (apps) is delegated to nothing" in text for text in missing)
    assert sum("privateDnsZones" in text for text in missing) == len(ZONES)
    assert sum("groups are called" in text for text in missing) == len(NAMES)


def test_zones_links_groups_and_the_form_of_arm_are_taken(target: LocalTarget, tmp_path: Path) -> None:
    zone = next(iter(ZONES.values()))
    arm = {
        "id": VNET,
        "location": "swedencentral",
        "properties": {"addressSpace": {"addressPrefixes": ["10.9.0.0/16"]}},
    }
    link = {"id": f"{zone}/virtualNetworkLinks/hub", "virtualNetwork": {"id": VNET}}
    group = {"id": GROUP, "displayName": NAMES[0]}
    new, _ = declare(target, tmp_path, group, link, {"id": zone}, arm)
    assert new == [VNET, zone, link["id"], group["id"]], "what others refer to comes first"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"name": "vnet"}, "an object with an id is expected"),
        ({"id": f"{HUB}/publicIPAddresses/ip"}, "is of type Microsoft.Network/publicIPAddresses"),
        ({"id": VNET}, "addressSpace"),
        ({"id": "a-group"}, "neither an ARM id nor a group"),
        ({"id": GROUP, "displayName": "A", "userPrincipalName": "a@contoso.example"}, "neither an ARM id nor a group"),
        ({"id": "/providers/Microsoft.Network/virtualNetworks/x", "addressSpace": {}}, "of the form /subscriptions/"),
        ({"id": "/subscriptions/s/providers/Microsoft.Network/virtualNetworks/x"}, "of the form /subscriptions/"),
    ],
)
def test_what_cannot_be_declared_is_refused_and_nothing_is(
    target: LocalTarget, tmp_path: Path, row: dict[str, Any], words: str
) -> None:
    with pytest.raises(OperationError, match=r"\[1\]") as refused:
        declare(target, tmp_path, vnet(), row)
    assert words in str(refused.value) and "az network vnet list" in str(refused.value)
    assert refused.value.code is Exit.BAD_INPUT and not declared.is_declared(target)


@pytest.mark.parametrize("content", [b"[" * 100_000, b"\xff\xfe", b"{"], ids=["deep", "no text", "cut"])
def test_a_file_that_is_no_json_is_bad_input(target: LocalTarget, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "there.json"
    file.write_bytes(content)
    with pytest.raises(OperationError, match="is not JSON") as refused:
        declared.declare(target, file, settings())
    assert refused.value.code is Exit.BAD_INPUT


def test_a_file_of_powershell_is_read(target: LocalTarget, tmp_path: Path) -> None:
    file = tmp_path / "there.json"
    file.write_text(json.dumps([vnet()]), encoding="utf-8-sig")
    assert declared.declare(target, file, settings())[0][0] == VNET


def test_laws_hold_for_what_is_declared_and_a_refusal_leaves_nothing(target: LocalTarget, tmp_path: Path) -> None:
    here = vnet(addressSpace={"addressPrefixes": ["10.99.0.0/16"]})
    with pytest.raises(OperationError, match="Nothing was declared"):
        declare(target, tmp_path, here)
    with target.store() as store:
        assert inspect.listing(store) == []
    assert not declared.is_declared(target)
