"""Azure accepts a site that cannot pull its image; its container does not start, and says why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emulator import health, inspect
from emulator.control import ControlPlane
from emulator.facts import TABLE
from emulator.laws import LAWS
from emulator.store import Store
from stacks.cloud.local import LocalCloud
from targets.local import LocalTarget

from .conftest import GROUP, IN, SITE, SLOT, SUBSCRIPTION, TENANT

REGISTRY: dict[str, Any] = {**IN, "registryName": "crone1", "sku": {"name": "Premium"}}
DIGEST = f"sha256:{'1' * 64}"
IMAGE = f"crone1.azurecr.io/team/app@{DIGEST}"
MANAGED = "siteConfig.acrUseManagedIdentityCreds"


@pytest.fixture
def store(store: Store) -> Store:
    """The site of the other tests, with a registry of its own in the local Azure."""
    plane = ControlPlane(store, SUBSCRIPTION, TENANT, facts=TABLE, laws=LAWS)
    plane.create("azure-native:containerregistry:Registry", REGISTRY)
    store.add_image(f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/crone1", "team/app", "1", DIGEST)
    for site in (SITE, SLOT):
        inspect.change(store, site, "identity", {"type": "SystemAssigned"})
        inspect.change(store, site, "siteConfig.linuxFxVersion", f"DOCKER|{IMAGE}")
        inspect.change(store, site, MANAGED, True)
    return store


def accept_arm_tokens(store: Store, status: str) -> None:
    inspect.change(store, "crone1", "policies.azureADAuthenticationAsArmPolicy.status", status)


@pytest.mark.parametrize("site", [SITE, SLOT])
def test_no_identity_pulls_from_a_registry_that_refuses_arm_tokens(store: Store, site: str) -> None:
    accept_arm_tokens(store, "disabled")
    code, body = health.probe(store, site)
    assert code == 503
    assert body.startswith("ImagePullFailure: UNAUTHORIZED: token validation failed")


@pytest.mark.parametrize("site", [SITE, SLOT])
def test_identities_pull_where_arm_tokens_are_accepted(store: Store, site: str) -> None:
    assert health.probe(store, site)[0] == 200, "accepted unless a registry says otherwise"
    accept_arm_tokens(store, "enabled")
    assert health.probe(store, site)[0] == 200


def test_a_password_needs_no_token(store: Store) -> None:
    accept_arm_tokens(store, "disabled")
    inspect.change(store, SITE, MANAGED, False)
    assert health.probe(store, SITE)[0] == 200


def test_whoever_asks_for_the_health_reads_why(store: Store, tmp_path: Path) -> None:
    accept_arm_tokens(store, "disabled")
    found = LocalCloud(LocalTarget(tmp_path)).health("app-one", "/health", SITE, "one")
    assert not found.ok
    assert "ImagePullFailure" in found.detail


def test_an_image_that_the_registry_does_not_have_is_not_pulled(store: Store) -> None:
    inspect.change(store, SITE, "siteConfig.linuxFxVersion", f"DOCKER|{IMAGE.replace('1' * 64, '2' * 64)}")
    code, body = health.probe(store, SITE)
    assert (code, body.partition("; ")[0]) == (
        503,
        f"ImagePullFailure: manifest unknown: crone1 has no team/app@sha256:{'2' * 64}",
    )
