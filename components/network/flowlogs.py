"""Flow logs: who talked to whom in the network, kept in storage and analysed in the workspace.

A flow log is a child of the region's network watcher. Azure makes that watcher itself when the first virtual network
of a subscription appears in a region, always under the same name, and allows no second one: so the platform uses it
and never owns it. A subscription that opted out of the automatic watcher names its own.

Source: Microsoft Learn, "Virtual network flow logs", "Enable or disable Azure Network Watcher".
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import managedidentity, network

from components.base import FabrixComponent
from components.context import Context
from components.shared.roles import grant

WATCHER_GROUP = "NetworkWatcherRG"
"""Resource group that Azure makes for automatic watchers."""

ANALYTICS_MINUTES = 60
"""How often Traffic Analytics reads the log: 10 or 60; the shorter one costs more and nothing here reacts so fast."""


def automatic_watcher(location: str) -> str:
    """Name of the watcher that Azure makes in a region."""
    return f"NetworkWatcher_{location}"


@dataclass(frozen=True, kw_only=True)
class FlowLogsArgs:
    """Inputs of :class:`FlowLogs`."""

    context: Context
    resource_group_name: pulumi.Input[str]
    vnet_id: pulumi.Input[str]
    storage_id: pulumi.Input[str]
    """ARM id of the account that keeps the log, in the region of the network, and nothing else; how long is decided by
    its life cycle. It must let trusted services past its firewall; shared keys may be off, because the log is written
    by an identity."""
    workspace_id: pulumi.Input[str]
    """ARM id of the Log Analytics workspace for Traffic Analytics."""
    watcher_name: str | None = None
    """None: the automatic one of the region."""
    watcher_group: str = WATCHER_GROUP


class FlowLogs(FabrixComponent[FlowLogsArgs]):
    """The flow log of the whole network, written by an identity that can do nothing else."""

    flow_log_id: pulumi.Output[str]

    def build(self, name: str, args: FlowLogsArgs) -> None:
        """Create the identity, its right to write, and the log."""
        names, location = args.context.names, args.context.location
        identity = managedidentity.UserAssignedIdentity(
            name,
            resource_name_=names.of("identity", "flowlogs"),
            resource_group_name=args.resource_group_name,
            location=location,
            tags=dict(args.context.tags),
            opts=self.child(),
        )
        right = grant(
            self,
            # Not `name`: stacks were deployed with a right of that name on the account of audit records. A change of
            # its scope would delete that one first, which the account's lock forbids, and stop in the middle.
            f"{name}-account",
            role="storage-blob-data-contributor",
            principal_id=identity.principal_id,
            scope=args.storage_id,
            reason="The network watcher writes flow logs; shared keys of the account are off",
            context=args.context,
        )
        log = network.FlowLog(
            name,
            flow_log_name=names.of("flow_log"),
            network_watcher_name=args.watcher_name or automatic_watcher(location),
            resource_group_name=args.watcher_group,
            location=location,
            target_resource_id=args.vnet_id,
            storage_id=args.storage_id,
            enabled=True,
            identity=network.ManagedServiceIdentityArgs(
                type=network.ResourceIdentityType.USER_ASSIGNED, user_assigned_identities=[identity.id]
            ),
            format=network.FlowLogFormatParametersArgs(type="JSON", version=2),
            # Azure keeps a retention of its own by replacing the life cycle of the whole account (terraform-provider-
            # azurerm, "azurerm_network_watcher_flow_log"), which ours would replace in turn.
            retention_policy=network.RetentionPolicyParametersArgs(days=0, enabled=False),
            flow_analytics_configuration=network.TrafficAnalyticsPropertiesArgs(
                network_watcher_flow_analytics_configuration=network.TrafficAnalyticsConfigurationPropertiesArgs(
                    enabled=True,
                    traffic_analytics_interval=ANALYTICS_MINUTES,
                    workspace_region=location,
                    workspace_resource_id=args.workspace_id,
                )
            ),
            tags=dict(args.context.tags),
            opts=self.child(depends_on=[right]),
        )
        self.flow_log_id = log.id
