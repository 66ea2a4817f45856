"""Workspaces and Application Insights: where logs and telemetry are kept."""

from __future__ import annotations

from collections.abc import Iterator

from policies.model import Context, Outcome, ok
from policies.rule import Rule, direct, supporting
from policies.rules.diagnostics.categories import WORKSPACE
from policies.rules.shared import children, expect, expect_set, implies, restricted
from resources.model import Resource
from resources.values import ABSENT, any_of, at_least, equals, get

TABLE = "operationalinsights:Table"
FREE_DAYS = 30
"""Retention of a workspace, where it is not set."""


def retention(resource: Resource, context: Context) -> Iterator[Outcome]:
    """DG-03: logs are kept long enough, and archived for restricted data."""
    days, total, wanted = "retentionInDays", "totalRetentionInDays", context.parameters.retention_days
    if resource.type != WORKSPACE:
        value = get(resource, total)
        inherits = any_of(value is ABSENT, equals(value, -1))
        yield ok(any_of(inherits, at_least(value, wanted)), "the table does not keep its logs long enough", total)
        return
    yield ok(at_least(get(resource, days, FREE_DAYS), wanted), "logs cannot be queried for long enough", days)
    # A workspace cannot keep anything for six years itself: its tables or an account do, which this rule cannot see.
    tables = children(context, resource, TABLE, "workspaceName", "resourceGroupName").certain
    archived = any_of(*(at_least(get(table, total), context.parameters.archive_days) for table in tables), None)
    reason = "nothing here shows an archive of six years for its logs"
    yield ok(implies(restricted(resource, context), archived), reason, total)


def private_workspace(resource: Resource, _context: Context) -> list[Outcome]:
    """DG-04: the workspace has no public endpoints and no keys."""
    sent, read = "publicNetworkAccessForIngestion", "publicNetworkAccessForQuery"
    return [
        expect(resource, sent, "logs can be sent from the Internet", to_be="Disabled"),
        expect(resource, read, "logs can be read from the Internet", to_be="Disabled"),
        expect(resource, "features.disableLocalAuth", "logs can be sent with the workspace's key", to_be=True),
    ]


def private_telemetry(resource: Resource, _context: Context) -> list[Outcome]:
    """DG-05: telemetry is kept in a workspace, needs Entra tokens, and masks addresses."""
    local, masking = "disableLocalAuth", "disableIpMasking"
    return [
        expect_set(resource, "workspaceResourceId", "telemetry is not kept in a workspace"),
        expect(resource, local, "anyone who knows the connection string may send telemetry", to_be=True),
        expect(resource, masking, "visitors' addresses are kept in full", to_be=False, default=False),
    ]


RULES: tuple[Rule, ...] = (
    Rule(
        id="DG-03",
        title="Workspace retention: 30 dev, 90 test, 365 prod; 6-year archive for phi",
        types=(WORKSPACE, TABLE),
        property="retentionInDays, totalRetentionInDays",
        severity="M",
        scope="R",
        profile="P2",
        iso=(
            direct("A.8.15", "Logs are available for as long as an investigation needs them."),
            direct("A.5.33", "Records are kept for the period that was decided."),
        ),
        hipaa=(direct("164.316(b)(2)(i)", "Records about health information are kept for six years."),),
        gdpr=(
            direct("Art. 5(1)(e)", "The retention of logs is a decision."),
            supporting("Art. 5(2)", "What happened can be shown for that period."),
        ),
        what="The workspace keeps logs for 30 days in dev, 90 in test, 365 in production; no table keeps them for "
        "less. For a workspace tagged restricted or phi a table archives for six years; without one the verdict is "
        "undetermined, because an audit account may hold the archive.",
        why="Intrusions are discovered after months. What has been deleted by then is lost to the investigation.",
        remediation="Set `retention_in_days` on the workspace, `total_retention_in_days` on tables that need an "
        "archive.",
        azure_default="30 days; tables inherit the retention of the workspace.",
        bad='operationalinsights.Workspace("logs", retention_in_days=30)  # in production',
        good='operationalinsights.Workspace("logs", retention_in_days=365)',
        check=retention,
    ),
    Rule(
        id="DG-04",
        title="Workspace private, local auth off",
        types=(WORKSPACE,),
        property="publicNetworkAccessFor*, features.disableLocalAuth",
        severity="M",
        scope="R",
        profile="P3",
        iso=(
            direct("A.8.15", "Logs are protected from being read and forged."),
            direct("A.8.20", "Logs travel over the private network."),
        ),
        hipaa=(direct("164.312(a)(1)", "Logs with health information are not open to the Internet."),),
        gdpr=(direct("Art. 32(1)(b)", "Logs hold personal data and are as confidential as the data."),),
        what="The workspace accepts logs and queries through Private Link only, and only with Entra tokens.",
        why="With the workspace's key anyone can flood it with forged entries; queries reveal what systems do.",
        remediation="Set both `public_network_access_for_…` to Disabled and `features.disable_local_auth=True`.",
        azure_default="Public, and keys work.",
        bad='operationalinsights.Workspace("logs")',
        good='operationalinsights.Workspace("logs", public_network_access_for_ingestion="Disabled",\n'
        '    public_network_access_for_query="Disabled",\n'
        "    features=operationalinsights.WorkspaceFeaturesArgs(disable_local_auth=True))",
        check=private_workspace,
    ),
    Rule(
        id="DG-05",
        title="App Insights on workspace, local auth off, IP masking kept",
        types=("applicationinsights:Component",),
        property="workspaceResourceId, disableLocalAuth, disableIpMasking",
        severity="M",
        scope="R",
        profile="P2",
        iso=(
            direct("A.8.11", "Visitors' addresses are masked."),
            direct("A.5.34", "Telemetry holds no more personal data than it needs."),
        ),
        hipaa=(supporting("164.514(d)", "Telemetry is limited to the minimum necessary."),),
        gdpr=(
            direct("Art. 25(1)", "Minimisation is built into telemetry."),
            direct("Art. 5(1)(c)", "The last part of an address is not needed and not kept."),
        ),
        what="Application Insights keeps its data in a workspace, accepts Entra tokens only, and masks addresses.",
        why="The connection string is in every app and browser; with it anyone can forge telemetry. Full addresses are "
        "personal data that nobody needs there.",
        remediation="Set `workspace_resource_id`, `disable_local_auth=True`; leave `disable_ip_masking` off.",
        azure_default="The connection string is enough; addresses are masked.",
        bad='applicationinsights.Component("telemetry", disable_ip_masking=True)',
        good='applicationinsights.Component("telemetry", workspace_resource_id=workspace.id, disable_local_auth=True)',
        check=private_telemetry,
    ),
)
