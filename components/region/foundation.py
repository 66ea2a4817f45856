"""What everything else depends on: resource groups, the sink of all logs, the network, and private names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import resources

from components.network import dns
from components.network.traffic import EgressRow, IngressRow
from components.network.vnet import Network, NetworkArgs, NetworkToCreate, NetworkToUse
from components.observability.monitoring import Monitoring, MonitoringArgs
from components.observability.private_link import MonitorPrivateLink, MonitorPrivateLinkArgs
from components.region import wiring
from components.region.stage import Stage
from components.shared.diagnostics import Sink
from components.shared.endpoints import ENDPOINTS, PrivateAccess
from components.shared.ids import after
from settings.network import ExistingNetwork, ExistingZones, PolicyZones

PARTS = ("network", "security", "data", "observability", "apps")
"""Resource groups: each can be handed to the team that owns it, and read or locked without the others."""

DEPLOYMENTS = "deployments"
"""Resource group of what the controller deploys, in stacks whose controller does."""


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """What later stages build on."""

    groups: Mapping[str, pulumi.Output[str]]
    """Part → name of its resource group."""
    monitoring: Monitoring
    sink: Sink
    network: Network
    private_dns: dns.PrivateDns
    """Private zones and their links; what resolves a private name waits for them."""
    access: PrivateAccess


def resource_groups(stage: Stage) -> dict[str, pulumi.Output[str]]:
    """Create the resource groups; part → name."""
    parts = (*PARTS, DEPLOYMENTS) if wiring.controller_deploys(stage.settings) else PARTS
    return {part: _resource_group(stage, part) for part in parts}


def create_foundation(
    stage: Stage, groups: Mapping[str, pulumi.Output[str]], publishers: Mapping[str, pulumi.Input[str]]
) -> Foundation:
    """Create the sink of all logs first, so that nothing is ever unobserved, then the network and its names.

    ``publishers`` maps applications to the object ids of the identities that send telemetry.
    """
    monitoring = _monitoring(stage, groups["observability"], publishers)
    sink = Sink(workspace_id=monitoring.workspace_id)
    network = Network(
        stage.name("network"),
        NetworkArgs(context=stage.context, resource_group_name=groups["network"], sink=sink, plan=_network_plan(stage)),
        opts=stage.child(),
    )
    zones = dns.PrivateDns(
        stage.name("dns"),
        dns.PrivateDnsArgs(
            context=stage.context, resource_group_name=groups["network"], zones=_zones(stage, network.vnet_id)
        ),
        opts=stage.child(),
    )
    access = PrivateAccess(subnet_id=network.subnet_ids["endpoints"], zone_ids=zones.zone_ids)
    MonitorPrivateLink(
        stage.name("monitor"),
        MonitorPrivateLinkArgs(
            context=stage.context,
            resource_group_name=groups["observability"],
            members={"workspace": monitoring.workspace_id, "insights": monitoring.app_insights_id},
            public_query=False,
            access=access,
        ),
        opts=stage.child(),
    )
    return Foundation(
        groups=groups, monitoring=monitoring, sink=sink, network=network, private_dns=zones, access=access
    )


def _resource_group(stage: Stage, part: str) -> pulumi.Output[str]:
    physical = stage.context.names.of("resource_group", part)
    group = resources.ResourceGroup(
        stage.name("group", part),
        resource_group_name=physical,
        location=stage.context.location,
        tags=dict(stage.context.tags),
        opts=stage.child(),
    )
    return after(physical, group)


def _monitoring(stage: Stage, group: pulumi.Output[str], publishers: Mapping[str, pulumi.Input[str]]) -> Monitoring:
    return Monitoring(
        stage.name("monitoring"),
        MonitoringArgs(
            context=stage.context,
            resource_group_name=group,
            retention_days=stage.settings.sizing.retention_days,
            daily_cap_gib=stage.settings.observability.daily_quota_gb,
            public_ingestion=False,
            public_query=False,
            publishers=publishers,
        ),
        opts=stage.child(),
    )


def _network_plan(stage: Stage) -> NetworkToCreate | NetworkToUse:
    declared = stage.settings.network
    if isinstance(declared, ExistingNetwork):
        return NetworkToUse(vnet_id=declared.id, subnets=declared.subnets)
    return NetworkToCreate(
        address_space=declared.address_space,
        subnets=stage.settings.addresses.subnets,
        egress=[
            EgressRow(
                name=row.name, destination=row.destination, ports=row.ports, subnets=row.subnets, reason=row.reason
            )
            for row in declared.outbound
        ],
        ingress=[
            IngressRow(name=row.name, source=row.source, subnet=row.subnet, ports=row.ports, reason=row.reason)
            for row in declared.ingress.allow
        ],
        peerings=declared.ingress.peerings,
        gateway=declared.ingress.gateway,
        zone="1" if stage.settings.installation.region_facts.zones else None,
    )


def _zones(stage: Stage, vnet_id: pulumi.Output[str]) -> dns.ZonesToCreate | dns.ZonesToUse | dns.ZonesByPolicy:
    declared, services = stage.settings.dns, tuple(ENDPOINTS)
    if isinstance(declared, ExistingZones):
        return dns.ZonesToUse(services=services, zone_ids=declared.zones)
    if isinstance(declared, PolicyZones):
        return dns.ZonesByPolicy()
    return dns.ZonesToCreate(services=services, vnet_id=vnet_id)
