"""A network small enough to see through: two apps, a vault, subnets, an endpoint and its name. Nothing is deployed."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from resources.model import Resource, Verdict
from resources.values import UNKNOWN
from topology import Topology, build
from topology.claims import CLAIMS, Expectations
from topology.find import find_node, find_subnet
from topology.model import Answer, Evidence
from topology.names import Resolution
from topology.names import resolve as resolve_name
from topology.reach import reach as reach_node

SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
OTHER_SUBSCRIPTION = "22222222-2222-2222-2222-222222222222"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
NETWORK = f"{GROUP}/providers/Microsoft.Network"
VAULT_ID = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv"
IDENTITY_ID = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
ROLES = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
READ_SECRETS, ADMINISTER_VAULT = "4633458b-17de-408a-b874-0445c86b69e6", "00482a5a-887f-4fb3-b363-3b7fe8e74483"
CONTRIBUTOR, READER = "b24988ac-6180-42a0-ab88-20f7382dd24c", "acdd72a7-3385-48ef-bd42-f606fba81ae7"


def rule(name: str, priority: int, direction: str, access: str, destination: Any, port: str = "*", **more: Any) -> dict:
    return {
        "name": name,
        "priority": priority,
        "direction": direction,
        "access": access,
        "protocol": "*",
        "sourceAddressPrefix": "*",
        "sourcePortRange": "*",
        "destinationAddressPrefix": destination,
        "destinationPortRange": port,
        **more,
    }


def closed(*allow: dict) -> list[dict]:
    """Rules that end with denials of everything."""
    ends = [rule(f"deny-{way.lower()}", 4096, way, "Deny", "*") for way in ("Inbound", "Outbound")]
    return [*allow, *ends]


class Small:
    """Resources by a short key; :meth:`set` and :meth:`drop` change them, :meth:`build` reads them anew."""

    def __init__(self) -> None:
        self.resources: dict[str, Resource] = {}
        self.add("group", "resources:ResourceGroup")
        self.add(
            "vnet",
            "network:VirtualNetwork",
            virtualNetworkName="vnet",
            addressSpace={"addressPrefixes": ["10.0.0.0/16"]},
        )
        to_endpoints = rule("to-endpoints", 100, "Outbound", "Allow", "10.0.0.0/24", "443")
        from_apps = rule("from-apps", 100, "Inbound", "Allow", "10.0.0.0/24", "443", sourceAddressPrefix="10.0.1.0/24")
        self.add_subnet("endpoints", "10.0.0.0/24", closed(from_apps), privateEndpointNetworkPolicies="Enabled")
        self.add_subnet("apps", "10.0.1.0/24", closed(to_endpoints), natGateway={"id": f"{NETWORK}/natGateways/nat"})
        self.add(
            "nat",
            "network:NatGateway",
            natGatewayName="nat",
            publicIpAddresses=[{"id": f"{NETWORK}/publicIPAddresses/ip"}],
        )
        self.add("ip", "network:PublicIPAddress", publicIpAddressName="ip")
        self.add(
            "vault",
            "keyvault:Vault",
            vaultName="kv",
            properties={"publicNetworkAccess": "Disabled", "enableRbacAuthorization": True},
        )
        self.endpoint("", "vault", "privatelink.vaultcore.azure.net", "Microsoft.KeyVault/vaults/kv")
        for app in ("one", "two"):
            self.add_app(app)

    def add(self, key: str, kind: str, dependencies: dict[str, list[str]] | None = None, **props: Any) -> None:
        props = {"resourceGroupName": "rg", **props}
        related = {name: frozenset(urn_of(one) for one in keys) for name, keys in (dependencies or {}).items()}
        self.resources[key] = Resource(urn_of(key), kind, key, props, property_dependencies=related)

    def endpoint(self, key: str, group: str, zone: str, target: str) -> None:
        """A private endpoint of ``target``, its zone, the zone's link and the record; keys end with ``key``."""
        of = f"-{key}" if key else ""
        self.add(f"zone{of}", "privatedns:PrivateZone", privateZoneName=zone)
        self.add(
            f"link{of}",
            "privatedns:VirtualNetworkLink",
            privateZoneName=zone,
            virtualNetworkLinkName="link",
            virtualNetwork={"id": f"{NETWORK}/virtualNetworks/vnet"},
        )
        self.add(
            f"endpoint{of}",
            "network:PrivateEndpoint",
            privateEndpointName=f"pep-{key or 'kv'}",
            subnet={"id": f"{NETWORK}/virtualNetworks/vnet/subnets/endpoints"},
            privateLinkServiceConnections=[
                {"privateLinkServiceId": f"{GROUP}/providers/{target}", "groupIds": [group]}
            ],
        )
        self.add(
            f"zone-group{of}",
            "network:PrivateDnsZoneGroup",
            privateEndpointName=f"pep-{key or 'kv'}",
            privateDnsZoneGroupName="default",
            privateDnsZoneConfigs=[{"name": "v", "privateDnsZoneId": f"{NETWORK}/privateDnsZones/{zone}"}],
        )

    def add_subnet(self, name: str, prefix: str, rules: list[dict], **more: Any) -> None:
        self.add(
            f"nsg-{name}", "network:NetworkSecurityGroup", networkSecurityGroupName=f"nsg-{name}", securityRules=rules
        )
        self.add(
            name,
            "network:Subnet",
            subnetName=name,
            virtualNetworkName="vnet",
            addressPrefix=prefix,
            defaultOutboundAccess=False,
            networkSecurityGroup={"id": f"{NETWORK}/networkSecurityGroups/nsg-{name}"},
            **more,
        )

    def add_app(self, name: str) -> None:
        """An app with an identity, a secret of its own, and the right to read it."""
        self.add(f"id-{name}", "managedidentity:UserAssignedIdentity", resourceName=f"id-{name}")
        self.add(f"secret-{name}", "keyvault:Secret", vaultName="kv", secretName=f"secret-{name}")
        reference = f"@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/secret-{name})"
        self.add(
            f"app-{name}",
            "web:WebApp",
            {"identity": [f"id-{name}"]},
            name=f"app-{name}",
            publicNetworkAccess="Disabled",
            identity={"type": "UserAssigned", "userAssignedIdentities": [f"{IDENTITY_ID}/id-{name}"]},
            virtualNetworkSubnetId=f"{NETWORK}/virtualNetworks/vnet/subnets/apps",
            outboundVnetRouting={"allTraffic": True},
            siteConfig={"appSettings": [{"name": "SECRET", "value": reference}]},
        )
        self.grant(f"grant-{name}", f"id-{name}", READ_SECRETS, f"{VAULT_ID}/secrets/secret-{name}")

    def grant(self, key: str, principal: str, role: str, scope: str, kind: str = "ServicePrincipal") -> None:
        """Give a role to an identity or group whose object id is not known before it exists."""
        self.add(
            key,
            "authorization:RoleAssignment",
            {"principalId": [principal]},
            principalId=UNKNOWN,
            principalType=kind,
            roleDefinitionId=f"{ROLES}/{role}",
            scope=scope,
        )

    def props(self, key: str) -> dict[str, Any]:
        """Inputs of one resource, to be changed in place."""
        props = self.resources[key].props
        assert isinstance(props, dict)
        return props

    def set(self, key: str, path: str, value: Any) -> None:
        *steps, last = path.split(".")
        target = self.props(key)
        for step in steps:
            target = target.setdefault(step, {})
        target[last] = value

    def drop(self, *keys: str) -> None:
        for key in keys:
            del self.resources[key]

    def allow(
        self, subnet: str, name: str, priority: int, direction: str, destination: Any, port: str = "*", **more: Any
    ) -> None:
        self.props(f"nsg-{subnet}")["securityRules"].append(
            rule(name, priority, direction, "Allow", destination, port, **more)
        )

    def deny(self, subnet: str, name: str, priority: int, direction: str, destination: str, port: str = "*") -> None:
        self.props(f"nsg-{subnet}")["securityRules"].append(rule(name, priority, direction, "Deny", destination, port))

    def routes(self, subnet: str, *routes: dict) -> None:
        self.add("table", "network:RouteTable", routeTableName="table", routes=list(routes))
        self.set(subnet, "routeTable", {"id": f"{NETWORK}/routeTables/table"})

    def build(self) -> Topology:
        return build(copy.copy(list(self.resources.values())))


def urn_of(key: str) -> str:
    return f"urn:pulumi:test::small::type::{key}"


def reach(topology: Topology, source: str, target: str, port: int | None = None) -> Answer:
    """``fabrix reach``, without the command line."""
    return reach_node(topology, find_node(topology, source), find_node(topology, target), port)


def resolve(topology: Topology, subnet: str, host: str) -> Resolution:
    return resolve_name(topology, find_subnet(topology, subnet), host)


@dataclass(frozen=True)
class Proof:
    """One claim with its verdict and all of its evidence."""

    key: str
    verdict: Verdict
    evidence: tuple[Evidence, ...]

    @property
    def broken(self) -> tuple[Evidence, ...]:
        return tuple(piece for piece in self.evidence if piece.verdict is not Verdict.PASS)


def prove(topology: Topology, expected: Expectations | None = None) -> list[Proof]:
    proofs = []
    for key, claim in CLAIMS.items():
        evidence = tuple(claim.evidence(topology, expected or Expectations()))
        proofs.append(Proof(key, worst({piece.verdict for piece in evidence}), evidence))
    return proofs


def worst(verdicts: set[Verdict]) -> Verdict:
    """A claim is judged as a rule is: one failure fails it, one unknown leaves it open."""
    return next((each for each in (Verdict.FAIL, Verdict.UNDETERMINED) if each in verdicts), Verdict.PASS)
