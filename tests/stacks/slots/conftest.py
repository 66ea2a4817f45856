"""States as the engine exports them, made of what the local Azure holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emulator import wire
from emulator.store import Store
from emulator.stored_object import StoredObject
from settings import PlatformSettings, load

ROOT = Path(__file__).resolve().parents[3]
GROUP = "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg"
TOKENS = {"sites": "WebApp", "slots": "WebAppSlot", "config": "WebAppSlotConfigurationNames"}


@pytest.fixture(scope="session")
def settings() -> PlatformSettings:
    """The settings of the development stack."""
    return load.stack(ROOT, "dev")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty local Azure."""
    opened = Store(tmp_path / "azure.db")
    yield opened
    opened.close()


def place(store: Store, name: str, site: dict[str, Any], slot: dict[str, Any], names: dict[str, Any]) -> str:
    """Put a site with a slot into the local Azure; return the site's id."""
    own = f"{GROUP}/providers/Microsoft.Web/sites/{name}"
    for arm_id, kind, inputs in (
        (own, "sites", {"name": name, "siteConfig": site}),
        (f"{own}/slots/staging", "slots", {"name": name, "slot": "staging", "siteConfig": slot}),
        (f"{own}/config/slotConfigNames", "config", {"name": name, **names}),
    ):
        outputs = {**inputs, "defaultHostName": f"{name}.azurewebsites.net"}
        arm_type = f"Microsoft.Web/{kind}" if kind == "sites" else f"Microsoft.Web/sites/{kind}"
        token = f"azure-native:web:{TOKENS[kind]}"
        store.put(StoredObject(id=arm_id, token=token, arm_type=arm_type, inputs=inputs, outputs=outputs))
    return own


def deployment(store: Store) -> dict[str, Any]:
    """What the state says of everything that is there; secrets in the form of the wire."""
    stack = {"urn": "urn:pulumi:dev::aifabrix::pulumi:pulumi:Stack::s", "type": "pulumi:pulumi:Stack", "outputs": {}}
    entries = [
        {
            "urn": f"urn:pulumi:dev::aifabrix::{record.token}::{record.id}",
            "type": record.token,
            "custom": True,
            "id": record.id,
            "inputs": wire.dump(record.inputs),
            "outputs": wire.dump(record.outputs),
        }
        for record in store.objects()
    ]
    return {"resources": [stack, *entries]}


def as_of(settings: PlatformSettings, key: str) -> PlatformSettings:
    """Settings with one application alone."""
    return replace(settings, apps=(settings.app(key),))
