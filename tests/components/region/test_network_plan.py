"""What the stack file says of traffic arrives at the network."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ruamel.yaml import YAML

from components.network.vnet import NetworkToCreate
from components.region import foundation
from settings import load

ROOT = Path(__file__).resolve().parents[3]
HUB = (
    "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/h"
)


def plan(**network: Any) -> NetworkToCreate:
    document = YAML(typ="safe").load((ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8"))
    platform = document["config"]["aifabrix:platform"]
    platform["network"] = {**platform["network"], **network}
    stage: Any = SimpleNamespace(settings=load.config(ROOT, platform))
    made = foundation._network_plan(stage)
    assert isinstance(made, NetworkToCreate)
    return made


def test_nobody_is_let_in_and_nothing_is_peered_unless_the_file_says_so() -> None:
    made = plan()
    assert (list(made.ingress), list(made.peerings), made.gateway) == ([], [], None)


def test_rows_peerings_and_the_runner_arrive() -> None:
    office = {"name": "office", "source": "10.100.0.0/16", "reason": "Staff"}
    made = plan(ingress={"allow": [office], "peerings": [HUB], "gateway": HUB}, runner="azureDevOps")
    (row,) = made.ingress
    assert (row.name, row.source, row.subnet, row.ports) == ("office", "10.100.0.0/16", "endpoints", ("443",))
    assert (list(made.peerings), made.gateway) == ([HUB], HUB)
    assert {row.subnets for row in made.egress if row.name.startswith("azure-devops")} == {("runner",)}
