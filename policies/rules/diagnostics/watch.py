"""Who is alerted to what, and which resources must not be deleted by mistake."""

from __future__ import annotations

from collections.abc import Iterator

from policies.model import ROOT, Context, Outcome, ok, skip
from policies.rule import Rule, direct
from policies.rules.diagnostics.categories import WORKSPACE
from resources import arm
from resources.model import Resource
from resources.values import ABSENT, Trilean, all_of, any_of, equals, get, known, negate, one_of, present, some

ALERT, GROUP = "monitor:ActivityLogAlert", "monitor:ActionGroup"
RECEIVERS = (
    "emailReceivers", "smsReceivers", "voiceReceivers", "webhookReceivers", "azureAppPushReceivers", "itsmReceivers",
    "automationRunbookReceivers", "logicAppReceivers", "azureFunctionReceivers", "armRoleReceivers",
    "eventHubReceivers", "incidentReceivers",
)  # fmt: skip
OPERATIONS = (
    "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.Authorization/policyAssignments/write",
    "Microsoft.Authorization/policyAssignments/delete",
    "Microsoft.Authorization/locks/delete",
    "Microsoft.Network/networkSecurityGroups/write",
    "Microsoft.Network/networkSecurityGroups/delete",
    "Microsoft.Network/publicIPAddresses/write",
    "Microsoft.Insights/diagnosticSettings/delete",
)
"""Changes that raise an alert: CIS Microsoft Azure Foundations Benchmark, as far as such resources exist here, and
others that would weaken an installation."""
HEALTH = "ServiceHealth"
LOCKS = ("CanNotDelete", "ReadOnly")
LOCKED_TYPES = (
    "keyvault:Vault", "storage:StorageAccount", "dbforpostgresql:Server", "containerregistry:Registry",
    "operationalinsights:Workspace", "redisenterprise:RedisEnterprise",
)  # fmt: skip


def alerts(resource: Resource, context: Context) -> Outcome | list[Outcome]:
    """DG-07: someone is alerted to changes that weaken the installation."""
    if resource.type == GROUP:
        receivers = any_of(*(present(get(resource, path)) for path in RECEIVERS))
        return ok(all_of(receivers, _enabled(resource)), "nobody is notified", "enabled")
    if resource.type == ALERT:
        return ok(_notifies(resource), "the alert is off or notifies nobody", "actions")
    if not context.graph.of(WORKSPACE):
        return skip("a stack without a workspace is monitored by others")
    active = [(alert, _notifies(alert)) for alert in context.graph.of(ALERT)]
    reason = "nobody is notified of a change that weakens the installation, or of an outage of Azure"
    return [
        ok(any_of(*(all_of(works, _about(alert, event)) for alert, works in active)), reason, "condition")
        for event in (*OPERATIONS, HEALTH)
    ]


def _enabled(resource: Resource) -> Trilean:
    return negate(equals(get(resource, "enabled"), expected=False))


def _notifies(alert: Resource) -> Trilean:
    groups = some(get(alert, "actions.actionGroups"), lambda each: get(each, "actionGroupId") is not ABSENT)
    return all_of(groups, _enabled(alert))


def _about(alert: Resource, event: str) -> Trilean:
    return some(
        get(alert, "condition.allOf"),
        lambda each: any_of(
            equals(get(each, "equals"), event),
            some(get(each, "anyOf"), lambda leaf: equals(get(leaf, "equals"), event)),
        ),
    )


def undeletable(resource: Resource, context: Context) -> Iterator[Outcome]:
    """DG-08: stateful resources are protected in Pulumi, and in production locked in Azure."""
    yield ok(resource.options.protect, "Pulumi would delete it with everything in it", "protect")
    if context.profile == "prod":
        yield ok(_locked(resource, context), "no lock: Azure would delete it with everything in it", "level")


def _locked(resource: Resource, context: Context) -> Trilean:
    own = context.graph.ids.get(resource.urn, "")
    locks = context.graph.of("authorization:ManagementLockByScope")
    return any_of(*(all_of(one_of(get(lock, "level"), LOCKS), _covers(lock, resource, own)) for lock in locks))


def _covers(lock: Resource, resource: Resource, own: str) -> Trilean:
    """Return whether a lock is on the resource or on something around it.

    A lock has a scope, or (the types for one level, which arrive here under the same name) the names of a group and a
    resource; one that names nothing is the subscription's.
    """
    scope = get(lock, "scope")
    if scope is ABSENT:
        group, name = get(lock, "resourceGroupName"), get(lock, "resourceName")
        return all_of(
            any_of(group is ABSENT, equals(group, arm.group(own)) if own else None),
            any_of(name is ABSENT, equals(name, own.rpartition("/")[2]) if own else None),
        )
    if not known(scope) or not own:
        return True if resource.urn in lock.property_dependencies.get("scope", ()) else None
    theirs, ours = arm.subscription(str(scope)), arm.subscription(own)
    if ours not in {theirs, arm.NO_SUBSCRIPTION}:
        return False
    return f"{arm.local(own)}/".startswith(f"{arm.local(str(scope))}/")


RULES: tuple[Rule, ...] = (
    Rule(
        id="DG-07",
        title="Minimum alerts and action group",
        types=(ROOT, ALERT, GROUP),
        property="condition, actions",
        severity="M",
        scope="S",
        profile="P3",
        iso=(
            direct("A.8.16", "Changes that weaken the installation are noticed."),
            direct("A.5.24", "It is decided in advance who is notified."),
        ),
        hipaa=(direct("164.308(a)(6)(ii)", "Incidents become known to those who respond."),),
        gdpr=(direct("Art. 33", "A breach is known in time to be notified within 72 hours."),),
        what="Someone is notified when a role is granted, a policy assigned or removed, a lock or a diagnostic setting "
        "removed, a security group or public address changed, and when Azure has an outage. Action groups have "
        "receivers.",
        why="These are the first steps of an attack and of most mistakes. An alert without a receiver is only a "
        "record.",
        remediation="Add `monitor.ActivityLogAlert` for each and an enabled `monitor.ActionGroup` with a receiver.",
        azure_default="None.",
        bad='monitor.ActionGroup("team", enabled=True)  # and nobody in it',
        good='monitor.ActionGroup("team", enabled=True, email_receivers=[…])',
        check=alerts,
    ),
    Rule(
        id="DG-08",
        title="Stateful resources locked and `protect`ed",
        types=LOCKED_TYPES,
        property="level, protect",
        severity="H",
        scope="S",
        profile="P3",
        iso=(
            direct("A.8.13", "The data that backups come from is not deleted by mistake."),
            direct("A.8.32", "Deleting data takes a change of its own."),
        ),
        hipaa=(direct("164.308(a)(7)(ii)(A)", "Copies of health information survive a mistake."),),
        gdpr=(direct("Art. 32(1)(b)", "Availability does not depend on one click."),),
        what="Resources that hold data are protected in Pulumi, and in production locked in Azure: themselves, their "
        "group or their subscription.",
        why="Protection stops the program, a lock stops everyone else: portal, scripts, another program.",
        remediation="Set `opts=ResourceOptions(protect=True)`; add `authorization.ManagementLockByScope`, "
        "CanNotDelete.",
        azure_default="Neither.",
        bad='storage.StorageAccount("data", …)',
        good='authorization.ManagementLockByScope("data", scope=account.id, level="CanNotDelete")',
        check=undeletable,
    ),
)
