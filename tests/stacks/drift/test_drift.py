"""Drift as an operator meets it: launcher, real engine, local Azure. The tests share one deployment, in order.

What one test changes, it changes back: the deployment stays what the state says.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from emulator import inspect, slots
from emulator.failover import fail_over
from emulator.store import Store
from tests.cli.json_contract import hold
from tests.conftest import Checkout, Result

pytestmark = pytest.mark.engine

NEXT = "2026.12.0"


@pytest.fixture(scope="module")
def deployed(module_checkout: Checkout) -> Checkout:
    """A development stack that runs one release and has the next one in its slots."""
    manifest = (module_checkout.root / "releases" / "2026.11.0.yaml").read_text(encoding="utf-8")
    newer = manifest.replace("id: 2026.11.0", f"id: {NEXT}").replace(
        "version: 3.0.8\n    digest: sha256:b1", "version: 3.0.9\n    digest: sha256:b2"
    )
    assert newer.count("sha256:b2") == 1, "the next release must differ in one image"
    (module_checkout.root / "releases" / f"{NEXT}.yaml").write_text(newer, encoding="utf-8")
    pair = ("release: 2026.11.0", f"release: {{running: 2026.11.0, standby: {NEXT}}}")
    two_zones = ("highAvailability: SameZone", "highAvailability: ZoneRedundant")  # for what a failover changes
    module_checkout.edit("Pulumi.dev.yaml", pair, two_zones)
    module_checkout.fabrix("up", "dev", "--yes").must()
    return module_checkout


@pytest.fixture
def restored(deployed: Checkout) -> Iterator[None]:
    """Put the local Azure back as it was before the test."""
    with closing(sqlite3.connect(deployed.local / "azure.db")) as live, closing(sqlite3.connect(":memory:")) as kept:
        live.backup(kept)
        yield
        kept.backup(live)


def drift(place: Checkout, code: int) -> Result:
    """Ask for drift."""
    return place.fabrix("drift", "dev", "--json").must(code)


def flowise(place: Checkout) -> tuple[Store, str]:
    """The local Azure and the id of one application's site in it."""
    store = Store(place.local / "azure.db")
    return store, next(one.id for one in store.objects("Microsoft.Web/sites") if "flowise" in one.id)


def by_name(place: Checkout, kind: str) -> str:
    """The id of the first object of a kind."""
    return place.fabrix("azure", "list", kind, "--json").must().document["objects"][0]["id"]


def test_what_was_just_deployed_has_not_drifted(deployed: Checkout) -> None:
    done = drift(deployed, 0)
    assert (done.document["ok"], done.document["drift"]) == (True, [])
    assert done.stderr.startswith("Target: local Azure (emulated")


def test_a_stack_that_is_not_deployed_cannot_drift(deployed: Checkout) -> None:
    done = deployed.fabrix("drift", "test", "--json").must(2)
    assert "test is not deployed" in done.document["error"]
    assert not (deployed.local / "state/.pulumi/stacks/aifabrix/test.json").exists(), "looking makes no stack"


@pytest.mark.usefixtures("restored")
def test_each_change_by_hand_is_named_and_nothing_is_changed_by_looking(deployed: Checkout) -> None:
    store, site = flowise(deployed)
    plan, vault = by_name(deployed, "serverfarms"), by_name(deployed, "Microsoft.KeyVault/vaults")
    state = (deployed.local / "state/.pulumi/stacks/aifabrix/dev.json").read_bytes()
    listed = inspect.show(store, site)["inputs"]["siteConfig"]["appSettings"]
    index = next(number for number, one in enumerate(listed) if "KeyVault" in one["value"])
    inspect.change(store, site, f"siteConfig.appSettings[{index}].value", "hunter2-typed-in-the-portal")
    inspect.change(store, plan, "sku.capacity", 2)  # size m scales to two instances by itself
    inspect.change(store, f"{vault}/secrets/appinsights-connectionStringKeyVault", "properties.value", "hunter2-too")
    (group,) = inspect.listing(store, kind="actionGroups")
    (alert, *_) = inspect.listing(store, kind="metricAlerts")
    inspect.change(store, group["id"], "tags.owner", "somebody")
    inspect.remove(store, alert["id"])

    done = drift(deployed, 1)
    found = {(one["name"], one["path"]): one for one in done.document["drift"]}
    name = f'siteConfig.appSettings["{listed[index]["name"]}"].value'
    assert set(found) == {
        (site.rsplit("/", 1)[-1], name),
        ("appinsights-connectionStringKeyVault", "properties.value"),
        (group["name"], "tags.owner"),
        (alert["name"], ""),
    }, "every change by hand, and no other; the instance that autoscale may add is none"
    assert [(one["path"], one["movedBy"]) for one in done.document["moved"]] == [("sku.capacity", "autoscale")]
    assert all(one["who"] == "by hand" and one["at"] for one in found.values())
    assert found[group["name"], "tags.owner"]["found"] == "somebody"
    assert found[alert["name"], ""]["found"] == "gone"
    log = (deployed.root / ".fabrix/logs/dev-drift.jsonl").read_text(encoding="utf-8")
    assert "hunter2" not in done.stdout + done.stderr, "what somebody typed where a secret belongs is not repeated"
    assert "hunter2-too" not in log, "and the engine's log keeps what is marked as secret to itself"
    assert (deployed.local / "state/.pulumi/stacks/aifabrix/dev.json").read_bytes() == state, "drift only looks"

    assert f"{alert['name']} is gone (by hand, " in done.stderr, "words are there too, on the other stream"
    assert "4 differences" in done.stderr
    store.close()


def test_drift_is_reverted_by_an_up_that_refreshes_first(deployed: Checkout) -> None:
    store, site = flowise(deployed)
    inspect.change(store, site, "httpsOnly", value=False)
    (alert, *_) = inspect.listing(store, kind="metricAlerts")
    inspect.remove(store, alert["id"])
    store.close()
    wanted = {"create": 1, "update": 1}
    assert "`./fabrix up dev --refresh` reverts them" in drift(deployed, 1).stderr
    assert deployed.fabrix("preview", "dev", "--json").must().document["counts"] == {}, "the state does not know of it"
    planned = hold("preview", deployed.fabrix("preview", "dev", "--refresh", "--json")).must()
    assert planned.document["counts"] == wanted
    done = hold("up", deployed.fabrix("up", "dev", "--refresh", "--yes", "--json")).must()
    assert done.document["counts"] == wanted
    assert drift(deployed, 0).document["drift"] == []


@pytest.mark.usefixtures("restored")
def test_an_instance_that_autoscale_added_is_left_alone_by_all_that_look(deployed: Checkout) -> None:
    store = Store(deployed.local / "azure.db")
    inspect.change(store, by_name(deployed, "serverfarms"), "sku.capacity", 2)
    store.close()
    assert drift(deployed, 0).document["drift"] == []
    assert deployed.fabrix("preview", "dev", "--json").must().document["counts"] == {}
    assert deployed.fabrix("preview", "dev", "--refresh", "--json").must().document["counts"] == {}


@pytest.mark.usefixtures("restored")
def test_a_failover_is_named_and_left_alone(deployed: Checkout) -> None:
    store = Store(deployed.local / "azure.db")
    (server,) = store.objects("Microsoft.DBforPostgreSQL/flexibleServers")
    zones = fail_over(store, server.id)
    store.close()
    found = drift(deployed, 0).document
    assert (found["ok"], found["drift"]) == (True, [])
    assert zones and {one["path"] for one in found["moved"]} == set(zones)
    assert deployed.fabrix("preview", "dev", "--refresh", "--json").must().document["counts"] == {}


def test_a_swap_by_hand_is_told_as_what_it_is(deployed: Checkout) -> None:
    store, site = flowise(deployed)
    slots.swap(store, site, who="by hand")
    (one,) = drift(deployed, 1).document["drift"]
    assert one["path"] == "slots"
    assert one["words"].startswith(f"the slots of {site.rsplit('/', 1)[-1]} were swapped (by hand, ")
    assert one["expected"].rpartition("@")[2].startswith("sha256:b1")
    assert one["found"].rpartition("@")[2].startswith("sha256:b2")
    slots.swap(store, site)
    store.close()


SWAP = """
import json
from stacks import slots
from stacks.cloud.open import open_cloud
from stacks.session import Session
from targets.name import TargetName
session = Session.open("dev", TargetName.LOCAL, as_json=True)
exported = session.pulumi.export()
apps = slots.deployed_apps(exported["deployment"], session.settings)
cloud = open_cloud(session.target, session.settings)
app = next(one for one in apps if one.key == "flowise")
cloud.swap(app.key, app.site_id)
exported["deployment"] = slots.swap_in_state(exported["deployment"], [app])
session.pulumi.query("stack", "import", stdin=json.dumps(exported))
health = cloud.health(app.host, app.health_path, app.site_id, app.key)
print(json.dumps({"image": cloud.image(app.site_id), "slot": cloud.image(app.site_id, "staging"), "ok": health.ok}))
"""


def tell(place: Checkout) -> dict[str, Any]:
    """Swap one application and tell the state, as a promotion does."""
    return place.python("-c", SWAP).must().document


def test_a_swap_that_the_state_was_told_of_is_no_drift(deployed: Checkout) -> None:
    said = tell(deployed)
    assert "sha256:b2" in said["image"]
    assert "sha256:b1" in said["slot"]
    assert said["ok"]
    assert drift(deployed, 0).document["drift"] == [], "Azure and state agree"
    plan = deployed.fabrix("preview", "dev", "--json").must().document
    images = {
        one["name"]: one["properties"] for one in plan["changes"] if one["type"].endswith(("WebApp", "WebAppSlot"))
    }
    assert set(images) == {"app-sdc-flowise", "slot-sdc-flowise"}, "the stack file alone is still to be told"
    assert all(paths == ["siteConfig.linuxFxVersion"] for paths in images.values()), "nothing else of the sites differs"


def test_a_broken_site_is_listed_and_mended(deployed: Checkout) -> None:
    site = flowise(deployed)[1].rsplit("/", 1)[-1]
    broken = deployed.fabrix("azure", "break", f"{site}/staging", "--json").must().document["broken"]
    assert broken["hits"] == [f"{site}/staging"]
    assert f"{site}/staging" in deployed.fabrix("azure", "list", "sites").must().stdout
    deployed.fabrix("azure", "mend", f"{site}/staging").must()
    assert deployed.fabrix("azure", "list", "sites", "--json").must().document["broken"] == []


def test_an_unfinished_run_is_settled_before_drift_is_told(deployed: Checkout) -> None:
    path = deployed.local / "state/.pulumi/stacks/aifabrix/dev.json"
    text = path.read_text(encoding="utf-8")
    document = json.loads(text)
    latest = document["checkpoint"]["latest"]
    pending = next(one for one in latest["resources"] if one["type"].endswith(":ActionGroup"))
    latest["pending_operations"] = [{"resource": pending, "type": "updating"}]
    path.write_text(json.dumps(document), encoding="utf-8")
    done = drift(deployed, 3)
    assert "left unfinished: " in done.document["error"]
    assert "./fabrix up dev" in done.document["error"]
    path.write_text(text, encoding="utf-8")
