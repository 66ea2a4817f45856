"""A release on its plan: every application with an identity, settings and a slot of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi_azure_native import managedidentity

from components.compute.appsettings import vault_reference
from components.compute.plan import PlanError
from components.compute.webapp import AppIdentity
from components.compute.workloads import app_addresses
from components.context import Context
from settings.applications import App, AppFiles, AppSetting
from settings.literal_secrets import literal_secret
from settings.sizes import PRESETS, PlanSize

Build = Callable[..., Any]
REFERENCE = re.compile(
    r"@Microsoft\.KeyVault\(SecretUri=https://kv-aifabrix-dev\.vault\.azure\.net/secrets/([A-Za-z0-9-]+)\)"
)
SITES = ("web:WebApp", "web:WebAppSlot")


def settings_of(resource: Any) -> dict[str, Any]:
    """App settings of a site by name."""
    pairs = resource.inputs["siteConfig"]["appSettings"]
    found = {pair["name"]: pair["value"] for pair in pairs}
    assert len(found) == len(pairs), "Azure keeps one of two values for a name, nobody knows which"
    return found


@pytest.fixture(scope="module")
def planned(plan: Build, workloads: Build) -> Any:
    """Keycloak, flowise and portal on a standard plan."""
    return plan(workloads)


@pytest.fixture(scope="module")
def small(plan: Build, workloads: Build, basic: PlanSize) -> Any:
    """The same on one instance of a basic plan."""
    return plan(lambda: workloads(plan=basic))


def test_all_applications_share_one_plan(planned: Any) -> None:
    assert len(planned.of("web:AppServicePlan")) == 1
    assert len({site.inputs["serverFarmId"] for kind in SITES for site in planned.of(kind)}) == 1


def test_each_application_acts_as_itself(planned: Any) -> None:
    for kind in SITES:
        for site in planned.of(kind):
            key = site.name.removeprefix("app-sdc-").removeprefix("slot-sdc-")
            assert site.inputs["identity"]["userAssignedIdentities"] == [f"/identity/{key}"]
            assert site.inputs["keyVaultReferenceIdentity"] == f"/identity/{key}"
            assert settings_of(site)["AZURE_CLIENT_ID"] == f"client-of-{key}"


def test_no_secret_stands_in_an_app_setting(planned: Any) -> None:
    for kind in SITES:
        for site in planned.of(kind):
            for name, value in settings_of(site).items():
                assert REFERENCE.fullmatch(value) or literal_secret(name, value) is None, f"{site.name} {name}"
            assert not site.secrets, "a secret input would be a value, not a reference to the vault"


def test_every_secret_setting_is_a_reference_to_the_vault(planned: Any) -> None:
    for kind in SITES:
        for site in planned.of(kind):
            found = settings_of(site)
            for name in ("DB_PASSWORD", "APPLICATIONINSIGHTS_CONNECTION_STRING"):
                assert REFERENCE.fullmatch(found[name]), f"{site.name} {name}"


def test_telemetry_is_sent_as_the_applications_own_identity(planned: Any) -> None:
    """Application Insights takes Entra tokens only; the connection string alone would be answered 401."""
    for kind in SITES:
        for site in planned.of(kind):
            key = site.name.removeprefix("app-sdc-").removeprefix("slot-sdc-")
            found = settings_of(site)["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"]
            assert found == f"Authorization=AAD;ClientId=client-of-{key}"


def test_an_application_that_sends_no_telemetry_signs_in_nowhere(plan: Build, workloads: Build, app: Any) -> None:
    planned = plan(lambda: workloads(apps=[app("portal", telemetry="none")]))
    names = {name for kind in SITES for site in planned.of(kind) for name in settings_of(site)}
    assert {name for name in names if name.startswith("APPLICATIONINSIGHTS")} == {
        "APPLICATIONINSIGHTS_CONNECTION_STRING"
    }


def test_keycloak_keeps_one_instance_while_the_plan_has_several(planned: Any) -> None:
    assert planned.one("web:AppServicePlan").inputs["perSiteScaling"] is True
    assert planned.one("web:AppServicePlan").inputs["sku"]["capacity"] == 2
    workers = {site.name: site.inputs["siteConfig"]["numberOfWorkers"] for site in planned.of("web:WebApp")}
    assert workers == {"app-sdc-keycloak": 1, "app-sdc-flowise": 4, "app-sdc-portal": 4}


def test_the_plan_scales_by_itself_where_the_size_says_so(planned: Any, small: Any) -> None:
    (profile,) = planned.one("monitor:AutoscaleSetting").inputs["profiles"]
    assert (profile["capacity"]["minimum"], profile["capacity"]["maximum"]) == ("2", "4")
    assert small.of("monitor:AutoscaleSetting") == []


def test_a_plan_without_slots_has_none(small: Any) -> None:
    assert not {kind for kind in small.types if kind.startswith("web:") and "Slot" in kind}
    assert len(small.of("network:PrivateEndpoint")) == len(small.of("web:WebApp")) == 3


def test_every_application_has_a_staging_slot_where_the_plan_has_slots(planned: Any) -> None:
    assert {slot.inputs["name"] for slot in planned.of("web:WebAppSlot")} == {
        site.inputs["name"] for site in planned.of("web:WebApp")
    }


def test_beside_a_single_instance_no_second_one_runs_outside_a_release(planned: Any) -> None:
    """A slot that runs is a process on production's database and files."""
    running = {slot.name: slot.inputs.get("enabled") for slot in planned.of("web:WebAppSlot")}
    assert running == {"slot-sdc-keycloak": False, "slot-sdc-flowise": None, "slot-sdc-portal": None}
    assert all("enabled" not in site.inputs for site in planned.of("web:WebApp"))


def test_a_slot_knows_its_own_address_and_keeps_it(planned: Any) -> None:
    site, slot = planned.one("web:WebApp", "app-sdc-portal"), planned.one("web:WebAppSlot", "slot-sdc-portal")
    assert settings_of(site)["OWN_URL"] == f"https://{site.inputs['name']}.azurewebsites.net"
    assert settings_of(slot)["OWN_URL"] == f"https://{site.inputs['name']}-staging.azurewebsites.net"
    pinned = planned.one("web:WebAppSlotConfigurationNames", "slot-sdc-portal").inputs
    assert pinned["appSettingNames"] == ["OWN_URL"], "an address belongs to the slot, the rest to the release"


def test_the_slot_holds_the_image_of_the_standby_release(plan: Build, workloads: Build, app: Build) -> None:
    other = "sha256:" + "f" * 64
    planned = plan(lambda: workloads(apps=(app(standby_digest=other),)))
    site, slot = planned.one("web:WebApp").inputs["siteConfig"], planned.one("web:WebAppSlot").inputs["siteConfig"]
    assert slot["linuxFxVersion"] == f"{site['linuxFxVersion'].partition('@')[0]}@{other}" != site["linuxFxVersion"]
    changed = {key for key in {*site, *slot} if site.get(key) != slot.get(key)}
    assert changed <= {"linuxFxVersion", "appSettings", "numberOfWorkers"}, (
        "a swap changes the release and nothing else"
    )


def test_the_slot_holds_productions_image_where_the_stack_names_one_release(planned: Any) -> None:
    for site in planned.of("web:WebApp"):
        slot = planned.one("web:WebAppSlot", site.name.replace("app-", "slot-", 1))
        assert slot.inputs["siteConfig"]["linuxFxVersion"] == site.inputs["siteConfig"]["linuxFxVersion"]


def test_a_slot_calls_the_other_applications_in_production(plan: Build, workloads: Build, app: Build) -> None:
    caller = app(settings=(AppSetting(name="OTHER", kind="resource", value="app.other.internalUrl"),))
    planned = plan(lambda: workloads(apps=(caller, app("other", settings=()))))
    assert {
        settings_of(planned.one(kind, name))["OTHER"]
        for kind, name in zip(SITES, ("app-sdc-portal", "slot-sdc-portal"), strict=True)
    } == {f"https://{planned.one('web:WebApp', 'app-sdc-other').inputs['name']}.azurewebsites.net"}


def test_an_edge_in_front_decides_what_browsers_use(plan: Build, workloads: Build, app: Build) -> None:
    facts = {"postgres.host": "psql", "app.portal.url": "https://ai.example.com/portal"}
    planned = plan(lambda: workloads(apps=(app(),), facts=facts))
    assert settings_of(planned.one("web:WebApp"))["OWN_URL"] == "https://ai.example.com/portal"


def test_the_slot_behind_an_edge_is_called_by_its_own_address(plan: Build, workloads: Build, app: Build) -> None:
    facts = {"postgres.host": "psql", "app.portal.url": "https://ai.example.com/portal"}
    slot = plan(lambda: workloads(apps=(app(),), facts=facts)).one("web:WebAppSlot")
    assert settings_of(slot)["OWN_URL"].endswith("-staging.azurewebsites.net"), "the edge leads to production"


def test_no_fact_gives_an_application_the_identity_of_another(plan: Build, workloads: Build, app: Build) -> None:
    facts = {"postgres.host": "psql", "identity.clientId": "client-of-another"}
    planned = plan(lambda: workloads(apps=(app(),), facts=facts))
    assert settings_of(planned.one("web:WebApp"))["AZURE_CLIENT_ID"] == "client-of-portal"


def test_what_an_application_says_about_its_container_reaches_the_site(
    plan: Build, workloads: Build, app: Build
) -> None:
    special = app(health_path="/api/v1/ping", web_sockets=True, startup_command="start --optimized", port=3000)
    config = plan(lambda: workloads(apps=(special,))).one("web:WebApp").inputs["siteConfig"]
    assert config["healthCheckPath"] == "/api/v1/ping"
    assert config["webSocketsEnabled"] is True
    assert config["appCommandLine"] == "start --optimized"
    assert {"name": "WEBSITES_PORT", "value": "3000"} in config["appSettings"]


def test_no_container_starts_before_what_the_applications_need(plan: Build, workloads: Build) -> None:
    def starting() -> None:
        workloads(after=[managedidentity.UserAssignedIdentity("grant", resource_group_name="rg")])

    planned = plan(starting)
    for kind in SITES:
        assert all("managedidentity:UserAssignedIdentity grant" in site.depends_on for site in planned.of(kind))


def test_the_image_is_named_by_registry_and_digest(planned: Any) -> None:
    for site in planned.of("web:WebApp"):
        assert re.fullmatch(
            r"DOCKER\|registry\.azurecr\.io/aifabrix/[a-z]+@sha256:[0-9a-f]{64}",
            site.inputs["siteConfig"]["linuxFxVersion"],
        )


def test_a_public_image_is_pulled_from_its_own_registry(plan: Build, workloads: Build, app: Build) -> None:
    public = app(image="open-webui/open-webui", image_registry="ghcr.io", image_tag="0.12.4", digest=None)
    config = plan(lambda: workloads(apps=(public,))).one("web:WebApp").inputs["siteConfig"]
    assert config["linuxFxVersion"] == "DOCKER|ghcr.io/open-webui/open-webui:0.12.4"
    assert config["acrUseManagedIdentityCreds"] is False


def test_app_service_knows_the_port_and_when_to_give_an_instance_up(planned: Any) -> None:
    found = settings_of(planned.one("web:WebApp", "app-sdc-portal"))
    assert found["WEBSITES_PORT"] == "8080"
    assert 2 <= int(found["WEBSITE_HEALTHCHECK_MAXPINGFAILURES"]) <= 10
    assert 230 < int(found["WEBSITES_CONTAINER_START_TIME_LIMIT"]) <= 1800


def test_only_an_application_with_files_can_read_the_key_of_the_shares(planned: Any) -> None:
    readers = {site.name for site in planned.of("web:WebApp") if "AIFABRIX_FILES_ACCOUNT_KEY" in settings_of(site)}
    assert readers == {"app-sdc-flowise"}
    flowise = planned.one("web:WebApp", "app-sdc-flowise")
    assert settings_of(flowise)["AIFABRIX_FILES_ACCOUNT_KEY"] == vault_reference(
        "kv-aifabrix-dev", "storage-keyKeyVault"
    )
    (mount,) = flowise.inputs["siteConfig"]["azureStorageAccounts"].values()
    assert (mount["accountName"], mount["shareName"], mount["mountPath"]) == ("stfilesdev", "flowise", "/mnt/data")


def test_encryption_inside_reaches_every_site(plan: Build, workloads: Build) -> None:
    planned = plan(lambda: workloads(end_to_end_encryption=True))
    assert {s.inputs["endToEndEncryptionEnabled"] for kind in SITES for s in planned.of(kind)} == {True}


def test_contradicting_arguments_are_refused_together(plan: Build, workloads: Build, basic: PlanSize) -> None:
    with pytest.raises(
        PlanError, match=r"B2 cannot encrypt end to end.*keycloak has no identity.*flowise asks for files"
    ):
        plan(lambda: workloads(plan=basic, end_to_end_encryption=True, identities={}, files_accounts={}))


def test_the_private_addresses_are_known_before_anything_exists(context: Context, planned: Any) -> None:
    found = app_addresses(context.names, ["portal"])
    host = f"{planned.one('web:WebApp', 'app-sdc-portal').inputs['name']}.azurewebsites.net"
    assert found == {
        "app.portal.url": f"https://{host}",
        "app.portal.internalUrl": f"https://{host}",
        "app.portal.host": host,
    }


def test_adding_an_application_changes_no_other(
    plan: Build, workloads: Build, planned: Any, app: Build, keycloak: App, flowise: App
) -> None:
    larger = plan(lambda: workloads(apps=(keycloak, app("added"), flowise, app())))
    for resource in planned.resources:
        assert [r.inputs for r in larger.resources if r.urn == resource.urn] == [resource.inputs], resource.urn


def test_a_preview_with_unknown_facts_plans_the_same_resources(
    plan: Build, workloads: Build, planned: Any, unknown: Any, app: Build, keycloak: App, flowise: App
) -> None:
    def first_time() -> Any:
        later: Any = pulumi.Output.from_input("x").apply(lambda _: pulumi.UNKNOWN)
        apps = (keycloak, flowise, app())
        identities = {a.key: AppIdentity(id=f"/identity/{a.key}", client_id=later) for a in apps}
        return workloads(apps=apps, identities=identities, facts={"postgres.host": later})

    preview = plan(first_time, preview=True)
    assert {r.urn for r in preview.resources} == {r.urn for r in planned.resources}, "nothing is created inside apply"
    found = settings_of(preview.one("web:WebApp", "app-sdc-portal"))
    assert found["DB_HOST"] is unknown
    assert REFERENCE.fullmatch(found["DB_PASSWORD"]), "policies judge secrets before anything exists"


@pytest.mark.parametrize("chosen", [size.plan for size in PRESETS.values()], ids=list(PRESETS))
def test_every_preset_carries_the_applications(plan: Build, workloads: Build, chosen: PlanSize) -> None:
    planned = plan(lambda: workloads(plan=chosen))
    assert bool(planned.of("web:WebAppSlot")) == chosen.slots
    assert bool(planned.of("monitor:AutoscaleSetting")) == chosen.autoscale


def test_two_applications_may_mount_shares_at_paths_of_their_own(plan: Build, workloads: Build, app: Build) -> None:
    apps = [app(key, files=AppFiles(share=key, mount_path=f"/{key}", share_gib=5)) for key in ("first", "second")]
    planned = plan(lambda: workloads(apps=apps))
    mounts = [m for s in planned.of("web:WebApp") for m in s.inputs["siteConfig"]["azureStorageAccounts"].values()]
    assert {(m["shareName"], m["mountPath"]) for m in mounts} == {("first", "/first"), ("second", "/second")}
    assert len(mounts) == len(apps)
