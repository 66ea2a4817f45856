"""Rules about where logs and telemetry are kept."""

from __future__ import annotations

from collections.abc import Iterable

from policies.model import Context, Outcome, ok
from policies.rule import Rule, direct, supporting
from policies.rules.data_shared import classified
from policies.rules.diagnostics_kinds import WORKSPACE
from policies.rules.platform_shared import parts
from resources.model import Resource
from resources.values import ABSENT, any_of, at_least, equals, get, negate, present

TABLE = "operationalinsights:Table"
FREE_DAYS = 30
"""Retention of a workspace that does not name one."""


def retention(resource: Resource, context: Context) -> Iterable[Outcome]:
    """Check DG-03."""
    days, total, wanted = "retentionInDays", "totalRetentionInDays", context.parameters.retention_days
    if resource.type != WORKSPACE:
        value = get(resource, total)
        inherits = any_of(value is ABSENT, equals(value, -1))
        yield ok(any_of(inherits, at_least(value, wanted)), "the table keeps its logs for too short a time", total)
        return
    yield ok(at_least(get(resource, days, FREE_DAYS), wanted), "logs can be queried for too short a time", days)
    # A workspace cannot keep anything for six years itself: its tables or an account do, which is seen elsewhere.
    restricted = classified(resource, context.parameters.restricted_classifications)
    tables = parts(context, resource, TABLE, {"workspaceName": "workspaceName"}).found
    archived = any_of(*(at_least(get(table, total), context.parameters.archive_days) for table in tables), None)
    yield ok(any_of(negate(restricted), archived), "nothing here shows an archive of six years for its logs", total)


def private_workspace(resource: Resource, _context: Context) -> Iterable[Outcome]:
    """Check DG-04."""
    sent, read = "publicNetworkAccessForIngestion", "publicNetworkAccessForQuery"
    local = "features.disableLocalAuth"
    return [
        ok(equals(get(resource, sent), "Disabled"), "logs can be sent from the Internet", sent),
        ok(equals(get(resource, read), "Disabled"), "logs can be read from the Internet", read),
        ok(equals(get(resource, local), expected=True), "logs can be sent with the workspace's key", local),
    ]


def telemetry(resource: Resource, _context: Context) -> Iterable[Outcome]:
    """Check DG-05."""
    workspace, local, masking = "workspaceResourceId", "disableLocalAuth", "disableIpMasking"
    return [
        ok(present(get(resource, workspace)), "telemetry is not kept in a workspace", workspace),
        ok(
            equals(get(resource, local), expected=True), "whoever knows the connection string may send telemetry", local
        ),
        ok(negate(equals(get(resource, masking), expected=True)), "whole addresses of visitors are kept", masking),
    ]


RULES: tuple[Rule, ...] = (
    Rule(
        id="DG-03", title="Workspace retention: 30 dev, 90 test, 365 prod; 6-year archive for phi",
        types=(WORKSPACE, TABLE), property="retentionInDays, totalRetentionInDays",
        severity="M", scope="R", profile="P2",
        iso=(direct("A.8.15", "Logs are there for as long as an investigation needs them"),
             direct("A.5.33", "Records are kept for the time that was decided")),
        hipaa=(direct("164.316(b)(2)(i)", "Records about health information are kept for six years"),),
        gdpr=(direct("Art. 5(1)(e)", "How long logs are kept is a decision"),
              supporting("Art. 5(2)", "What happened can be shown for that time")),
        what="The workspace keeps logs for 30 days in dev, 90 in test, 365 in production; no table "
             "keeps them for less. "
             "For a workspace tagged restricted or phi a table archives for six years; without one "
             "the verdict is undetermined, because an audit account may hold the archive.",
        why="Intrusions are found after months. What has been deleted by then is lost for the investigation.",
        remediation="Set `retention_in_days` on the workspace, `total_retention_in_days` on tables "
                    "that need an archive.",
        azure_default="30 days; tables keep what the workspace says.",
        bad="operationalinsights.Workspace('logs', retention_in_days=30)  # in production",
        good="operationalinsights.Workspace('logs', retention_in_days=365)",
        check=retention,
    ),
    Rule(
        id="DG-04", title="Workspace private, local auth off", types=(WORKSPACE,),
        property="publicNetworkAccessFor*, features.disableLocalAuth",
        severity="M", scope="R", profile="P3",
        iso=(direct("A.8.15", "Logs are protected from being read and forged"),
             direct("A.8.20", "Logs travel over the private network")),
        hipaa=(direct("164.312(a)(1)", "Logs with health information are not open to the Internet"),),
        gdpr=(direct("Art. 32(1)(b)", "Logs hold personal data and are as confidential as the data"),),
        what="The workspace takes in and answers through Private Link only, and only with Entra tokens.",
        why="With the workspace's key anyone can flood it with forged entries; queries show what systems do.",
        remediation="Set both `public_network_access_for_…` to Disabled and `features.disable_local_auth=True`.",
        azure_default="Public, and keys work.",
        bad="operationalinsights.Workspace('logs')",
        good="operationalinsights.Workspace('logs', public_network_access_for_ingestion='Disabled',\n"
             "    public_network_access_for_query='Disabled',\n"
             "    features=operationalinsights.WorkspaceFeaturesArgs(disable_local_auth=True))",
        check=private_workspace,
    ),
    Rule(
        id="DG-05", title="App Insights on workspace, local auth off, IP masking kept",
        types=("applicationinsights:Component",), property="workspaceResourceId, disableLocalAuth, disableIpMasking",
        severity="M", scope="R", profile="P2",
        iso=(direct("A.8.11", "Addresses of visitors are masked"),
             direct("A.5.34", "Telemetry holds no more personal data than it needs")),
        hipaa=(supporting("164.514(d)", "Telemetry is limited to the minimum necessary"),),
        gdpr=(direct("Art. 25(1)", "Minimisation is built into telemetry"),
              direct("Art. 5(1)(c)", "The last part of an address is not needed and not kept")),
        what="Application Insights keeps its data in a workspace, accepts Entra tokens only, and masks addresses.",
        why="The connection string is in every app and browser; with it anyone forges telemetry. Whole addresses are "
            "personal data that nobody needs there.",
        remediation="Set `workspace_resource_id`, `disable_local_auth=True`; leave `disable_ip_masking` off.",
        azure_default="The connection string is enough; addresses are masked.",
        bad="applicationinsights.Component('telemetry', disable_ip_masking=True)",
        good="applicationinsights.Component('telemetry', workspace_resource_id=workspace.id, disable_local_auth=True)",
        check=telemetry,
    ),
)  # fmt: skip
