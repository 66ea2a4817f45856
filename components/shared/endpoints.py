"""Private endpoints: one way to give any service an address in the VNet and a name that resolves to it.

Source of group ids and zones: Microsoft Learn, "Azure Private Endpoint private DNS zone values".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pulumi
from pulumi_azure_native import network

from components.base import FabrixComponent
from components.context import Context
from components.shared.ids import after
from components.shared.order import ENDPOINT, Writers

ZONE_GROUP_NAME = "default"
"""A private endpoint has at most one zone group; this is the name that the portal gives it."""


@dataclass(frozen=True, kw_only=True)
class EndpointKind:
    """How Private Link names one part of a service."""

    group_id: str
    """Sub-resource that the endpoint connects to."""
    zones: tuple[str, ...]
    """Private DNS zones that need a record of the endpoint."""
    ports: tuple[str, ...]
    """TCP ports that clients of the endpoint use; network security rules are derived from them."""


ENDPOINTS: Mapping[str, EndpointKind] = MappingProxyType(
    {
        "vault": EndpointKind(group_id="vault", zones=("privatelink.vaultcore.azure.net",), ports=("443",)),
        "postgres": EndpointKind(
            group_id="postgresqlServer", zones=("privatelink.postgres.database.azure.com",), ports=("5432",)
        ),
        # The OSS cluster policy sends clients on to the shards, which listen on ports of their own.
        "redis": EndpointKind(
            group_id="redisEnterprise", zones=("privatelink.redis.azure.net",), ports=("10000", "8500-8599")
        ),
        "blob": EndpointKind(group_id="blob", zones=("privatelink.blob.core.windows.net",), ports=("443",)),
        # App Service needs 80 beside 445 to mount a share (Microsoft Learn, "Mount Azure Storage as a local
        # share"); 443 is for clients of the REST interface.
        "file": EndpointKind(group_id="file", zones=("privatelink.file.core.windows.net",), ports=("445", "80", "443")),
        "queue": EndpointKind(group_id="queue", zones=("privatelink.queue.core.windows.net",), ports=("443",)),
        "table": EndpointKind(group_id="table", zones=("privatelink.table.core.windows.net",), ports=("443",)),
        "registry": EndpointKind(group_id="registry", zones=("privatelink.azurecr.io",), ports=("443",)),
        # One scope for all of Azure Monitor; its agents fetch solution packs from blobs.
        "monitor": EndpointKind(
            group_id="azuremonitor",
            zones=(
                "privatelink.monitor.azure.com",
                "privatelink.oms.opinsights.azure.com",
                "privatelink.ods.opinsights.azure.com",
                "privatelink.agentsvc.azure-automation.net",
                "privatelink.blob.core.windows.net",
            ),
            ports=("443",),
        ),
        # The deployment site (scm) has its record in the same zone.
        "sites": EndpointKind(group_id="sites", zones=("privatelink.azurewebsites.net",), ports=("443",)),
    }
)
"""Service key → what Private Link calls it."""


@dataclass(frozen=True, kw_only=True)
class PrivateAccess:
    """Where private endpoints are and who registers their names."""

    subnet_id: pulumi.Input[str]
    """Subnet for private endpoints and nothing else."""
    zone_ids: Mapping[str, pulumi.Input[str]]
    """Private DNS zone name → ARM id. Empty when an Azure Policy of the hub writes the zone groups."""


def private_endpoint(
    parent: FabrixComponent,
    name: str,
    *,
    service: str,
    target_id: pulumi.Input[str],
    context: Context,
    resource_group_name: pulumi.Input[str],
    access: PrivateAccess,
    group_id: str | None = None,
    writers: Writers | None = None,
) -> network.PrivateEndpoint:
    """Create an endpoint for ``target_id`` and, unless the hub does it, the records in the private zones.

    ``service`` is a key of :data:`ENDPOINTS`; ``group_id`` overrides its sub-resource (``sites-staging`` for a slot);
    ``writers`` are the other writers to the target, among which the endpoint takes its turn.
    ``name`` is the logical name and must differ between the endpoints of one region, because the physical one is made
    of it. Raises ``KeyError`` naming the zone when ``access`` lacks one.
    """
    kind = ENDPOINTS[service]
    if writers is not None:
        target_id = after(target_id, *writers.next(ENDPOINT))
    physical = context.names.of("private_endpoint", endpoint_part(context, name))
    endpoint = network.PrivateEndpoint(
        name,
        private_endpoint_name=physical,
        resource_group_name=resource_group_name,
        location=context.location,
        # A plain mapping: SubnetArgs would add default policies of its own to what is only a reference.
        subnet={"id": access.subnet_id},
        private_link_service_connections=[
            network.PrivateLinkServiceConnectionArgs(
                name=physical, private_link_service_id=target_id, group_ids=[group_id or kind.group_id]
            )
        ],
        # Without a name of ours Azure invents one with a GUID in it, which no rule of the customer can match.
        custom_network_interface_name=context.names.of("network_interface", endpoint_part(context, name)),
        tags=dict(context.tags),
        opts=parent.child(),
    )
    if writers is not None:
        writers.add(endpoint)
    if access.zone_ids:
        network.PrivateDnsZoneGroup(
            name,
            private_dns_zone_group_name=ZONE_GROUP_NAME,
            private_endpoint_name=after(physical, endpoint),
            resource_group_name=resource_group_name,
            private_dns_zone_configs=[
                network.PrivateDnsZoneConfigArgs(name=zone.replace(".", "-"), private_dns_zone_id=access.zone_ids[zone])
                for zone in kind.zones
            ],
            # The group is deleted with its endpoint: no second call, and no order between them in a destroy.
            opts=parent.child(deleted_with=endpoint),
        )
    return endpoint


def zones_of(services: Iterable[str]) -> tuple[str, ...]:
    """Names of the private DNS zones that ``services`` need, each once, sorted."""
    return tuple(sorted({zone for service in services for zone in ENDPOINTS[service].zones}))


def endpoint_part(context: Context, name: str) -> str:
    """``name`` without the region key, which the physical name has in another position."""
    return "-".join(piece for piece in name.split("-") if piece != context.region_key)
