"""What the three storage accounts promise: together, and each for its purpose."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from components.data.storage import StorageAccount, StorageAccountArgs
from components.data.storage_kinds import AccountDefaults, audit_account, data_account, files_account, flows_account
from components.data.storage_services import Lifecycle

KINDS = ("data", "files", "audit", "flows")
LASTING = ("data", "files", "audit")


@pytest.fixture(scope="module")
def place(context: Any, access: Any, sink: Any) -> AccountDefaults:
    return AccountDefaults(
        context=context,
        resource_group_name="rg-aifabrix-dev",
        sku="Standard_ZRS",
        infrastructure_encryption=True,
        access=access,
        sink=sink,
    )


@pytest.fixture(scope="module")
def arguments(place: AccountDefaults) -> dict[str, StorageAccountArgs]:
    return {
        "data": data_account(place, containers=("documents", "exports")),
        "files": files_account(place, shares={"flowise": 100, "openwebui": 20}),
        "audit": audit_account(place, immutable_days=365, delete_days=730),
        "flows": flows_account(place, delete_days=90),
    }


@pytest.fixture(scope="module")
def plans(plan: Any, arguments: dict[str, StorageAccountArgs]) -> dict[str, Any]:
    return {kind: plan(lambda kind=kind: StorageAccount(f"{kind}-sdc", arguments[kind])) for kind in KINDS}


@pytest.fixture(params=KINDS)
def any_plan(request: pytest.FixtureRequest, plans: dict[str, Any]) -> Any:
    """The plan of each account in turn."""
    return plans[request.param]


def _account(planned: Any) -> dict[str, Any]:
    return planned.one("storage:StorageAccount").inputs


def _groups(planned: Any) -> list[str]:
    endpoints = planned.inputs_of("network:PrivateEndpoint")
    return [e["privateLinkServiceConnections"][0]["groupIds"][0] for e in endpoints]


def test_no_address_of_the_internet_reaches_any_account(any_plan: Any) -> None:
    account = _account(any_plan)
    assert account["publicNetworkAccess"] == "Disabled"
    assert account["networkRuleSet"]["defaultAction"] == "Deny"
    assert account["allowBlobPublicAccess"] is False
    assert "ipRules" not in account["networkRuleSet"]


def test_only_the_account_that_azure_monitor_writes_to_lets_azures_services_in(plans: dict[str, Any]) -> None:
    assert {kind: _account(p)["networkRuleSet"]["bypass"] for kind, p in plans.items()} == {
        "data": "None",
        "files": "None",
        "audit": "AzureServices",
        "flows": "AzureServices",
    }


def test_traffic_is_encrypted_with_tls_1_2_or_newer(any_plan: Any) -> None:
    assert _account(any_plan)["enableHttpsTrafficOnly"] is True
    assert _account(any_plan)["minimumTlsVersion"] == "TLS1_2"


def test_keys_exist_only_where_app_service_mounts(plans: dict[str, Any]) -> None:
    assert {kind: _account(p)["allowSharedKeyAccess"] for kind, p in plans.items()} == {
        "data": False,
        "files": True,
        "audit": False,
        "flows": False,
    }
    assert all(_account(p)["defaultToOAuthAuthentication"] for p in plans.values())


def test_where_keys_exist_they_and_what_is_signed_with_them_expire(plans: dict[str, Any]) -> None:
    files = _account(plans["files"])
    assert files["keyPolicy"] == {"keyExpirationPeriodInDays": 90}
    assert files["sasPolicy"] == {"expirationAction": "Block", "sasExpirationPeriod": "1.00:00:00"}


def test_data_cannot_be_copied_out_of_the_tenant(any_plan: Any) -> None:
    assert _account(any_plan)["allowCrossTenantReplication"] is False
    assert _account(any_plan)["allowedCopyScope"] == "AAD"


def test_no_account_has_users_of_its_own(any_plan: Any) -> None:
    assert _account(any_plan)["isLocalUserEnabled"] is False
    assert _account(any_plan)["isSftpEnabled"] is False


def test_data_is_encrypted_twice_where_asked(plan: Any, plans: dict[str, Any], place: AccountDefaults) -> None:
    assert _account(plans["data"])["encryption"]["requireInfrastructureEncryption"] is True
    once = data_account(dataclasses.replace(place, infrastructure_encryption=False), containers=())
    planned = plan(lambda: StorageAccount("data-sdc", once))
    assert _account(planned)["encryption"]["requireInfrastructureEncryption"] is False


@pytest.mark.parametrize("kind", LASTING)
def test_what_is_overwritten_or_deleted_comes_back(plans: dict[str, Any], kind: str) -> None:
    blobs = plans[kind].one("storage:BlobServiceProperties").inputs
    assert blobs["isVersioningEnabled"] is True
    assert blobs["changeFeed"] == {"enabled": True}
    assert blobs["deleteRetentionPolicy"] == {"enabled": True, "days": 30}
    assert blobs["containerDeleteRetentionPolicy"] == {"enabled": True, "days": 30}


def test_each_service_that_is_used_has_an_endpoint_and_no_other_has(plans: dict[str, Any]) -> None:
    expected = {"data": ["blob"], "files": ["file"], "audit": ["blob"], "flows": ["blob"]}
    assert {kind: _groups(p) for kind, p in plans.items()} == expected


def test_containers_are_private_and_wait_for_versioning(plans: dict[str, Any]) -> None:
    containers = plans["data"].of("storage:BlobContainer")
    assert {c.inputs["containerName"] for c in containers} == {"documents", "exports"}
    assert {c.inputs["publicAccess"] for c in containers} == {"None"}
    assert all("storage:BlobServiceProperties data-sdc" in c.depends_on for c in containers)


def test_each_application_has_a_share_of_its_own(plans: dict[str, Any]) -> None:
    shares = plans["files"].inputs_of("storage:FileShare")
    assert {s["shareName"]: s["shareQuota"] for s in shares} == {"flowise": 100, "openwebui": 20}
    assert {s["enabledProtocols"] for s in shares} == {"SMB"}


def test_shares_speak_the_newest_smb_with_the_strong_ciphers_that_app_service_knows(plans: dict[str, Any]) -> None:
    files = plans["files"].one("storage:FileServiceProperties").inputs
    assert files["protocolSettings"]["smb"] == {
        "versions": "SMB3.1.1",
        "authenticationMethods": "NTLMv2",
        "channelEncryption": "AES-128-GCM;AES-256-GCM",
    }
    assert files["shareDeleteRetentionPolicy"] == {"enabled": True, "days": 30}


@pytest.mark.parametrize("kind", ["data", "audit", "flows"])
def test_accounts_of_blobs_have_no_shares(plans: dict[str, Any], kind: str) -> None:
    assert not {"storage:FileShare", "storage:FileServiceProperties"} & plans[kind].types


def test_audit_logs_are_immutable_in_every_container_also_in_those_that_azure_makes(plans: dict[str, Any]) -> None:
    assert _account(plans["audit"])["immutableStorageWithVersioning"] == {
        "enabled": True,
        "immutabilityPolicy": {
            "immutabilityPeriodSinceCreationInDays": 365,
            "allowProtectedAppendWrites": True,
            "state": "Unlocked",
        },
    }, "a policy on a container of ours would not cover the containers that Azure Monitor makes"
    assert "immutableStorageWithVersioning" not in _account(plans["data"])


def test_what_is_decided_at_creation_is_not_asked_for_later(plan: Any, place: AccountDefaults) -> None:
    """Azure adds no immutability to an account and takes none away; the SDK would replace the account."""
    loose = plan(lambda: StorageAccount("audit-sdc", audit_account(place, immutable_days=None, delete_days=366)))
    account = loose.one("storage:StorageAccount")
    assert "immutableStorageWithVersioning" not in account.inputs
    assert account.ignore_changes == ("immutableStorageWithVersioning",)


def test_flow_logs_are_written_anew_every_minute_and_kept_once(plans: dict[str, Any]) -> None:
    blobs = plans["flows"].one("storage:BlobServiceProperties").inputs
    assert blobs["isVersioningEnabled"] is False
    assert blobs["changeFeed"] == {"enabled": False}
    assert blobs["deleteRetentionPolicy"] == {"enabled": False}, "it would keep what is overwritten"
    assert blobs["containerDeleteRetentionPolicy"] == {"enabled": True, "days": 30}
    assert "immutableStorageWithVersioning" not in _account(plans["flows"])
    (rule,) = plans["flows"].one("storage:ManagementPolicy").inputs["policy"]["rules"]
    assert rule["definition"]["actions"] == {"baseBlob": {"delete": {"daysAfterModificationGreaterThan": 90}}}


def test_audit_logs_are_deleted_when_their_time_is_over(plans: dict[str, Any]) -> None:
    (rule,) = plans["audit"].one("storage:ManagementPolicy").inputs["policy"]["rules"]
    actions = rule["definition"]["actions"]
    assert actions["baseBlob"] == {"delete": {"daysAfterModificationGreaterThan": 730}}
    assert actions["version"] == {"delete": {"daysAfterCreationGreaterThan": 730}}
    assert rule["definition"]["filters"] == {"blobTypes": ["blockBlob", "appendBlob"]}, "logs are append blobs"


def test_audit_logs_are_never_to_be_deleted_while_they_are_immutable(place: AccountDefaults) -> None:
    with pytest.raises(ValueError, match="immutable for 400"):
        audit_account(place, immutable_days=400, delete_days=365)


def test_data_is_kept_and_only_its_old_versions_go(plan: Any, plans: dict[str, Any], place: AccountDefaults) -> None:
    (rule,) = plans["data"].one("storage:ManagementPolicy").inputs["policy"]["rules"]
    assert "baseBlob" not in rule["definition"]["actions"]
    assert rule["definition"]["actions"]["version"] == {"delete": {"daysAfterCreationGreaterThan": 90}}
    personal = data_account(place, containers=(), lifecycle=Lifecycle(delete_days=180))
    (rule,) = (
        plan(lambda: StorageAccount("data-sdc", personal)).one("storage:ManagementPolicy").inputs["policy"]["rules"]
    )
    assert rule["definition"]["actions"]["baseBlob"] == {"delete": {"daysAfterModificationGreaterThan": 180}}


def test_reads_and_writes_of_every_service_in_use_are_logged(plans: dict[str, Any]) -> None:
    def logged(planned: Any) -> set[str]:
        name = _account(planned)["accountName"]
        return {s["resourceUri"].split(name, 1)[1] for s in planned.inputs_of("monitor:DiagnosticSetting")}

    assert logged(plans["data"]) == {"", "/blobServices/default"}
    assert logged(plans["files"]) == {"", "/blobServices/default", "/fileServices/default"}


def test_accounts_and_what_they_hold_are_protected(any_plan: Any) -> None:
    stateful = ("storage:StorageAccount", "storage:BlobContainer", "storage:FileShare")
    assert all(r.protect for kind in stateful for r in any_plan.of(kind))


def test_the_lock_goes_before_anything_below_the_account_when_a_stack_is_destroyed(any_plan: Any) -> None:
    lock = any_plan.one("authorization:ManagementLockByScope")
    inside = ("storage:", "monitor:DiagnosticSetting")
    below = {f"{r.type} {r.name}" for r in any_plan.resources if r.type.startswith(inside)}
    assert below <= lock.depends_on


def test_another_size_leaves_alone_what_would_replace_the_account(
    plan: Any, plans: dict[str, Any], place: AccountDefaults
) -> None:
    larger = files_account(place, shares={"flowise": 1024, "openwebui": 20})
    after = plan(lambda: StorageAccount("files-sdc", larger))
    assert _account(after) == _account(plans["files"])
    assert {s["shareQuota"] for s in after.inputs_of("storage:FileShare")} == {1024, 20}


def test_a_preview_knows_every_name_and_asks_azure_nothing(
    plan: Any, arguments: dict[str, StorageAccountArgs], unknown: Any
) -> None:
    def build() -> Any:
        account = StorageAccount("files-sdc", arguments["files"])
        return [account.blob_host, account.file_host, account.account_name, account.account_key()]

    previewed = plan(build, preview=True)
    name = _account(previewed)["accountName"]
    assert previewed.result == [f"{name}.blob.core.windows.net", f"{name}.file.core.windows.net", name, unknown]
    assert not previewed.calls, "an account that does not exist yet has no keys to list"
    assert not any(unknown in r.inputs.values() for r in previewed.resources)


def test_the_key_is_read_after_the_account_exists(plan: Any, arguments: dict[str, StorageAccountArgs]) -> None:
    token = "azure-native:storage:listStorageAccountKeys"
    answer = {"keys": [{"keyName": "key1", "value": "the-first"}, {"keyName": "key2", "value": "the-second"}]}
    planned = plan(lambda: StorageAccount("files-sdc", arguments["files"]).account_key(), calls={token: answer})
    assert planned.result == "the-first"
    assert [token for token, _ in planned.calls] == [token]
