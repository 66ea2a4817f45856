"""The same checks over HTTP, against a server that plays Azure Resource Manager and Microsoft Graph."""

from __future__ import annotations

from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from stacks.cloud.arm import Arm
from stacks.preflight.model import Level
from stacks.preflight.questions import AzureQuestions
from stacks.preflight.rights import needed_operations

from .conftest import Local, Served, failed, judge, stack

DENIED = (403, {"error": {"code": "AuthorizationFailed", "message": "no right to read"}})
OWN = "/subscriptions/1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b"


def said(verdicts: dict[str, Any], check: str, level: Level) -> str:
    return "\n".join(one.found for one in verdicts[check].findings if one.level is level)


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_azure_over_http_is_judged_like_the_local_azure(local: Local, served: Served, name: str) -> None:
    settings = stack(name)
    here, there = judge(settings, local.questions), judge(settings, served.questions)
    assert {key: one.level for key, one in there.items()} == {key: one.level for key, one in here.items()}


def test_nothing_is_changed_and_every_request_names_its_api_version(served: Served) -> None:
    judge(stack("prod"), served.questions)
    assert {one.split(" ", 1)[0] for one in served.asked} == {"GET", "POST"}
    posted = [one.lower() for one in served.asked if one.startswith("POST")]
    assert posted and all("checknameavailability?" in one for one in posted)
    of_arm = [one for one in served.asked if " /v1.0/" not in one]
    assert all("api-version=20" in one for one in of_arm)
    assert not any("api-version" in one for one in served.asked if one not in of_arm)


def test_what_may_not_be_asked_is_a_warning_and_the_other_checks_go_on(served: Served) -> None:
    for end in ("/permissions", "/capabilities", "/usages", "/v1.0/groups"):
        served.instead[end] = DENIED
    verdicts = judge(stack(), served.questions)
    warned = {key for key, one in verdicts.items() if one.level is Level.WARN}
    assert {"rights", "postgres", "quotas", "groups"} <= warned
    assert "AuthorizationFailed: no right to read" in said(verdicts, "rights", Level.WARN)
    assert verdicts["names"].level is not Level.FAIL and verdicts["providers"].level is Level.PASS


def test_without_a_login_nothing_passes_and_nobody_is_asked_twice(served: Served) -> None:
    class Nobody:
        asked = 0

        def get_token(self, *_: str, **__: Any) -> AccessToken:
            Nobody.asked += 1
            raise ClientAuthenticationError("nobody is signed in")

    arm = Arm.signed_in("tenant", credential=Nobody(), endpoint=served.url, timeout=1.0, every=0.01)
    verdicts = judge(stack(security={"groups": {"mode": "existing"}}), AzureQuestions(arm, arm))
    assert {one.level for one in verdicts.values()} == {Level.WARN}
    assert "nobody is signed in" in said(verdicts, "rights", Level.WARN)
    assert (Nobody.asked, served.asked) == (2, []), "one try for Azure, one for Graph"


def rights(**roles: list[str]) -> tuple[int, Any]:
    return 200, {"value": [{"actions": roles.get("actions", []), "notActions": roles.get("not_actions", [])}]}


CONTRIBUTOR = {
    "actions": ["*"],
    "not_actions": ["Microsoft.Authorization/*/Write", "Microsoft.Authorization/*/Delete"],
}


def test_contributor_alone_may_not_give_the_applications_their_rights(served: Served) -> None:
    served.instead["/permissions"] = rights(**CONTRIBUTOR)
    found = failed(judge(stack("prod"), served.questions))
    assert found.keys() == {"rights"}
    assert "4 operations" in found["rights"][0] and "roleAssignments/write" in found["rights"][0]


def test_the_generated_role_is_enough_and_without_any_of_its_operations_it_is_not(served: Served) -> None:
    settings = stack("prod")
    needed = list(needed_operations(settings))
    served.instead["/permissions"] = rights(actions=needed)
    assert failed(judge(settings, served.questions)) == {}
    served.instead["/permissions"] = rights(actions=needed[:-1])
    assert needed[-1] in failed(judge(settings, served.questions))["rights"][0]


def test_a_provider_that_is_not_registered_comes_with_its_command(served: Served) -> None:
    served.instead[f"{OWN}/providers"] = (
        200,
        {"value": [{"namespace": "Microsoft.App", "registrationState": "NotRegistered", "resourceTypes": []}]},
    )
    verdicts = judge(stack(), served.questions)
    finding = next(one for one in verdicts["providers"].findings if "Microsoft.App " in one.found)
    assert (finding.level, finding.fix) == (Level.FAIL, "az provider register --namespace Microsoft.App --wait")


def test_a_type_that_names_its_regions_by_display_name_is_found_in_them(served: Served) -> None:
    def listed(*places: str) -> tuple[int, Any]:
        kinds = [{"resourceType": "redisEnterprise", "locations": list(places)}]
        row = {"namespace": "Microsoft.Cache", "registrationState": "Registered", "resourceTypes": kinds}
        return 200, {"value": [row]}

    missing = "Microsoft.Cache/redisEnterprise is not offered in swedencentral"
    served.instead[f"{OWN}/providers"] = listed("West Europe", "Sweden Central")
    assert missing not in failed(judge(stack(), served.questions))["providers"]
    served.instead[f"{OWN}/providers"] = listed("West Europe")
    assert missing in failed(judge(stack(), served.questions))["providers"]


def capability(**own: Any) -> tuple[int, Any]:
    skus = [{"name": "Standard_D4ds_v5", "supportedHaMode": own.pop("modes", ["SameZone", "ZoneRedundant"])}]
    return 200, {"value": [{"supportedServerEditions": [{"name": "General", "supportedServerSkus": skus}], **own}]}


@pytest.mark.parametrize(
    ("answer", "level", "text"),
    [
        (capability(zoneRedundantHaAndGeoBackupSupported="Enabled"), Level.PASS, "offered"),
        (
            capability(zoneRedundantHaAndGeoBackupSupported="Enabled", zoneRedundantHaSupported="Disabled"),
            Level.FAIL,
            "a standby of Standard_D4ds_v5 in another zone of swedencentral: not offered",
        ),
        (capability(modes=["SameZone"], zoneRedundantHaAndGeoBackupSupported="Enabled"), Level.FAIL, "not offered"),
        (capability(zoneRedundantHaAndGeoBackupSupported="Disabled"), Level.FAIL, "in its pair: not offered"),
        (capability(), Level.WARN, "Azure does not say whether it offers backups"),
        (
            capability(zoneRedundantHaAndGeoBackupSupported="Enabled", restricted="Enabled", reason="no capacity"),
            Level.FAIL,
            "restricted: no capacity",
        ),
        ((200, {"value": []}), Level.FAIL, "Standard_D4ds_v5 is not offered in swedencentral; offered are none"),
    ],
)
def test_postgresql_is_judged_by_what_its_region_says(
    served: Served, answer: tuple[int, Any], level: Level, text: str
) -> None:
    served.instead["/capabilities"] = answer
    verdicts = judge(stack("prod"), served.questions)
    assert verdicts["postgres"].level is level
    assert text in said(verdicts, "postgres", level)


def test_a_region_that_does_not_sell_the_plan_fails(served: Served) -> None:
    served.instead["/geoRegions"] = (200, {"value": [{"name": "West Europe"}]})
    assert failed(judge(stack(), served.questions)).keys() == {"plans"}
    served.instead["/geoRegions"] = (200, {"value": [{"name": "Sweden Central"}]})
    assert failed(judge(stack(), served.questions)) == {}


def test_a_restricted_sku_of_storage_fails(served: Served) -> None:
    row = {"name": "Standard_ZRS", "kind": "StorageV2", "locations": ["swedencentral"], "restrictions": []}
    served.instead["/skus"] = (200, {"value": [row]})
    assert failed(judge(stack(), served.questions)) == {}
    served.instead["/skus"] = (200, {"value": [{**row, "restrictions": [{"reasonCode": "NotAvailable"}]}]})
    assert failed(judge(stack(), served.questions)).keys() == {"storage"}


@pytest.mark.parametrize(("left", "level"), [(1, Level.FAIL), (2, Level.WARN), (3, Level.WARN), (4, Level.PASS)])
def test_a_quota_of_plans_passes_only_if_it_is_enough_in_instances_and_in_cores(
    served: Served, left: int, level: Level
) -> None:
    row = {"name": {"value": "P1v3"}, "currentValue": 7, "limit": 7 + left}
    served.instead["Microsoft.Web/locations/swedencentral/usages"] = (200, {"value": [row]})
    found = [one for one in judge(stack(), served.questions)["quotas"].findings if one.found.startswith("P1v3")]
    assert [one.level for one in found] == [level], "two instances of two cores"


@pytest.mark.parametrize("answer", [(404, {}), (200, {"tenantId": "another"}), (200, {"state": "Disabled"})])
def test_a_subscription_that_the_login_does_not_see_as_the_stack_file_does_fails(
    served: Served, answer: tuple[int, Any]
) -> None:
    served.instead[OWN] = answer
    assert failed(judge(stack(), served.questions)).keys() == {"subscription"}


def test_the_licences_of_the_tenant_are_read(served: Served) -> None:
    plan = {"servicePlans": [{"servicePlanName": "AAD_PREMIUM_P2"}]}
    served.instead["/subscribedSkus"] = (200, {"value": [plan]})
    assert judge(stack(), served.questions)["licences"].level is Level.PASS
    served.instead["/subscribedSkus"] = (200, {"value": [{"servicePlans": []}]})
    assert judge(stack(), served.questions)["licences"].level is Level.WARN


def test_a_caller_without_a_directory_role_is_warned(served: Served) -> None:
    served.instead["/microsoft.graph.directoryRole"] = (200, {"value": []})
    assert judge(stack(), served.questions)["groups"].level is Level.WARN


REGISTRY = f"{OWN}/resourceGroups/rg-images/providers/Microsoft.ContainerRegistry/registries/images"


@pytest.mark.parametrize(
    ("answer", "level"),
    [
        ((404, {}), Level.FAIL),
        ((200, {"name": "images", "properties": {}}), Level.PASS),
        ((200, {"name": "images", "properties": {"policies": {"exportPolicy": {"status": "disabled"}}}}), Level.FAIL),
    ],
)
def test_an_azure_registry_has_to_be_there_and_let_images_out(
    served: Served, answer: tuple[int, Any], level: Level
) -> None:
    served.instead["/registries/images"] = answer
    settings = stack(data={"registry": {"source": {"registry": REGISTRY}}})
    assert judge(settings, served.questions)["images"].level is level


def test_a_list_is_read_to_its_last_page(served: Served) -> None:
    space = {"addressSpace": {"addressPrefixes": ["10.20.0.0/24"]}}
    path = f"{OWN}/providers/Microsoft.Network/virtualNetworks"
    last = {"value": [{"id": f"{OWN}/x/vnet-last", "name": "vnet-last", "properties": space}]}
    served.instead["/more"] = (200, last)
    served.instead[path] = (200, {"value": [], "nextLink": f"{served.url}{path}/more"})
    assert "vnet-last" in said(judge(stack(), served.questions), "addresses", Level.WARN)
