"""Rules about who is told of what, and about resources that must not be deleted by mistake."""

from __future__ import annotations

from collections.abc import Iterable

from policies.model import ROOT, Context, Outcome, ok, skip
from policies.rule import Rule, direct
from policies.rules.diagnostics_kinds import WORKSPACE
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
"""Changes that somebody is told of: CIS Microsoft Azure Foundations Benchmark, as far as such resources exist here, and
what else would weaken an installation."""
HEALTH = "ServiceHealth"
LOCKS = ("CanNotDelete", "ReadOnly")
STATEFUL = (
    "keyvault:Vault", "storage:StorageAccount", "dbforpostgresql:Server", "containerregistry:Registry",
    "operationalinsights:Workspace", "redisenterprise:RedisEnterprise",
)  # fmt: skip


def alerts(resource: Resource, context: Context) -> Outcome | Iterable[Outcome]:
    """Check DG-07."""
    if resource.type == GROUP:
        told = any_of(*(present(get(resource, path)) for path in RECEIVERS))
        return ok(all_of(told, negate(equals(get(resource, "enabled"), expected=False))), "nobody is told", "enabled")
    if resource.type == ALERT:
        return ok(_wakes(resource), "the alert is off or tells nobody", "actions")
    if not context.graph.of(WORKSPACE):
        return skip("a stack without a workspace is watched by others")
    active = [(alert, _wakes(alert)) for alert in context.graph.of(ALERT)]
    return [
        ok(
            any_of(*(all_of(works, _about(alert, wanted)) for alert, works in active)),
            "nobody is told of a change that weakens the installation, or of Azure's own trouble",
            "condition",
        )
        for wanted in (*OPERATIONS, HEALTH)
    ]


def _wakes(alert: Resource) -> Trilean:
    groups = some(get(alert, "actions.actionGroups"), lambda each: get(each, "actionGroupId") is not ABSENT)
    return all_of(groups, negate(equals(get(alert, "enabled"), expected=False)))


def _about(alert: Resource, wanted: str) -> Trilean:
    return some(
        get(alert, "condition.allOf"),
        lambda each: any_of(
            equals(get(each, "equals"), wanted),
            some(get(each, "anyOf"), lambda leaf: equals(get(leaf, "equals"), wanted)),
        ),
    )


def kept(resource: Resource, context: Context) -> Iterable[Outcome]:
    """Check DG-08."""
    yield ok(resource.options.protect, "Pulumi would delete it with everything in it", "protect")
    if context.profile == "prod":
        yield ok(_locked(resource, context), "no lock: Azure would delete it with everything in it", "level")


def _locked(resource: Resource, context: Context) -> Trilean:
    own = context.graph.ids.get(resource.urn, "")
    locks = context.graph.of("authorization:ManagementLockByScope")
    return any_of(*(all_of(one_of(get(lock, "level"), LOCKS), _covers(lock, resource, own)) for lock in locks))


def _covers(lock: Resource, resource: Resource, own: str) -> Trilean:
    """Tell whether a lock is on the resource or on something around it.

    A lock says so by a scope, or (the types for one level, which arrive here under the same name) by the names of a
    group and a resource; one that names nothing is the subscription's.
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
        id="DG-07", title="Minimum alerts and action group", types=(ROOT, ALERT, GROUP), property="condition, actions",
        severity="M", scope="S", profile="P3",
        iso=(direct("A.8.16", "Changes that weaken the installation are noticed"),
             direct("A.5.24", "It is decided beforehand who is told")),
        hipaa=(direct("164.308(a)(6)(ii)", "Incidents become known to those who respond"),),
        gdpr=(direct("Art. 33", "A breach is known in time to be notified within 72 hours"),),
        what="Somebody is told when a role is given, a policy assigned or removed, a lock or a "
             "diagnostic setting removed, "
             "a security group or public address changed, and when Azure has trouble. Action groups have receivers.",
        why="These are the first steps of an attack and of most mistakes. An alert without a "
            "receiver is a record only.",
        remediation="Add `monitor.ActivityLogAlert` for each and an enabled `monitor.ActionGroup` with a receiver.",
        azure_default="None.",
        bad="monitor.ActionGroup('team', enabled=True)  # and nobody in it",
        good="monitor.ActionGroup('team', enabled=True, email_receivers=[…])",
        check=alerts,
    ),
    Rule(
        id="DG-08", title="Stateful resources locked and `protect`ed", types=STATEFUL, property="level, protect",
        severity="H", scope="S", profile="P3",
        iso=(direct("A.8.13", "What backups start from is not deleted by mistake"),
             direct("A.8.32", "Deleting data takes a change of its own")),
        hipaa=(direct("164.308(a)(7)(ii)(A)", "Copies of health information outlive a mistake"),),
        gdpr=(direct("Art. 32(1)(b)", "Availability does not hang on one click"),),
        what="What holds data is protected in Pulumi, and in production locked in Azure: itself, its group or its "
             "subscription.",
        why="Protection stops the program, a lock stops everyone else: portal, scripts, another program.",
        remediation="Set `opts=ResourceOptions(protect=True)`; add "
                    "`authorization.ManagementLockByScope`, CanNotDelete.",
        azure_default="Neither.",
        bad="storage.StorageAccount('data', …)",
        good="authorization.ManagementLockByScope('data', scope=account.id, level='CanNotDelete')",
        check=kept,
    ),
)  # fmt: skip
