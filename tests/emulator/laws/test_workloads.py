"""Plans, apps, slots, autoscale, registries, and what is observed about them."""

from __future__ import annotations

import pytest

from .cases import Case, decide
from .memory import GONE, GROUP, ask, changed, codes
from .valid import ACCOUNT, DIGEST, IDENTITY, PLAN, VALID, VAULT, WORKSPACE, world

ASP, APP, SLOT, SCALE = "web:AppServicePlan", "web:WebApp", "web:WebAppSlot", "monitor:AutoscaleSetting"
DIAG, REGISTRY, BUDGET = "monitor:DiagnosticSetting", "containerregistry:Registry", "consumption:Budget"
BASIC = {"sku": {"name": "B1", "tier": "Basic", "capacity": 1}, "zoneRedundant": False}
VAULT_REFERENCE = "@Microsoft.KeyVault(SecretUri=https://kv-one.vault.azure.net/secrets/one{})"


def setting(name: str, value: str) -> dict[str, object]:
    return {"siteConfig.appSettings": [{"name": name, "value": value}]}


def image(text: str) -> dict[str, object]:
    return {"siteConfig.linuxFxVersion": text}


def mount(**changes: object) -> dict[str, object]:
    one = {
        "type": "AzureFiles",
        "accountName": "stone",
        "shareName": "files",
        "accessKey": "a-key",
        "mountPath": "/mnt/files",
        **changes,
    }
    return {"siteConfig.azureStorageAccounts": {"files": one}}


PLANS = {
    "a SKU that does not exist": Case(ASP, {"sku.name": "P9v3"}, "InvalidSku"),
    "a tier that is not the SKU's": Case(ASP, {"sku.tier": "Standard"}, "InvalidSku"),
    "four Basic instances": Case(ASP, {**BASIC, "sku.capacity": 4}, "InvalidCapacity"),
    "a Basic plan": Case(ASP, BASIC),
    "zone redundancy on Standard": Case(
        ASP, {"sku": {"name": "S1", "tier": "Standard", "capacity": 2}}, "ZoneRedundancyNotSupported"
    ),
    "zone redundancy with one instance": Case(ASP, {"sku.capacity": 1}, "ZoneRedundancyRequiresInstances"),
    "zone redundancy where there are no zones": Case(ASP, {"location": "westus"}, "ZoneRedundancyNotSupported"),
    "a Linux plan that is not reserved": Case(ASP, {"reserved": False}, "InvalidPlanKind"),
    "a Linux plan that does not say so": Case(ASP, {"reserved": GONE}, "InvalidPlanKind"),
    "every tier by its own name": Case(ASP, {"sku": {"name": "P0v3", "tier": "Premium0V3", "capacity": 2}}),
    "a tier of another size": Case(ASP, {"sku": {"name": "P1mv3", "tier": "PremiumV3", "capacity": 2}}, "InvalidSku"),
    "a Windows plan": Case(ASP, {"reserved": GONE, "kind": "app"}),
    "autoscale without bounds in order": Case(SCALE, {"profiles.0.capacity.minimum": "9"}, "InvalidAutoscaleCapacity"),
    "autoscale beyond the tier": Case(SCALE, {"profiles.0.capacity.maximum": "31"}, "InvalidAutoscaleCapacity"),
    "autoscale without profiles": Case(SCALE, {"profiles": []}, "InvalidAutoscaleProfiles"),
    "autoscale of nothing": Case(SCALE, {"targetResourceUri": f"{PLAN}-two"}, "InvalidResourceReference"),
}
APPS = {
    "an app of a plan that is not there": Case(APP, {"serverFarmId": f"{PLAN}-two"}, "InvalidResourceReference"),
    "an app in another region than its plan": Case(APP, {"location": "northeurope"}, "PlanInAnotherRegion"),
    "an image by digest": Case(APP, image(f"DOCKER|crone1.azurecr.io/aifabrix/miso@{DIGEST}")),
    "an image by tag": Case(APP, image("DOCKER|ghcr.io/aifabrix/miso:1.2.3")),
    "an image with a short digest": Case(
        APP, image("DOCKER|crone1.azurecr.io/miso@sha256:abc"), "InvalidLinuxFxVersion"
    ),
    "an image without DOCKER|": Case(APP, image("crone1.azurecr.io/miso:1"), "InvalidLinuxFxVersion"),
    "an image in capitals": Case(APP, image("DOCKER|crone1.azurecr.io/Miso:1"), "InvalidLinuxFxVersion"),
    "a runtime": Case(APP, image("PYTHON|3.12")),
    "a setting twice": Case(
        APP,
        {"siteConfig.appSettings": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]},
        "DuplicateAppSetting",
    ),
    "a setting with a colon": Case(APP, setting("Logging:Level", "1"), "InvalidAppSettingName"),
    "a vault reference with a version": Case(APP, setting("A", VAULT_REFERENCE.format("/" + "0" * 32))),
    "a vault reference by name": Case(APP, setting("A", "@Microsoft.KeyVault(VaultName=kv-one;SecretName=one)")),
    "a vault reference to another host": Case(
        APP,
        setting("A", "@Microsoft.KeyVault(SecretUri=https://kv-one.example.com/secrets/one)"),
        "InvalidKeyVaultReference",
    ),
    "a vault reference without its end": Case(
        APP, setting("A", VAULT_REFERENCE.format("")[:-1]), "InvalidKeyVaultReference"
    ),
    "references by an identity that the app lacks": Case(
        APP, {"keyVaultReferenceIdentity": IDENTITY.replace("id-one", "id-two")}, "IdentityNotAssigned"
    ),
    "references by a system identity that the app lacks": Case(
        APP, {"keyVaultReferenceIdentity": "SystemAssigned"}, "IdentityNotAssigned"
    ),
    "pulls by no identity": Case(
        APP,
        {"siteConfig.acrUseManagedIdentityCreds": True, "identity": GONE, "keyVaultReferenceIdentity": GONE},
        "IdentityNotAssigned",
    ),
    "a mounted share": Case(APP, mount()),
    "a mount at the root": Case(APP, mount(mountPath="/"), "InvalidMountPath"),
    "a mount at a relative path": Case(APP, mount(mountPath="files"), "InvalidMountPath"),
    "a mount without a key": Case(APP, mount(accessKey=None), "InvalidStorageMount"),
    "a mount of a share that is not there": Case(APP, mount(shareName="other"), "InvalidResourceReference"),
    "a mount of an account that is not there": Case(APP, mount(accountName="sttwo"), "StorageAccountNotFound"),
}
OBSERVED = {
    "a setting that sends nowhere": Case(DIAG, {"workspaceId": GONE}, "InvalidDiagnosticSetting"),
    "a setting that sends nothing": Case(DIAG, {"logs": GONE, "metrics": GONE}, "InvalidDiagnosticSetting"),
    "a workspace that is not there": Case(DIAG, {"workspaceId": f"{WORKSPACE}-two"}, "InvalidResourceReference"),
    "a category of the vault": Case(DIAG, {"logs": [{"category": "AuditEvent", "enabled": True}]}),
    "a misspelt category": Case(DIAG, {"logs": [{"category": "AuditEvents", "enabled": True}]}, "CategoryNotSupported"),
    "an unknown group": Case(
        DIAG, {"logs": [{"categoryGroup": "everything", "enabled": True}]}, "CategoryGroupNotSupported"
    ),
    "category and group at once": Case(
        DIAG, {"logs": [{"category": "AuditEvent", "categoryGroup": "audit"}]}, "InvalidDiagnosticSetting"
    ),
    "logs of an account, which has them in its services": Case(
        DIAG, {"resourceUri": ACCOUNT}, "CategoryGroupNotSupported"
    ),
    "metrics of an account": Case(DIAG, {"resourceUri": ACCOUNT, "logs": GONE}),
    "logs of the blob service": Case(DIAG, {"resourceUri": f"{ACCOUNT}/blobServices/default"}),
    "metrics of a security group": Case(
        DIAG,
        {"resourceUri": f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/nsg-one"},
        "MetricCategoryNotSupported",
    ),
    "a setting on an identity": Case(DIAG, {"resourceUri": IDENTITY}, "ResourceTypeNotSupported"),
    "a workspace that forgets after a week": Case(
        "operationalinsights:Workspace", {"retentionInDays": 7}, "InvalidParameter"
    ),
    "Application Insights without a workspace": Case(
        "applicationinsights:Component", {"workspaceResourceId": GONE}, "ClassicComponentRetired"
    ),
    "Application Insights for 100 days": Case(
        "applicationinsights:Component", {"retentionInDays": 100}, "InvalidRetention"
    ),
    "a long short name": Case("monitor:ActionGroup", {"groupShortName": "thirteen-char"}, "InvalidGroupShortName"),
    "an address without an at": Case(
        "monitor:ActionGroup", {"emailReceivers.0.emailAddress": "ops"}, "InvalidEmailReceiver"
    ),
    "severity 5": Case("monitor:MetricAlert", {"severity": 5}, "InvalidSeverity"),
    "a window of two minutes": Case("monitor:MetricAlert", {"windowSize": "PT2M"}, "InvalidWindowSize"),
    "a frequency longer than the window": Case(
        "monitor:MetricAlert", {"evaluationFrequency": "PT30M"}, "InvalidEvaluationFrequency"
    ),
    "an alert on nothing": Case("monitor:MetricAlert", {"scopes": [f"{PLAN}-two"]}, "InvalidResourceReference"),
    "an alert to nobody": Case(
        "monitor:MetricAlert",
        {"actions.0.actionGroupId": f"{GROUP}/providers/Microsoft.Insights/actionGroups/x"},
        "InvalidResourceReference",
    ),
    "a budget from mid-month": Case(BUDGET, {"timePeriod.startDate": "2026-11-15"}, "InvalidTimePeriod"),
    "a budget of nothing": Case(BUDGET, {"amount": 0}, "InvalidBudgetAmount"),
    "a notice to nobody": Case(BUDGET, {"notifications.half.contactEmails": []}, "InvalidNotification"),
    "a plan of Defender that does not exist": Case("security:Pricing", {"pricingName": "KeyVault"}, "InvalidPricing"),
    "a private Standard registry": Case(
        REGISTRY,
        {"sku.name": "Standard", "zoneRedundancy": "Disabled", "policies": GONE},
        "FeatureRequiresPremium",
    ),
    "an open Standard registry": Case(
        REGISTRY,
        {"sku.name": "Standard", "zoneRedundancy": "Disabled", "policies": GONE, "publicNetworkAccess": "Enabled"},
    ),
    "an open registry that forbids exports": Case(
        REGISTRY, {"publicNetworkAccess": "Enabled"}, "ExportPolicyRequiresNoPublicAccess"
    ),
    "deleted images kept 90 days": Case(
        REGISTRY, {"policies.softDeletePolicy": {"status": "enabled", "retentionDays": 90}}
    ),
    "deleted images kept 180 days": Case(
        REGISTRY, {"policies.softDeletePolicy": {"status": "enabled", "retentionDays": 180}}, "InvalidRetentionDays"
    ),
    "untagged images kept 366 days": Case(
        REGISTRY, {"policies.retentionPolicy": {"status": "enabled", "days": 366}}, "InvalidRetentionDays"
    ),
    "both retentions at once": Case(
        REGISTRY,
        {
            "policies.softDeletePolicy": {"status": "enabled", "retentionDays": 30},
            "policies.retentionPolicy": {"status": "enabled", "days": 30},
        },
        "InvalidPolicyCombination",
    ),
    "a zone-redundant registry without zones": Case(REGISTRY, {"location": "westus"}, "ZoneRedundancyNotSupported"),
}


@pytest.mark.parametrize("case", PLANS.values(), ids=PLANS)
def test_plans_decide_on(case: Case) -> None:
    there = world(case.kind)
    if case.kind == ASP:
        there.items = [item for item in there.items if "Microsoft.Web" not in item.id]
    decide(case, there)


@pytest.mark.parametrize("case", APPS.values(), ids=APPS)
def test_apps_decide_on(case: Case) -> None:
    there = world(case.kind)
    there.items = [item for item in there.items if "/slots/" not in item.id and "/config/" not in item.id]
    decide(case, there)


@pytest.mark.parametrize("case", OBSERVED.values(), ids=OBSERVED)
def test_azure_decides_on(case: Case) -> None:
    there = world(case.kind)
    if case.kind == REGISTRY:
        there.items = [item for item in there.items if "registries" not in item.id]
    decide(case, there)


def test_a_container_does_not_run_on_windows() -> None:
    there = world(APP)
    for plan in there.list("Microsoft.Web/serverfarms"):
        plan.outputs["reserved"] = False
    decide(Case(APP, {}, "InvalidLinuxFxVersion"), there)


def on_plan(name: str) -> dict[str, object]:
    return {"sku": {"name": name}}


@pytest.mark.parametrize(("name", "count"), [("B1", 0), ("S1", 5), ("P1v3", 20)])
def test_a_tier_has_so_many_slots(name: str, count: int) -> None:
    there = world(SLOT)
    for plan in there.list("Microsoft.Web/serverfarms"):
        plan.outputs["sku"] = {"name": name}
    for number in range(count):
        case = Case(SLOT, {"slot": f"s{number}"})
        decide(case, there)
        there.add(SLOT, changed(VALID[SLOT], case.changes))
    decide(Case(SLOT, {"slot": "one-more"}, "SlotsNotSupported"), there)


def test_a_slots_host_name_is_a_dns_label() -> None:
    decide(Case(SLOT, {"slot": "s" * 56}, "HostNameTooLong"), world(SLOT))


def test_what_a_free_plan_does_not_offer() -> None:
    there = world(APP)
    there.items = [item for item in there.items if "/slots/" not in item.id]
    for plan in there.list("Microsoft.Web/serverfarms"):
        plan.outputs["sku"] = {"name": "F1"}
    decide(Case(APP, {}, "AlwaysOnNotSupported"), there)
    decide(Case(APP, {"siteConfig.alwaysOn": False}), there)


def test_autoscale_needs_standard() -> None:
    there = world(SCALE)
    for plan in there.list("Microsoft.Web/serverfarms"):
        plan.outputs["sku"] = {"name": "B2"}
    decide(Case(SCALE, {}, "AutoscaleNotSupported"), there)


def test_a_plan_in_use_stays_and_is_not_lowered_below_its_slots() -> None:
    there, plan = world(), VALID[ASP]
    assert codes(ask(there, ASP, plan, olds=plan, operation="delete")) == {"ServerFarmCannotBeDeleted"}
    lower = changed(plan, BASIC)
    assert codes(ask(there, ASP, lower, olds=plan)) == {"CannotScaleDownWithSlots"}
    there.items = [item for item in there.items if "Microsoft.Web/sites" not in item.id]
    assert not ask(there, ASP, lower, olds=plan)
    assert not ask(there, ASP, plan, olds=plan, operation="delete")


def test_a_share_is_mounted_with_a_key_that_the_account_must_allow() -> None:
    there = world(APP)
    there.items = [item for item in there.items if "/slots/" not in item.id]
    for account in there.list("Microsoft.Storage/storageAccounts"):
        account.outputs["allowSharedKeyAccess"] = False
    decide(Case(APP, mount(), "KeyBasedAuthenticationNotPermitted"), there)
    decide(Case(APP, mount(type="AzureBlob")), there)


def test_a_resource_has_five_diagnostic_settings() -> None:
    there = world(DIAG)
    for number in range(5):
        there.add(DIAG, changed(VALID[DIAG], {"name": f"d{number}", "workspaceId": f"{WORKSPACE}-{number}"}))
    decide(Case(DIAG, {"name": "sixth"}, "TooManyDiagnosticSettings"), there)


def test_a_category_goes_to_a_workspace_once() -> None:
    again = {"name": "again", "metrics": GONE}
    decide(Case(DIAG, again, "DataSinkAlreadyUsed"), world())
    audit = {**again, "logs": [{"categoryGroup": "audit", "enabled": True}]}
    decide(Case(DIAG, audit), world())


def test_the_activity_log_has_its_own_categories() -> None:
    kind = "monitor:SubscriptionDiagnosticSetting"
    given = {"name": "activity", "workspaceId": WORKSPACE, "logs": [{"category": "Administrative", "enabled": True}]}
    assert not ask(world(), kind, given)
    wrong = {**given, "logs": [{"category": "AuditEvent", "enabled": True}]}
    assert codes(ask(world(), kind, wrong)) == {"CategoryNotSupported"}


def test_a_private_link_scope_takes_what_exists() -> None:
    kind = "monitor:PrivateLinkScopedResource"
    given = {"resourceGroupName": "rg-one", "scopeName": "ampls", "name": "log", "linkedResourceId": WORKSPACE}
    assert not ask(world(), kind, given)
    missing = {**given, "linkedResourceId": VAULT.replace("kv-one", "kv-two")}
    assert codes(ask(world(), kind, missing)) == {"InvalidResourceReference"}
