"""Rules about what watches and shields a virtual network."""

from __future__ import annotations

from policies.model import Context, Outcome, ok
from policies.rule import Rule, direct, supporting
from policies.rules.platform_shared import referrers
from resources.model import Resource
from resources.values import Trilean, all_of, any_of, at_least, equals, get, present

VNET = ("network:VirtualNetwork",)


def flow_logs(resource: Resource, context: Context) -> Outcome:
    """Check NW-09."""
    logs = referrers(context, resource, "network:FlowLog", "targetResourceId")
    answer = any_of(*(_keeps(log, context) for log in logs.found), False if logs.complete else None)
    return ok(answer, "no flow log that is on, kept long enough, and analysed")


def _keeps(log: Resource, context: Context) -> Trilean:
    analytics = "flowAnalyticsConfiguration.networkWatcherFlowAnalyticsConfiguration.enabled"
    days = get(log, "retentionPolicy.days")
    return all_of(
        equals(get(log, "enabled"), expected=True),
        equals(get(log, "retentionPolicy.enabled"), expected=True),
        any_of(equals(days, 0), at_least(days, context.parameters.flow_log_days)),
        equals(get(log, analytics), expected=True),
    )


def ddos(resource: Resource, _context: Context) -> Outcome:
    """Check NW-10."""
    path = "enableDdosProtection"
    answer = all_of(equals(get(resource, path), expected=True), present(get(resource, "ddosProtectionPlan")))
    return ok(answer, "no DDoS protection plan", path)


RULES: tuple[Rule, ...] = (
    Rule(
        id="NW-09", title="VNet flow logs, 90 days, analytics", types=VNET,
        property="enabled, retentionPolicy.days, flowAnalyticsConfiguration",
        severity="M", scope="S", profile="P3",
        iso=(direct("A.8.15", "Who talked to whom is recorded"),
             direct("A.8.16", "Unusual traffic is looked for")),
        hipaa=(direct("164.312(b)", "Traffic of systems with health information can be examined"),),
        gdpr=(supporting("Art. 32(1)(d)", "Whether the rules of the network work can be tested"),),
        what="A flow log records the whole network, is kept (0 days means for ever) and read by Traffic Analytics.",
        why="After an incident it is the only answer to where data went. NSG flow logs are retired.",
        remediation="Add `network.FlowLog` with the network as target, retention of 90 days, and analytics on.",
        azure_default="None.",
        bad="network.VirtualNetwork('network')  # and no FlowLog",
        good="network.FlowLog('flows', target_resource_id=vnet.id, enabled=True,\n"
             "    retention_policy=network.RetentionPolicyParametersArgs(days=90, enabled=True), …)",
        check=flow_logs,
    ),
    Rule(
        id="NW-10", title="DDoS plan", types=VNET, property="enableDdosProtection, ddosProtectionPlan",
        severity="M", scope="R", profile="P3",
        iso=(direct("A.8.20", "Floods are taken up before they reach the network"),
             supporting("A.8.14", "Services stay reachable under attack")),
        gdpr=(direct("Art. 32(1)(b)", "Availability under attack"),),
        what="The network has a DDoS protection plan.",
        why="Azure's basic protection guards Azure, not an application: its thresholds are far above "
            "what an app stands.",
        remediation="Set `enable_ddos_protection=True` and `ddos_protection_plan` (one plan serves a "
                    "tenant). A waiver is "
                    "right where nothing in the network accepts connections from the Internet: the plan protects "
                    "public addresses, and not those of NAT gateways.",
        azure_default="Basic protection of Azure itself only.",
        bad="network.VirtualNetwork('network', enable_ddos_protection=False)",
        good="network.VirtualNetwork('network', enable_ddos_protection=True,\n"
             "    ddos_protection_plan=network.SubResourceArgs(id=plan_id))",
        check=ddos,
    ),
)  # fmt: skip
