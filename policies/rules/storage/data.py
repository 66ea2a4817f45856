"""Storage accounts: where copies of the data are, how it is recovered, and when it is deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.shared import children, classified, expect, implies, owner_of, referrers
from resources.model import Resource
from resources.values import (
    Trilean,
    Value,
    all_of,
    any_of,
    at_least,
    equals,
    get,
    matches,
    negate,
    one_of,
    present,
    some,
)

ACCOUNT, SERVICE = "storage:StorageAccount", "storage:BlobServiceProperties"

EXPORTS = (
    ("monitor:DiagnosticSetting", "storageAccountId"),
    ("monitor:SubscriptionDiagnosticSetting", "storageAccountId"),
    ("operationalinsights:DataExport", "resourceId"),
)
"""What writes logs into an account, and where it names it."""

PAIR_ABROAD = frozenset({"brazilsouth"})
"""Regions whose pair lies in another geography (Microsoft Learn, "Azure region pairs"): a geo-redundant copy would
leave it."""

COPY_SCOPES = ("AAD", "PrivateLink")

DELETE_AFTER = (
    "daysAfterModificationGreaterThan",
    "daysAfterCreationGreaterThan",
    "daysAfterLastAccessTimeGreaterThan",
)
"""Any of these is enough for a life-cycle rule to delete."""


def copies_stay(resource: Resource, _context: Context) -> list[Outcome]:
    """ST-09: blobs are neither replicated nor copied into other tenants."""
    replication = "allowCrossTenantReplication"
    return [
        expect(resource, replication, "replication into another tenant is not ruled out", to_be=False),
        expect(resource, "allowedCopyScope", "blobs may be copied to and from any tenant", to_be=COPY_SCOPES),
    ]


def keep_copies(resource: Resource, _context: Context) -> Mapping[str, Any]:
    """Fix ST-09; a copy scope that is narrow already stays as it is."""
    narrow = one_of(get(resource, "allowedCopyScope"), COPY_SCOPES)
    return {"allowCrossTenantReplication": False} | ({} if narrow else {"allowedCopyScope": "AAD"})


def recoverable(resource: Resource, context: Context) -> list[Outcome] | Outcome:
    """ST-12: the account configures its blob service, and that service keeps what is changed and deleted."""
    if resource.type == ACCOUNT:
        blobs = negate(equals(get(resource, "kind"), "FileStorage"))
        if blobs is False:
            return skip("an account for files only")
        services = children(context, resource, SERVICE, "accountName")
        return ok(implies(blobs, services.any()), "the blob service of the account is left at its defaults")
    account = owner_of(context, resource, ACCOUNT, "accountName")
    # A hierarchical namespace has neither versions nor a change feed.
    flat = negate(equals(get(account, "isHnsEnabled", default=False), expected=True)) if account else True
    lasting = negate(_only_flow_logs(account, context)) if account else True
    flat = all_of(flat, lasting)
    versions, feed = "isVersioningEnabled", "changeFeed.enabled"
    return [
        ok(implies(flat, equals(get(resource, versions), expected=True)), "an overwritten blob is lost", versions),
        ok(implies(flat, equals(get(resource, feed), expected=True)), "nothing records what changed when", feed),
        *_keeps_deleted(resource, "deleteRetentionPolicy", "blob", context, wanted=lasting),
        *_keeps_deleted(resource, "containerDeleteRetentionPolicy", "container", context),
    ]


def _only_flow_logs(account: Resource, context: Context) -> Trilean:
    """Whether flow logs alone are written to ``account``: Azure writes each of their blobs anew every minute."""
    return all_of(
        referrers(context, account, "network:FlowLog", "storageId").any(),
        negate(children(context, account, "storage:BlobContainer", "accountName").any()),
        *(negate(referrers(context, account, type_, path).any()) for type_, path in EXPORTS),
    )


def _keeps_deleted(
    resource: Resource, policy: str, what: str, context: Context, *, wanted: Trilean = True
) -> list[Outcome]:
    days, on = context.parameters.blob_retention_days, f"{policy}.enabled"
    kept, enough = equals(get(resource, on), expected=True), at_least(get(resource, f"{policy}.days"), days)
    return [
        ok(implies(wanted, kept), f"a deleted {what} is lost at once", on),
        ok(implies(wanted, enough), f"a deleted {what} cannot be restored for {days} days", f"{policy}.days"),
    ]


def redundant(resource: Resource, _context: Context) -> list[Outcome]:
    """ST-13: copies are in several zones or in the paired region, and stay in their geography."""
    sku = get(resource, "sku.name")
    across = matches(sku, lambda name: not str(name).upper().endswith("LRS"))
    abroad = all_of(
        matches(sku, lambda name: str(name).upper().endswith(("GRS", "GZRS"))),
        matches(get(resource, "location"), lambda name: str(name).replace(" ", "").lower() in PAIR_ABROAD),
    )
    return [
        ok(across, "all copies are in one data centre", "sku.name"),
        ok(negate(abroad), "the copy in the paired region is in another geography", "location"),
    ]


def _deletes(rule: Value) -> Trilean:
    delete = get(rule, "definition.actions.baseBlob.delete")
    return all_of(
        negate(equals(get(rule, "enabled", default=True), expected=False)),
        any_of(*(present(get(delete, day)) for day in DELETE_AFTER)),
    )


def deletes_old_data(resource: Resource, context: Context) -> Outcome:
    """ST-16: an account that may hold personal data deletes old blobs."""
    personal = classified(resource, context.parameters.personal_classifications)
    if personal is False:
        return skip("not classified as data that may be personal")
    shares = children(context, resource, "storage:FileShare", "accountName")
    containers = children(context, resource, "storage:BlobContainer", "accountName")
    if shares.certain and containers.any() is False:
        return skip("holds file shares, which have no life cycle")
    policies = children(context, resource, "storage:ManagementPolicy", "accountName")
    deletes = policies.any(lambda policy: some(get(policy, "policy.rules"), _deletes))
    path = "policy.rules[].definition.actions.baseBlob.delete"
    return ok(implies(personal, deletes), "no life-cycle rule deletes blobs after a time", path)


RULES: tuple[Rule, ...] = (
    Rule(
        id="ST-09",
        title="No cross-tenant replication; copy scope limited",
        types=(ACCOUNT,),
        property="allowCrossTenantReplication, allowedCopyScope",
        severity="M",
        scope="R",
        profile="P2",
        iso=(direct("A.8.12", "Closes two ways in which whole containers leave for another organisation's tenant."),),
        hipaa=(supporting("164.312(c)(1)", "Data cannot be overwritten by copies from unknown accounts."),),
        gdpr=(
            direct("Art. 32(2)", "Counters unauthorised disclosure by those who may configure the account."),
            supporting("Art. 44", "A copy in another tenant may be a transfer that nobody has assessed."),
        ),
        what="Object replication and blob copies stay inside the tenant.",
        why="Otherwise anyone who may configure the account can have Azure itself carry the data away, past every "
        "firewall.",
        remediation='Set `allow_cross_tenant_replication=False` and `allowed_copy_scope="AAD"`.',
        azure_default="Replication: on for accounts created before December 2023. Copies: to and from anywhere.",
        bad='storage.StorageAccount("data", kind="StorageV2", allow_cross_tenant_replication=True)',
        good='storage.StorageAccount("data", kind="StorageV2", allow_cross_tenant_replication=False, '
        'allowed_copy_scope="AAD")',
        check=copies_stay,
        remediate=keep_copies,
    ),
    Rule(
        id="ST-12",
        title="Versioning, change feed, blob and container soft delete of N days",
        types=(ACCOUNT, SERVICE),
        property="isVersioningEnabled, deleteRetentionPolicy.days, containerDeleteRetentionPolicy.days",
        severity="H",
        scope="S",
        profile="P2",
        iso=(
            direct("A.8.13", "Earlier versions and deleted blobs are a backup that needs no schedule."),
            supporting("A.8.10", "Deletion becomes final after a period that was decided, neither at once nor never."),
            supporting("A.5.33", "Records are protected from loss and from silent change."),
        ),
        hipaa=(
            direct("164.308(a)(7)(ii)(A)", "Exact copies of health data can be retrieved."),
            direct("164.312(c)(1)", "Improper alteration or destruction can be seen and undone."),
        ),
        gdpr=(direct("Art. 32(1)(c)", "Access to personal data is restored after an incident."),),
        what="The blob service keeps versions and a change feed, and keeps deleted blobs and containers for some days "
        "(7 in dev, 14 in test, 30 in prod). An account of flow logs alone keeps deleted containers only: Azure writes "
        "their blobs anew every minute.",
        why="Ransomware and mistakes overwrite and delete with valid permissions; only what the account itself retains "
        "survives.",
        remediation="Add `storage.BlobServiceProperties` to the account with versioning, change feed and both "
        "retention policies.",
        azure_default="Everything is off.",
        bad='storage.BlobServiceProperties("data", is_versioning_enabled=False)',
        good='storage.BlobServiceProperties("data", is_versioning_enabled=True, '
        "change_feed=storage.ChangeFeedArgs(enabled=True), "
        "delete_retention_policy=storage.DeleteRetentionPolicyArgs(enabled=True, days=30), "
        "container_delete_retention_policy=storage.DeleteRetentionPolicyArgs(enabled=True, days=30))",
        check=recoverable,
    ),
    Rule(
        id="ST-13",
        title="Zone or in-region geo replication",
        types=(ACCOUNT,),
        property="sku.name",
        severity="M",
        scope="R",
        profile="P3",
        iso=(
            direct("A.8.14", "The data survives the loss of one data centre."),
            supporting("A.5.30", "Applications can continue, or be rebuilt, after the loss of a site."),
        ),
        hipaa=(supporting("164.308(a)(7)(ii)(B)", "Recovery finds the data away from the disaster."),),
        gdpr=(
            direct("Art. 32(1)(b)", "Availability and resilience of the data."),
            supporting("Art. 44", "The second copy stays inside the chosen geography."),
        ),
        what="Copies are in several zones, or in the paired region of the same geography.",
        why="Locally redundant storage is lost with one building.",
        remediation="Choose a SKU with ZRS, GRS or GZRS. Azure converts between LRS and ZRS on request.",
        azure_default="None: the SKU is required.",
        bad='storage.SkuArgs(name="Standard_LRS")',
        good='storage.SkuArgs(name="Standard_ZRS")',
        check=redundant,
    ),
    Rule(
        id="ST-16",
        title="Lifecycle delete rule for stores tagged as personal data",
        types=(ACCOUNT,),
        property="policy.rules[].definition.actions.baseBlob.delete",
        severity="M",
        scope="S",
        profile="P3",
        iso=(
            direct("A.8.10", "Information that is no longer needed is deleted without anyone having to remember."),
            supporting("A.5.34", "Contributes to the protection of personal data."),
        ),
        hipaa=(
            supporting("164.310(d)(2)(i)", "Health data is disposed of at the end of its life."),
            supporting("164.316(b)(2)(i)", "The retention period of records is written down and enforced."),
        ),
        gdpr=(
            direct("Art. 5(1)(e)", "Storage limitation, enforced by the storage account itself."),
            supporting("Art. 17", "Data that is no longer needed is erased without a request."),
        ),
        what="An account whose `data-classification` may mean personal data has a rule that deletes old blobs.",
        why="Without an end, every data store becomes an archive about people.",
        remediation="Add `storage.ManagementPolicy` with a rule whose `base_blob.delete` sets a number of days.",
        azure_default="Nothing is ever deleted.",
        bad="storage.ManagementPolicyActionArgs(snapshot=None)",
        good="storage.ManagementPolicyActionArgs(base_blob=storage.ManagementPolicyBaseBlobArgs("
        "delete=storage.DateAfterModificationArgs(days_after_modification_greater_than=730)))",
        check=deletes_old_data,
    ),
)
