"""What the stack file says exists already, put into the local Azure, where nobody else would have made it.

On Azure a network with ``mode: existing``, the hub's DNS zones and Entra groups are there before the program runs. Here
they are made first, as the customer's: through the same shapes and laws as everything else, but outside the stack, so
that ``destroy`` leaves them. What exists is never changed; a second run makes what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from settings import PlatformSettings
from settings.fitting import lowest
from settings.network import ExistingNetwork, ExistingZones
from settings.security import ExistingGroups
from settings.subnets import BUILT_IN
from support.errors import Exit, OperationError

if TYPE_CHECKING:
    from emulator.control import ControlPlane
    from emulator.store import Store

SPACE = "10.0.0.0/16"
"""Address space of a network whose real one the stack file does not say; roomy, since several stacks may share it."""

VNET, ZONE = "Microsoft.Network/virtualNetworks", "Microsoft.Network/privateDnsZones"


def has_existing(settings: PlatformSettings) -> bool:
    """Whether the stack file names anything that exists already."""
    modes = (settings.network.mode, settings.dns.mode, settings.security.groups.mode)
    return "existing" in modes


def create_existing(store: Store, settings: PlatformSettings) -> list[str]:
    """Make what ``settings`` say exists and does not yet; return all that they name in words, one entry a kind.

    Raises:
        OperationError: an id is none of a network or zone, or the local Azure cannot have what the stack file says.

    """
    from emulator.refusal import Refusal

    network, dns = settings.network, settings.dns
    customer = _Customer(store, settings)
    said = []
    try:
        with store.change():
            if isinstance(network, ExistingNetwork):
                said.append(customer.network(network))
            if isinstance(dns, ExistingZones):
                vnet = network.id if isinstance(network, ExistingNetwork) else None
                said.append(customer.zones(dns, vnet))
            if isinstance(settings.security.groups, ExistingGroups):
                said.append(customer.groups())
    except Refusal as error:
        raise OperationError(
            f"the local Azure cannot have what the stack file says exists: {error}\n"
            "`./fabrix azure list` shows what is there; `./fabrix azure delete ID` makes room."
        ) from None
    return said


@dataclass(frozen=True)
class _Customer:
    """Whoever runs the hub: makes objects that are missing, in the customer's name."""

    store: Store
    settings: PlatformSettings

    def network(self, given: ExistingNetwork) -> str:
        """Make the network and the subnets that the stack file names; return it in words."""
        where = _Place.of(given.id)
        location = {"location": self.settings.installation.region}
        own = {"resourceGroupName": where.group, "virtualNetworkName": where.name}
        space = {"addressSpace": {"addressPrefixes": [SPACE]}}
        self._make(where, "network:VirtualNetwork", given.id, {**own, **location, **space})
        rows = {row.role: row for row in BUILT_IN}
        for role, name in given.subnets.items():
            row, subnet_id = rows[role], f"{given.id}/subnets/{name}"
            if self.store.get(subnet_id) is None:
                services = [{"name": "delegation", "serviceName": row.delegation}] if row.delegation else []
                place = {"addressPrefix": self._free(given.id, name, row.length), "delegations": services}
                self._make(where, "network:Subnet", subnet_id, {**own, "subnetName": name, **place})
        return f"virtual network {where.name} with subnets {', '.join(dict.fromkeys(given.subnets.values()))}"

    def zones(self, given: ExistingZones, vnet_id: str | None) -> str:
        """Make the zones, linked to the customer's own network if that is what the platform runs in."""
        for zone_id in given.zones.values():
            where = _Place.of(zone_id)
            own = {"resourceGroupName": where.group, "privateZoneName": where.name, "location": "global"}
            self._make(where, "privatedns:PrivateZone", zone_id, own)
            if vnet_id is not None and not self._linked(zone_id, vnet_id):
                name = vnet_id.rsplit("/", 1)[-1]
                link = {"virtualNetworkLinkName": name, "virtualNetwork": {"id": vnet_id}, "registrationEnabled": False}
                self._make(
                    where, "privatedns:VirtualNetworkLink", f"{zone_id}/virtualNetworkLinks/{name}", {**own, **link}
                )
        number = len(given.zones)
        return f"{number} private DNS zone{'s' if number > 1 else ''}{' linked to it' if vnet_id else ''}"

    def groups(self) -> str:
        """Make the Entra groups that are looked up by display name."""
        from emulator.directory import Directory
        from emulator.facts.identity import GROUP
        from emulator.inspect import CUSTOMER

        directory = Directory(self.store, self.settings.installation.tenant_id)
        there = {
            str(one.outputs.get("displayName")).lower() for one in self.store.records(directory.entry(GROUP).arm_type)
        }
        for group in self.settings.groups:
            if group.display_name.lower() not in there:
                inputs = {"displayName": group.display_name, "description": group.purpose, "securityEnabled": True}
                directory.create(GROUP, inputs, who=CUSTOMER)
        return f"Entra groups {', '.join(group.display_name for group in self.settings.groups)}"

    def _make(self, where: _Place, kind: str, arm_id: str, inputs: dict[str, Any]) -> None:
        """Make an object that is missing, and its resource group before it."""
        from emulator.inspect import CUSTOMER

        if self.store.get(arm_id) is not None:
            return
        plane = self._plane(where.subscription)
        if self.store.get(where.group_id) is None:
            group = {"resourceGroupName": where.group, "location": self.settings.installation.region}
            plane.create("azure-native:resources:ResourceGroup", group, who=CUSTOMER)
        plane.create(f"azure-native:{kind}", inputs, who=CUSTOMER)

    def _plane(self, subscription: str) -> ControlPlane:
        """Control plane of a subscription; the hub's is often not the platform's."""
        from emulator.control import ControlPlane
        from emulator.facts import TABLE
        from emulator.laws import LAWS

        tenant = self.settings.installation.tenant_id
        self.store.register(subscription, tenant)
        return ControlPlane(self.store, subscription, tenant, facts=TABLE, laws=LAWS)

    def _free(self, vnet_id: str, name: str, length: int) -> str:
        """Lowest free block of that prefix length in the network."""
        from emulator.laws.subnets import subnets_of

        vnet = self.store.get(vnet_id)
        spaces = [IPv4Network(text) for text in (vnet.value("addressSpace.addressPrefixes") if vnet else None) or ()]
        taken = [
            found for one in subnets_of(self.store, vnet_id) for found in one.prefixes if isinstance(found, IPv4Network)
        ]
        for space in spaces:
            if block := lowest(space, length, taken):
                return str(block)
        raise OperationError(
            f"the stack file says that {vnet_id} has a subnet {name}, but in the local Azure that network has no room "
            f"left for a /{length}; `./fabrix azure show {vnet_id.rsplit('/', 1)[-1]}` shows it.",
            Exit.FAILED,
        )

    def _linked(self, zone_id: str, vnet_id: str) -> bool:
        return any(
            str(one.value("virtualNetwork.id")).lower() == vnet_id.lower() for one in self.store.children(zone_id)
        )


@dataclass(frozen=True)
class _Place:
    """Where an ARM id says that an object is."""

    subscription: str
    group: str
    name: str

    @property
    def group_id(self) -> str:
        """ARM id of the resource group."""
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"

    @classmethod
    def of(cls, arm_id: str) -> _Place:
        """Take an id apart, which the settings have judged to be one of the right type."""
        parts = arm_id.split("/")
        return cls(parts[2], parts[4], parts[8])
