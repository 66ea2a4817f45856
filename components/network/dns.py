"""Private DNS: the names of services resolve to their private endpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_azure_native import privatedns

from components.base import FabrixComponent
from components.context import Context
from components.shared.endpoints import zones_of
from components.shared.ids import arm_id


@dataclass(frozen=True, kw_only=True)
class ZonesToCreate:
    """Zones that the platform creates and links to its network."""

    services: Sequence[str]
    """Keys of :data:`components.shared.endpoints.ENDPOINTS`; decides which zones exist."""
    vnet_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class ZonesToUse:
    """Zones of the customer's, usually in the hub. Linking them to the network, or forwarding to them, stays theirs."""

    services: Sequence[str]
    zone_ids: Mapping[str, str] = field(default_factory=dict)
    """Zone name → ARM id; every zone that the services need."""


@dataclass(frozen=True, kw_only=True)
class ZonesByPolicy:
    """An Azure Policy of the hub writes the records of every private endpoint: no zone and no zone group is ours."""


class ZonesMissingError(ValueError):
    """The customer's list lacks zones; the text names them all."""


@dataclass(frozen=True, kw_only=True)
class PrivateDnsArgs:
    """Inputs of :class:`PrivateDns`."""

    context: Context
    resource_group_name: pulumi.Input[str]
    zones: ZonesToCreate | ZonesToUse | ZonesByPolicy


class PrivateDns(FabrixComponent[PrivateDnsArgs]):
    """One zone for each name that Private Link uses here, linked to the network.

    A network can be linked to one zone of a name only, so two installations that share a network must share zones too.
    """

    zone_ids: dict[str, pulumi.Output[str]]
    """Zone name → ARM id, known in a preview; waits for the link, because nothing resolves records without it."""

    def build(self, name: str, args: PrivateDnsArgs) -> None:
        """Create zones and links, or take over the customer's zones.

        Raises :class:`ZonesMissingError` when the customer's list lacks a zone.
        """
        self.zone_ids = {}
        if isinstance(args.zones, ZonesToCreate):
            for zone in zones_of(args.zones.services):
                self.zone_ids[zone] = self._linked(name, args, zone, args.zones.vnet_id)
        elif isinstance(args.zones, ZonesToUse):
            needed = zones_of(args.zones.services)
            if missing := [zone for zone in needed if zone not in args.zones.zone_ids]:
                raise ZonesMissingError(
                    f"the list of existing private DNS zones lacks {', '.join(missing)}; without its zone a service "
                    "resolves to its public address, which is switched off"
                )
            self.zone_ids = {zone: pulumi.Output.from_input(args.zones.zone_ids[zone]) for zone in needed}

    def _linked(self, name: str, args: PrivateDnsArgs, zone: str, vnet_id: pulumi.Input[str]) -> pulumi.Output[str]:
        logical = f"{name}-{zone.replace('.', '-')}"
        created = privatedns.PrivateZone(
            logical,
            private_zone_name=zone,
            resource_group_name=args.resource_group_name,
            location="global",  # private zones have no region
            tags=dict(args.context.tags),
            opts=self.child(),
        )
        link = privatedns.VirtualNetworkLink(
            logical,
            virtual_network_link_name=args.context.names.of("virtual_network_link"),
            private_zone_name=zone,
            resource_group_name=args.resource_group_name,
            location="global",
            virtual_network=privatedns.SubResourceArgs(id=vnet_id),
            # Registration writes a record for each virtual machine; a zone of Private Link must hold endpoints only.
            registration_enabled=False,
            tags=dict(args.context.tags),
            opts=self.child(depends_on=[created]),
        )
        return arm_id(
            args.context, args.resource_group_name, f"Microsoft.Network/privateDnsZones/{zone}", created, link
        )
