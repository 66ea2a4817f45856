"""A site and its slot: one private way in, one way out, one identity, and no password anywhere."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi_azure_native import managedidentity

from components.compute.appsettings import Setting
from components.compute.slot import StagingSlot, StagingSlotArgs
from components.compute.webapp import AppIdentity, FileMount, SiteArgs, WebApp, WebAppArgs, host_name
from components.context import Context

PRODUCTION = (Setting("LOG_LEVEL", "info"), Setting("OWN_URL", "https://portal.example.com"))
STAGED = (Setting("LOG_LEVEL", "info"), Setting("OWN_URL", "https://portal-staging.example.com"))
IDENTITY = "/identity/portal"


def build(site: SiteArgs, staged: tuple[Setting, ...] = STAGED) -> None:
    app = WebApp("app-sdc-portal", WebAppArgs(site=site, settings=PRODUCTION, workers=3))
    StagingSlot("slot-sdc-portal", StagingSlotArgs(app=app, site=site, settings=staged))


@pytest.fixture(scope="module")
def planned(plan: Callable[..., Any], site: SiteArgs) -> Any:
    """The application portal with its staging slot."""
    mount = FileMount(account_name="stfiles", share_name="portal", mount_path="/mnt/data")
    return plan(lambda: build(dataclasses.replace(site, mount=mount)))


@pytest.fixture(params=["web:WebApp", "web:WebAppSlot"])
def inputs(planned: Any, request: pytest.FixtureRequest) -> dict[str, Any]:
    """Inputs of the site, then of its slot: what is promised of one holds for the other."""
    return planned.one(request.param).inputs


def test_nobody_reaches_it_from_outside(inputs: dict[str, Any]) -> None:
    assert inputs["publicNetworkAccess"] == "Disabled"
    config = inputs["siteConfig"]
    assert "publicNetworkAccess" not in config, "Azure answers 409 to the property in this place"
    assert config["ipSecurityRestrictionsDefaultAction"] == "Deny", "if someone opens the public side by hand"
    assert config["scmIpSecurityRestrictionsDefaultAction"] == "Deny"


def test_everything_that_it_sends_goes_through_the_network(inputs: dict[str, Any]) -> None:
    assert inputs["virtualNetworkSubnetId"] == "/subnet/apps"
    assert inputs["outboundVnetRouting"] == dict.fromkeys(
        ("allTraffic", "applicationTraffic", "imagePullTraffic", "contentShareTraffic", "backupRestoreTraffic"), True
    )


def test_only_modern_encrypted_connections_are_accepted(inputs: dict[str, Any]) -> None:
    assert inputs["httpsOnly"] is True
    config = inputs["siteConfig"]
    assert (config["minTlsVersion"], config["scmMinTlsVersion"]) == ("1.2", "1.2")
    assert config["http20Enabled"] is True


def test_nobody_gets_into_the_container_with_a_password(inputs: dict[str, Any]) -> None:
    assert inputs["sshEnabled"] is False
    assert inputs["siteConfig"]["ftpsState"] == "Disabled"
    assert inputs["siteConfig"]["remoteDebuggingEnabled"] is False


def test_publishing_passwords_are_off_for_site_and_slot(planned: Any) -> None:
    switches = [
        planned.one(kind)
        for kind in (
            "web:WebAppFtpAllowed",
            "web:WebAppScmAllowed",
            "web:WebAppFtpAllowedSlot",
            "web:WebAppScmAllowedSlot",
        )
    ]
    assert [switch.inputs["allow"] for switch in switches] == [False] * 4
    assert all(any(d.startswith("web:WebApp") for d in switch.depends_on) for switch in switches), "after its site"


def test_one_identity_pulls_the_image_and_reads_the_vault(inputs: dict[str, Any]) -> None:
    assert inputs["identity"] == {"type": "UserAssigned", "userAssignedIdentities": [IDENTITY]}
    assert inputs["keyVaultReferenceIdentity"] == IDENTITY, "Azure would use a system identity that does not exist"
    assert inputs["siteConfig"]["acrUseManagedIdentityCreds"] is True
    assert inputs["siteConfig"]["acrUserManagedIdentityID"] == "client-of-portal", "the pull wants the client id"


def test_the_image_is_the_released_one(inputs: dict[str, Any], site: SiteArgs) -> None:
    assert inputs["siteConfig"]["linuxFxVersion"] == f"DOCKER|{site.image}"
    assert inputs["kind"] == "app,linux,container"


def test_unhealthy_instances_are_noticed_and_idle_ones_kept(inputs: dict[str, Any]) -> None:
    assert inputs["siteConfig"]["healthCheckPath"] == "/health"
    assert inputs["siteConfig"]["alwaysOn"] is True
    assert inputs["clientAffinityEnabled"] is False, "a session tied to an instance dies with it"


def test_failed_requests_leave_a_trace(inputs: dict[str, Any]) -> None:
    switches = ("httpLoggingEnabled", "detailedErrorLoggingEnabled", "requestTracingEnabled")
    assert [inputs["siteConfig"][switch] for switch in switches] == [True, True, True]


def test_the_share_is_mounted_with_a_key_that_only_the_vault_holds(inputs: dict[str, Any]) -> None:
    (mount,) = inputs["siteConfig"]["azureStorageAccounts"].values()
    assert mount == {
        "type": "AzureFiles",
        "protocol": "Smb",
        "accountName": "stfiles",
        "shareName": "portal",
        "mountPath": "/mnt/data",
        "accessKey": "@AppSettingRef(AIFABRIX_FILES_ACCOUNT_KEY)",
    }


def test_only_the_application_runs_on_several_instances(planned: Any) -> None:
    assert planned.one("web:WebApp").inputs["siteConfig"]["numberOfWorkers"] == 3
    assert planned.one("web:WebAppSlot").inputs["siteConfig"]["numberOfWorkers"] == 1


def test_site_and_slot_differ_in_nothing_but_name_settings_and_instances(planned: Any) -> None:
    site, slot = planned.one("web:WebApp").inputs, dict(planned.one("web:WebAppSlot").inputs)
    assert slot.pop("slot") == "staging"
    differing = {key for key in {*site, *slot} if site.get(key) != slot.get(key)}
    assert differing == {"siteConfig"}, "a swap must not change production's posture"
    config = {key for key in site["siteConfig"] if site["siteConfig"][key] != slot["siteConfig"].get(key)}
    assert config == {"appSettings", "numberOfWorkers"}


def test_site_and_slot_each_have_an_endpoint_of_their_own(planned: Any) -> None:
    connections = [e["privateLinkServiceConnections"][0] for e in planned.inputs_of("network:PrivateEndpoint")]
    assert sorted(c["groupIds"] for c in connections) == [["sites"], ["sites-staging"]]
    targets = {c["privateLinkServiceId"] for c in connections}
    assert len(targets) == 1, "Azure refuses a slot's id as target of an endpoint"
    assert targets.pop().endswith("/Microsoft.Web/sites/" + planned.one("web:WebApp").inputs["name"])


def test_endpoints_are_in_their_subnet_and_registered_in_the_zone_of_web_apps(planned: Any) -> None:
    assert [e["subnet"] for e in planned.inputs_of("network:PrivateEndpoint")] == [{"id": "/subnet/endpoints"}] * 2
    zones = [
        group["privateDnsZoneConfigs"][0]["privateDnsZoneId"]
        for group in planned.inputs_of("network:PrivateDnsZoneGroup")
    ]
    assert zones == ["/zone/privatelink.azurewebsites.net"] * 2


def test_the_slots_endpoint_waits_for_the_slot(planned: Any) -> None:
    endpoint = planned.one("network:PrivateEndpoint", "slot-sdc-portal")
    (names,) = (r for r in planned.of("web:WebAppSlotConfigurationNames") if r.name == "slot-sdc-portal")
    assert f"{names.type} {names.name}" in endpoint.depends_on, "the target is the site, which exists earlier"
    assert "web:WebAppScmAllowedSlot slot-sdc-portal-scm" in names.depends_on, "one write to a site at a time"


def test_logs_of_both_go_to_the_workspace(planned: Any) -> None:
    sent = {
        s["resourceUri"].partition("/sites/")[2].partition("/")[2]
        for s in planned.inputs_of("monitor:DiagnosticSetting")
    }
    assert sent == {"", "slots/staging"}


def test_what_differs_in_the_slot_stays_with_the_slot(planned: Any) -> None:
    names = planned.one("web:WebAppSlotConfigurationNames")
    assert names.inputs["appSettingNames"] == ["OWN_URL"], "everything else travels with the release"


def test_a_slot_with_the_settings_of_production_pins_none(plan: Callable[..., Any], site: SiteArgs) -> None:
    assert plan(lambda: build(site, PRODUCTION)).of("web:WebAppSlotConfigurationNames") == []


def test_a_site_without_files_mounts_nothing(plan: Callable[..., Any], site: SiteArgs) -> None:
    assert "azureStorageAccounts" not in plan(lambda: build(site)).one("web:WebApp").inputs["siteConfig"]


def test_a_public_registry_is_not_asked_with_our_identity(plan: Callable[..., Any], site: SiteArgs) -> None:
    config = (
        plan(lambda: build(dataclasses.replace(site, pull_with_identity=False))).one("web:WebApp").inputs["siteConfig"]
    )
    assert config["acrUseManagedIdentityCreds"] is False
    assert "acrUserManagedIdentityID" not in config


@pytest.mark.parametrize(
    ("change", "path", "value"),
    [
        ({"end_to_end_encryption": True}, ("endToEndEncryptionEnabled",), True),
        ({"minimum_tls_version": "1.3"}, ("siteConfig", "scmMinTlsVersion"), "1.3"),
        ({"startup_command": "start --optimized"}, ("siteConfig", "appCommandLine"), "start --optimized"),
        ({"web_sockets": True}, ("siteConfig", "webSocketsEnabled"), True),
    ],
)
def test_every_choice_reaches_the_site(
    plan: Callable[..., Any], site: SiteArgs, change: dict[str, Any], path: tuple[str, ...], value: Any
) -> None:
    found: Any = plan(lambda: build(dataclasses.replace(site, **change))).one("web:WebApp").inputs
    for step in path:
        found = found[step]
    assert found == value


def test_the_container_starts_after_what_it_needs(plan: Callable[..., Any], site: SiteArgs) -> None:
    def starting() -> None:
        grant = managedidentity.UserAssignedIdentity("grant", resource_group_name="rg")
        build(dataclasses.replace(site, after=[grant]))

    planned = plan(starting)
    for kind in ("web:WebApp", "web:WebAppSlot"):
        assert "managedidentity:UserAssignedIdentity grant" in planned.one(kind).depends_on, (
            "a vault reference that cannot be read yet reaches the application as text"
        )


@pytest.mark.parametrize("key", ["ai", "miso-controller", "a-portal-with-a-name-as-long-as-they-can-be"])
def test_every_application_has_a_name_whose_slot_has_a_known_host(context: Context, key: str) -> None:
    assert len(context.names.of("web_app", key)) <= 40, "Azure cuts longer names in a slot's address"


def test_hosts_are_known_before_anything_exists() -> None:
    assert host_name("app-portal") == "app-portal.azurewebsites.net"
    assert host_name("app-portal", "staging") == "app-portal-staging.azurewebsites.net"


def test_a_preview_leaves_only_the_identitys_own_id_open(
    plan: Callable[..., Any], site: SiteArgs, unknown: Any
) -> None:
    def first_time() -> Any:
        made = managedidentity.UserAssignedIdentity("portal", resource_group_name="rg")
        identity = AppIdentity(id=pulumi.Output.from_input(IDENTITY), client_id=made.client_id)
        build(dataclasses.replace(site, identity=identity))

    planned = plan(first_time, preview=True)
    for kind in ("web:WebApp", "web:WebAppSlot"):
        inputs = planned.one(kind).inputs
        assert inputs["siteConfig"]["acrUserManagedIdentityID"] is unknown
        assert inputs["keyVaultReferenceIdentity"] == IDENTITY
        assert inputs["siteConfig"]["linuxFxVersion"] == f"DOCKER|{site.image}", "policies judge it in the preview"
