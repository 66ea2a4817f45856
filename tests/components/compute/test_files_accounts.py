"""The key of a storage account opens every share in it: who runs its users' code has an account of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components.platform import Platform
from settings import load

ROOT = Path(__file__).parents[3]
KEY = "AIFABRIX_FILES_ACCOUNT_KEY"


@pytest.fixture(scope="module")
def planned(plan: Any) -> Any:
    """The production stack that ships."""
    return plan(lambda: Platform.of(load.stack(ROOT, "prod")), preview=True)


def mounts(planned: Any) -> dict[str, tuple[str, str]]:
    """Site → the account and the share that it mounts."""
    found = {}
    for site in (*planned.of("web:WebApp"), *planned.of("web:WebAppSlot")):
        for mount in (site.inputs["siteConfig"].get("azureStorageAccounts") or {}).values():
            found[site.name] = (mount["accountName"], mount["shareName"])
    return found


def test_flowise_shares_its_account_with_nobody(planned: Any) -> None:
    found = mounts(planned)
    own = {account for site, (account, _) in found.items() if "flowise" in site}
    others = {account for site, (account, _) in found.items() if "flowise" not in site}
    assert len(own) == 1 and others and not own & others
    assert {"app-sdc-flowise", "slot-sdc-flowise"} <= found.keys()


def test_what_is_mounted_exists(planned: Any) -> None:
    shares = {(s.inputs["accountName"], s.inputs["shareName"]) for s in planned.of("storage:FileShare")}
    assert set(mounts(planned).values()) <= shares


def test_the_share_that_was_mounted_before_is_still_there(planned: Any) -> None:
    account = planned.one("storage:StorageAccount", "storage-sdc-files").inputs["accountName"]
    kept = {s.inputs["shareName"] for s in planned.of("storage:FileShare") if s.inputs["accountName"] == account}
    assert "flowise" in kept, "moving the files out, and back, must lose nothing"


def test_flowise_reads_its_own_key_and_no_other(planned: Any) -> None:
    for site in (s for s in planned.of("web:WebApp") if KEY in str(s.inputs["siteConfig"]["appSettings"])):
        (key,) = [s["value"] for s in site.inputs["siteConfig"]["appSettings"] if s["name"] == KEY]
        assert ("flowise-storage-keyKeyVault" in key) == ("flowise" in site.name)
    rights = {r.name for r in planned.of("authorization:RoleAssignment") if "storage-key" in r.name.lower()}
    mine = {name for name in rights if "-flowise-storage-keyKeyVault" in name}
    assert len(mine) == 1 and "access-sdc-flowise" in next(iter(mine))
    assert not {name for name in rights - mine if "access-sdc-flowise" in name}
