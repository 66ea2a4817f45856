"""Which changes in Azure raise an alert, as a table.

Source: CIS Microsoft Azure Foundations Benchmark, section "Activity Log Alerts", as far as the platform has such
resources, and what else would weaken it. A rule matches the operation and nothing else: the benchmark wants no
filter on level or status.
"""

from __future__ import annotations

from typing import NamedTuple


class ActivityRule(NamedTuple):
    """One kind of event of the activity log."""

    key: str
    description: str
    values: tuple[str, ...]
    """Any of them."""
    field: str = "operationName"
    """Which field of the event has one of the values."""
    category: str = "Administrative"


# fmt: off
ACTIVITY_RULES: tuple[ActivityRule, ...] = (
    ActivityRule("role-grant", "Somebody was given a role.", ("Microsoft.Authorization/roleAssignments/write",)),
    ActivityRule("role-revoke", "Somebody lost a role.", ("Microsoft.Authorization/roleAssignments/delete",)),
    ActivityRule("policy-assign", "A policy was assigned.", ("Microsoft.Authorization/policyAssignments/write",)),
    ActivityRule("policy-remove", "A policy was removed.", ("Microsoft.Authorization/policyAssignments/delete",)),
    ActivityRule("lock-remove", "A lock that keeps data was removed.", ("Microsoft.Authorization/locks/delete",)),
    ActivityRule("nsg-change", "A network security group changed.", ("Microsoft.Network/networkSecurityGroups/write",)),
    ActivityRule("nsg-remove", "A network security group was deleted.",
                 ("Microsoft.Network/networkSecurityGroups/delete",)),
    ActivityRule("nsg-rule", "A rule of a network security group changed.",
                 ("Microsoft.Network/networkSecurityGroups/securityRules/write",)),
    ActivityRule("public-ip", "A public address was made or changed.", ("Microsoft.Network/publicIPAddresses/write",)),
    ActivityRule("vault-remove", "A key vault was deleted.", ("Microsoft.KeyVault/vaults/delete",)),
    ActivityRule("database-firewall", "A PostgreSQL firewall rule was made; the platform has none.",
                 ("Microsoft.DBforPostgreSQL/flexibleServers/firewallRules/write",)),
    ActivityRule("logging-remove", "A resource stopped logging.", ("Microsoft.Insights/diagnosticSettings/delete",)),
    ActivityRule("service-health", "Azure reports trouble in a service that is used here.",
                 ("Incident", "Security", "ActionRequired"), "properties.incidentType", "ServiceHealth"),
)
# fmt: on
"""Every rule; keys are unique."""
