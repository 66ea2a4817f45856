"""Private Link of Azure Monitor: logs and telemetry enter through an address of the VNet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import monitor

from components.base import FabrixComponent
from components.context import Context
from components.shared.endpoints import PrivateAccess, private_endpoint
from components.shared.ids import after, arm_id
from components.shared.order import Writers


@dataclass(frozen=True, kw_only=True)
class MonitorPrivateLinkArgs:
    """Inputs of :class:`MonitorPrivateLink`."""

    context: Context
    resource_group_name: pulumi.Input[str]
    members: Mapping[str, pulumi.Input[str]]
    """Short key → ARM id of a workspace or an Application Insights component, at least one."""
    public_query: bool
    """Machines in the VNet may also query workspaces that are not members. Ingestion never may."""
    access: PrivateAccess


class MonitorPrivateLink(FabrixComponent[MonitorPrivateLinkArgs]):
    """One scope with its endpoint for the whole VNet.

    The zones are shared by all of Azure Monitor: once they are linked to a VNet, everything in it reaches Azure
    Monitor through this scope. So a VNet, and every VNet that shares its DNS, must have one scope only (Microsoft
    Learn, "Design your Azure Private Link setup"). A member cannot be deleted while it is in a scope; the dependency
    takes care of that order.
    """

    scope_id: pulumi.Output[str]

    def build(self, name: str, args: MonitorPrivateLinkArgs) -> None:
        """Create the scope, put the members in, then the endpoint."""
        context = args.context
        physical = context.names.of("private_link_scope")
        scope = monitor.PrivateLinkScope(
            name,
            scope_name=physical,
            resource_group_name=args.resource_group_name,
            location="global",  # the only location of a scope
            access_mode_settings=monitor.AccessModeSettingsArgs(
                # No telemetry from this VNet to workspaces outside this scope.
                ingestion_access_mode="PrivateOnly",
                query_access_mode="Open" if args.public_query else "PrivateOnly",
            ),
            tags=dict(context.tags),
            opts=self.child(),
        )
        writers = Writers("monitor:PrivateLinkScope", scope)
        for key, member_id in args.members.items():
            writers.add(
                monitor.PrivateLinkScopedResource(
                    f"{name}-{key}",
                    name=key,
                    scope_name=after(physical, scope),
                    resource_group_name=args.resource_group_name,
                    kind="Resource",
                    linked_resource_id=member_id,
                    opts=self.child(depends_on=writers.next("monitor:PrivateLinkScopedResource")),
                )
            )
        self.scope_id = arm_id(
            context, args.resource_group_name, f"Microsoft.Insights/privateLinkScopes/{physical}", scope
        )
        private_endpoint(
            self,
            name,
            service="monitor",
            # After the members, whose host names become records of the endpoint.
            target_id=self.scope_id,
            writers=writers,
            context=context,
            resource_group_name=args.resource_group_name,
            access=args.access,
        )
