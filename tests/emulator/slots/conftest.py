"""A site with a staging slot, made by the local Azure's own laws."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.control import ControlPlane
from emulator.facts import TABLE
from emulator.laws import LAWS
from emulator.store import Store

SUBSCRIPTION = "11111111-2222-4333-8444-555555555555"
TENANT = "99999999-2222-4333-8444-555555555555"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-test"
SITE = f"{GROUP}/providers/Microsoft.Web/sites/app-one"
SLOT = f"{SITE}/slots/staging"
OLD, NEW = (f"DOCKER|cr.azurecr.io/team/app@sha256:{digit * 64}" for digit in "12")
IN: dict[str, Any] = {"resourceGroupName": "rg-test", "location": "swedencentral"}


def site_inputs(image: str, settings: dict[str, Any], **config: Any) -> dict[str, Any]:
    """Inputs of a site."""
    listed = [{"name": name, "value": value} for name, value in settings.items()]
    return {
        **IN,
        "name": "app-one",
        "serverFarmId": f"{GROUP}/providers/Microsoft.Web/serverfarms/asp-one",
        "siteConfig": {"linuxFxVersion": image, "appSettings": listed, "alwaysOn": True, **config},
    }


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A local Azure with one application: production runs the old image, the slot the new one."""
    opened = Store(tmp_path / "azure.db")
    opened.register(SUBSCRIPTION, TENANT)
    plane = ControlPlane(opened, SUBSCRIPTION, TENANT, facts=TABLE, laws=LAWS)
    plane.create("azure-native:resources:ResourceGroup", IN)
    plan = {**IN, "name": "asp-one", "kind": "linux", "reserved": True, "sku": {"name": "P0v3", "capacity": 1}}
    plane.create("azure-native:web:AppServicePlan", plan)
    own = {"LOG_LEVEL": "warn", "URL": "https://app-one", "ONLY_OLD": "1"}
    plane.create("azure-native:web:WebApp", site_inputs(OLD, own, numberOfWorkers=3, webSocketsEnabled=False))
    other = {"LOG_LEVEL": "debug", "URL": "https://app-one-staging"}
    slot = site_inputs(NEW, other, numberOfWorkers=1, webSocketsEnabled=True, alwaysOn=False)
    plane.create("azure-native:web:WebAppSlot", {**slot, "slot": "staging"})
    names = {"name": "app-one", "resourceGroupName": "rg-test", "appSettingNames": ["URL"]}
    plane.create("azure-native:web:WebAppSlotConfigurationNames", names)
    yield opened
    opened.close()
