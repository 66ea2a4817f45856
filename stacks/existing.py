"""What the stack file says exists already, created in the local Azure, where nobody else would create it.

On Azure a network with ``mode: existing``, the hub's DNS zones and Entra groups exist before the program runs. Here
they are created first, owned by the customer: through the same shapes and laws as everything else, but outside the
stack, so that ``destroy`` leaves them. Existing objects are never changed; a second run creates what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from emulator.control import ControlPlane
from emulator.directory import Directory
from emulator.errors import Refusal
from emulator.facts import TABLE
from emulator.facts.identity import GROUP
from emulator.inspect import CUSTOMER, lift_block
from emulator.laws import LAWS
from emulator.laws.subnets import subnets_of
from emulator.store import Store
from settings import PlatformSettings
from settings.fitting import lowest
from settings.groups import Group
from settings.network import Dns, ExistingNetwork, ExistingZones, Network, NewNetwork
from settings.security import NewGroups
from settings.subnets import BUILT_IN
from stacks import declared
from stacks.session import Session
from support.errors import Exit, OperationError
from targets.local import LocalTarget

SPACE = "10.0.0.0/16"
"""Address space of a network, since the stack file does not say the real one; large, since stacks may share it."""

PEER_LENGTH = 24
"""Prefix length of the address space of a peered network, taken from what is free of :data:`PEER_SPACE`."""
PEER_SPACE = "172.31.0.0/16"


def has_existing(settings: PlatformSettings) -> bool:
    """Return whether the stack file names anything that exists already."""
    modes = (settings.network.mode, settings.dns.mode, settings.security.groups.mode)
    peered = isinstance(settings.network, NewNetwork) and settings.network.ingress.peerings
    return bool(peered) or _has_lifted_block(settings) or not {"existing", "ids"}.isdisjoint(modes)


def _has_lifted_block(settings: PlatformSettings) -> bool:
    return "zoneRedundantHa" in settings.installation.region_features


def create_existing_objects(session: Session) -> list[str]:
    """Create what the stack file says exists in the local Azure; return descriptions, none for real Azure.

    Where anything was declared, nothing is created but what Azure allows the subscription.

    Raises:
        OperationError: it cannot exist as the stack file says; exit code 3, it was not declared.

    """
    if not isinstance(session.target, LocalTarget) or not has_existing(session.settings):
        return []
    if declared.is_declared(session.target):
        declared.refuse_undeclared(session.target, session.stack, session.settings)
        if not _has_lifted_block(session.settings):
            return []
        with session.target.store() as store:
            return [allow_standby(store, session.settings)]
    with session.target.store() as store:
        assumed = create_existing(store, session.settings)
    session.console.info(
        f"assumed to exist, as the stack file says: {'; '.join(assumed)}. To have it checked against what there is: "
        f"`./fabrix azure declare {session.stack} FILE`"
    )
    return assumed


def create_existing(store: Store, settings: PlatformSettings) -> list[str]:
    """Create what ``settings`` say exists and is missing; return descriptions of all that they name, one a kind.

    Raises:
        OperationError: an id is none of a network or zone, or the local Azure cannot have what the stack file says.

    """
    groups = () if isinstance(settings.security.groups, NewGroups) else settings.groups
    customer = CustomerObjects(store, settings.installation.tenant_id, settings.installation.region)
    assumed = customer.create(settings.network, settings.dns, groups, settings.group_ids)
    return [*assumed, allow_standby(store, settings)] if _has_lifted_block(settings) else assumed


def allow_standby(store: Store, settings: PlatformSettings) -> str:
    """Let PostgreSQL have a standby in another zone, also where new ones are blocked; return a description."""
    installation = settings.installation
    lift_block(store, installation.subscription_id, installation.region)
    return f"zone-redundant PostgreSQL in {installation.region}"


@dataclass(frozen=True)
class CustomerObjects:
    """The owner of the hub: creates objects that are missing, in the customer's name."""

    store: Store
    tenant_id: str
    region: str

    def create(
        self, network: Network, dns: Dns, groups: Sequence[Group] = (), ids: Mapping[str, str] | None = None
    ) -> list[str]:
        """Create all of these that exist by the settings; arguments, result and errors as :func:`create_existing`."""
        assumed = []
        try:
            with self.store.change():
                if isinstance(network, ExistingNetwork):
                    assumed.append(self._network(network))
                else:
                    assumed += [self._peer(network, vnet_id) for vnet_id in network.ingress.peerings]
                if isinstance(dns, ExistingZones):
                    vnet = network.id if isinstance(network, ExistingNetwork) else None
                    assumed.append(self._zones(dns, vnet))
                if groups:
                    assumed.append(self._groups(groups, ids or {}))
        except Refusal as error:
            raise OperationError(
                f"the local Azure cannot have what the stack file says exists: {error}\n"
                "`./fabrix azure list` lists its objects; `./fabrix azure delete ID` makes room."
            ) from None
        return assumed

    def _network(self, network: ExistingNetwork) -> str:
        """Create the network and the subnets that the stack file names; return a description."""
        arm = _ArmId.of(network.id)
        location = {"location": self.region}
        own = {"resourceGroupName": arm.group, "virtualNetworkName": arm.name}
        space = {"addressSpace": {"addressPrefixes": [SPACE]}}
        self._create(arm, "network:VirtualNetwork", network.id, {**own, **location, **space})
        rows = {row.role: row for row in BUILT_IN}
        for role, name in network.subnets.items():
            row, subnet_id = rows[role], f"{network.id}/subnets/{name}"
            if self.store.get(subnet_id) is None:
                services = [{"name": "delegation", "serviceName": row.delegation}] if row.delegation else []
                space = {"addressPrefix": self._free(network.id, name, row.length), "delegations": services}
                self._create(arm, "network:Subnet", subnet_id, {**own, "subnetName": name, **space})
        return f"virtual network {arm.name} with subnets {', '.join(dict.fromkeys(network.subnets.values()))}"

    def _peer(self, network: NewNetwork, vnet_id: str) -> str:
        """Create a network to peer with, and its gateway if the stack file names it; return a description."""
        arm = _ArmId.of(vnet_id)
        own = {"resourceGroupName": arm.group, "virtualNetworkName": arm.name, "location": self.region}
        if self.store.get(vnet_id) is None:
            vnets = self.store.objects("Microsoft.Network/virtualNetworks")
            texts = [text for one in vnets for text in one.view().value("addressSpace.addressPrefixes") or ()]
            taken = [IPv4Network(text) for text in (*texts, *network.address_space)]
            space = lowest(IPv4Network(PEER_SPACE), PEER_LENGTH, taken)
            if space is None:
                raise OperationError(f"the local Azure has no room left in {PEER_SPACE} for {vnet_id}", Exit.FAILED)
            inputs = {**own, "addressSpace": {"addressPrefixes": [str(space)]}}
            self._create(arm, "network:VirtualNetwork", vnet_id, inputs)
        if network.ingress.gateway is None or network.ingress.gateway.lower() != vnet_id.lower():
            return f"virtual network {arm.name}, peered"
        self._gateway(arm, vnet_id)
        return f"virtual network {arm.name}, peered, with a gateway"

    def _gateway(self, arm: _ArmId, vnet_id: str) -> None:
        """Create a VPN gateway in a network that has none."""
        subnet_id, name = f"{vnet_id}/subnets/GatewaySubnet", f"{arm.name}-gateway"
        if self.store.get(subnet_id) is None:
            place = {"resourceGroupName": arm.group, "virtualNetworkName": arm.name, "subnetName": "GatewaySubnet"}
            block = self._free(vnet_id, "GatewaySubnet", 27)
            self._create(arm, "network:Subnet", subnet_id, {**place, "addressPrefix": block})
        kind = {"virtualNetworkGatewayName": name, "location": self.region, "gatewayType": "Vpn"}
        address = {"ipConfigurations": [{"name": "default", "subnet": {"id": subnet_id}}]}
        gateway_id = f"{arm.group_id}/providers/Microsoft.Network/virtualNetworkGateways/{name}"
        self._create(
            arm, "network:VirtualNetworkGateway", gateway_id, {"resourceGroupName": arm.group, **kind, **address}
        )

    def _zones(self, dns: ExistingZones, vnet_id: str | None) -> str:
        """Create the zones, linked to the customer's own network if the platform runs in it."""
        for zone_id in dns.zones.values():
            arm = _ArmId.of(zone_id)
            own = {"resourceGroupName": arm.group, "privateZoneName": arm.name, "location": "global"}
            self._create(arm, "privatedns:PrivateZone", zone_id, own)
            if vnet_id is not None and not self._linked(zone_id, vnet_id):
                name = vnet_id.rsplit("/", 1)[-1]
                link = {"virtualNetworkLinkName": name, "virtualNetwork": {"id": vnet_id}, "registrationEnabled": False}
                self._create(
                    arm, "privatedns:VirtualNetworkLink", f"{zone_id}/virtualNetworkLinks/{name}", {**own, **link}
                )
        number = len(dns.zones)
        return f"{number} private DNS zone{'s' if number > 1 else ''}{' linked to it' if vnet_id else ''}"

    def _groups(self, groups: Sequence[Group], ids: Mapping[str, str]) -> str:
        """Create the Entra groups that are looked up by display name, or named by object id."""
        directory = Directory(self.store, self.tenant_id)
        existing = self.store.objects(directory.entry(GROUP).arm_type)
        known = {str(one.outputs.get(key)).lower() for one in existing for key in ("displayName", "objectId")}
        for group in groups:
            if (ids.get(group.role) or group.display_name.lower()) not in known:
                inputs = {"displayName": group.display_name, "description": group.purpose, "securityEnabled": True}
                directory.create(GROUP, inputs, who=CUSTOMER, object_id=ids.get(group.role, ""))
        return f"Entra groups {', '.join(group.display_name for group in groups)}"

    def _create(self, arm: _ArmId, kind: str, arm_id: str, inputs: dict[str, Any]) -> None:
        """Create an object that is missing, and its resource group before it."""
        if self.store.get(arm_id) is not None:
            return
        plane = self._plane(arm.subscription)
        if self.store.get(arm.group_id) is None:
            group = {"resourceGroupName": arm.group, "location": self.region}
            plane.create("azure-native:resources:ResourceGroup", group, who=CUSTOMER)
        plane.create(f"azure-native:{kind}", inputs, who=CUSTOMER)

    def _plane(self, subscription: str) -> ControlPlane:
        """Return the control plane of a subscription; the hub's is often not the platform's."""
        self.store.register(subscription, self.tenant_id)
        return ControlPlane(self.store, subscription, self.tenant_id, facts=TABLE, laws=LAWS)

    def _free(self, vnet_id: str, name: str, length: int) -> str:
        """Return the lowest free block of that prefix length in the network."""
        vnet = self.store.get(vnet_id)
        spaces = [IPv4Network(text) for text in (vnet.value("addressSpace.addressPrefixes") if vnet else None) or ()]
        taken = [
            prefix
            for subnet in subnets_of(self.store, vnet_id)
            for prefix in subnet.prefixes
            if isinstance(prefix, IPv4Network)
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
class _ArmId:
    """The parts of an ARM id."""

    subscription: str
    group: str
    name: str

    @property
    def group_id(self) -> str:
        """ARM id of the resource group."""
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"

    @classmethod
    def of(cls, arm_id: str) -> _ArmId:
        """Split an id; the settings have checked that it is one of the right type."""
        parts = arm_id.split("/")
        return cls(parts[2], parts[4], parts[8])
