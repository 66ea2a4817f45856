"""Storage accounts: rules that look at the services and policies below them."""

from __future__ import annotations

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.data_shared import children, classified, given, owner_of
from resources.model import Resource
from resources.values import Trilean, Value, all_of, any_of, at_least, equals, get, negate, present, some

ACCOUNT, SERVICE = "storage:StorageAccount", "storage:BlobServiceProperties"

DELETE_AFTER = (
    "daysAfterModificationGreaterThan",
    "daysAfterCreationGreaterThan",
    "daysAfterLastAccessTimeGreaterThan",
)
"""Any of these makes a life-cycle rule delete by itself."""


def recoverable(resource: Resource, context: Context) -> list[Outcome] | Outcome:
    """ST-12. The account must have its blob service set; the settings are judged where they stand."""
    if resource.type == ACCOUNT:
        blobs = negate(equals(get(resource, "kind"), "FileStorage"))
        if blobs is False:
            return skip("an account for files only")
        services = children(context, resource, SERVICE, "accountName", "accountName")
        found = True if services.found else None if services.complete is False else False
        return ok(given(blobs, found), "the blob service of the account is left at its defaults")
    account = owner_of(context, resource, "accountName", ACCOUNT, "accountName")
    # A hierarchical namespace has neither versions nor a change feed.
    flat = negate(equals(get(account, "isHnsEnabled", default=False), expected=True)) if account else True
    days = context.parameters.blob_retention_days
    return [
        ok(
            given(flat, equals(get(resource, "isVersioningEnabled"), expected=True)),
            "a blob that is overwritten is gone",
            "isVersioningEnabled",
        ),
        ok(
            given(flat, equals(get(resource, "changeFeed.enabled"), expected=True)),
            "nothing records what changed when",
            "changeFeed.enabled",
        ),
        ok(
            equals(get(resource, "deleteRetentionPolicy.enabled"), expected=True),
            "a deleted blob is gone",
            "deleteRetentionPolicy.enabled",
        ),
        ok(
            at_least(get(resource, "deleteRetentionPolicy.days"), days),
            f"a deleted blob cannot be restored for {days} days",
            "deleteRetentionPolicy.days",
        ),
        ok(
            equals(get(resource, "containerDeleteRetentionPolicy.enabled"), expected=True),
            "a deleted container is gone",
            "containerDeleteRetentionPolicy.enabled",
        ),
        ok(
            at_least(get(resource, "containerDeleteRetentionPolicy.days"), days),
            f"a deleted container cannot be restored for {days} days",
            "containerDeleteRetentionPolicy.days",
        ),
    ]


def _deletes(rule: Value) -> Trilean:
    delete = get(rule, "definition.actions.baseBlob.delete")
    return all_of(
        negate(equals(get(rule, "enabled", default=True), expected=False)),
        any_of(*(present(get(delete, day)) for day in DELETE_AFTER)),
    )


def ends(resource: Resource, context: Context) -> Outcome:
    """ST-16."""
    personal = classified(resource, context.parameters.personal_classifications)
    if personal is False:
        return skip("not classified as data that may be personal")
    shares, containers = (
        children(context, resource, each, "accountName", "accountName")
        for each in ("storage:FileShare", "storage:BlobContainer")
    )
    if shares.found and not containers.found and containers.complete:
        return skip("holds file shares, which have no life cycle")
    policies = children(context, resource, "storage:ManagementPolicy", "accountName", "accountName")
    deletes = any_of(
        *(some(get(policy, "policy.rules"), _deletes) for policy in policies.found),
        False if policies.complete else None,
    )
    return ok(
        given(personal, deletes),
        "no life-cycle rule deletes blobs after a time",
        "policy.rules[].definition.actions.baseBlob.delete",
    )


RULES: tuple[Rule, ...] = (
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
            supporting("A.8.10", "Deletion becomes final after a time that was decided, not at once and not never."),
            supporting("A.5.33", "Records are protected from loss and from silent change."),
        ),
        hipaa=(
            direct("164.308(a)(7)(ii)(A)", "Exact copies of health data can be retrieved."),
            direct("164.312(c)(1)", "Improper alteration or destruction can be seen and undone."),
        ),
        gdpr=(direct("Art. 32(1)(c)", "Access to personal data is restored after an incident."),),
        what="The blob service keeps versions and a change feed, and deleted blobs and containers for some days "
        "(7 in dev, 14 in test, 30 in prod).",
        why="Ransomware and mistakes overwrite and delete with valid rights; only what the store itself keeps remains.",
        remediation="Add `storage.BlobServiceProperties` to the account with versioning, change feed and both "
        "retention policies.",
        azure_default="Everything off.",
        bad='storage.BlobServiceProperties("data", is_versioning_enabled=False)',
        good='storage.BlobServiceProperties("data", is_versioning_enabled=True, '
        "change_feed=storage.ChangeFeedArgs(enabled=True), "
        "delete_retention_policy=storage.DeleteRetentionPolicyArgs(enabled=True, days=30), "
        "container_delete_retention_policy=storage.DeleteRetentionPolicyArgs(enabled=True, days=30))",
        check=recoverable,
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
            direct("A.8.10", "Information that is no longer needed is deleted without anybody having to remember."),
            supporting("A.5.34", "Serves the protection of personal data."),
        ),
        hipaa=(
            supporting("164.310(d)(2)(i)", "Health data is disposed of at the end of its life."),
            supporting("164.316(b)(2)(i)", "The period for which records are kept is written down and carried out."),
        ),
        gdpr=(
            direct("Art. 5(1)(e)", "Storage limitation, carried out by the store itself."),
            supporting("Art. 17", "What nobody needs any more is erased without a request."),
        ),
        what="An account whose `data-classification` may mean personal data has a rule that deletes old blobs.",
        why="Without an end, every store becomes an archive of people.",
        remediation="Add `storage.ManagementPolicy` with a rule whose `base_blob.delete` names a number of days.",
        azure_default="Nothing is ever deleted.",
        bad="storage.ManagementPolicyActionArgs(snapshot=None)",
        good="storage.ManagementPolicyActionArgs(base_blob=storage.ManagementPolicyBaseBlobArgs("
        "delete=storage.DateAfterModificationArgs(days_after_modification_greater_than=730)))",
        check=ends,
    ),
)
