"""Laws of which services may use which subnet: delegations, and the regions and sizes that services need."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.ids import arm_name, parent_id
from emulator.laws.helpers import (
    changing,
    did_you_mean,
    is_known,
    location_of,
    missing,
    refuse,
    request_location,
    same,
    string_at,
    values_at,
)
from emulator.laws.subnets import Subnet, find_subnet, users
from emulator.world import Request, World

WEB = "Microsoft.Web/serverFarms"
POSTGRES = "Microsoft.DBforPostgreSQL/flexibleServers"
CONTAINERS = "Microsoft.ContainerInstance/containerGroups"
ENVIRONMENTS = "Microsoft.App/environments"
SERVICES = (
    WEB,
    POSTGRES,
    CONTAINERS,
    ENVIRONMENTS,
    "Microsoft.ContainerService/managedClusters",
    "Microsoft.DevOpsInfrastructure/pools",
    "GitHub.Network/networkSettings",
    "Microsoft.Network/applicationGateways",
    "Microsoft.Network/dnsResolvers",
    "Microsoft.Netapp/volumes",
    "Microsoft.Sql/managedInstances",
    "Microsoft.DBforMySQL/flexibleServers",
    "Microsoft.Databricks/workspaces",
    "Microsoft.Synapse/workspaces",
    "Microsoft.ApiManagement/service",
    "Microsoft.MachineLearningServices/workspaces",
    "Microsoft.PowerPlatform/enterprisePolicies",
    "Microsoft.StoragePool/diskPools",
    "Microsoft.HardwareSecurityModules/dedicatedHSMs",
    "Microsoft.ServiceNetworking/trafficControllers",
)
"""Services that a subnet can be delegated to (Microsoft Learn: Subnet delegation, available delegations)."""
MAX_PREFIX = {WEB: 28, POSTGRES: 28, CONTAINERS: 29, ENVIRONMENTS: 27}
"""Maximum prefix length of a subnet that the service accepts."""
_MISSING = {ENVIRONMENTS: "ManagedEnvironmentSubnetDelegationError"}
"""Code for a subnet without the delegation, where a service has one of its own (azure-docs pull request 119379)."""


def delegations(request: Request, _: World) -> Iterator[str]:
    """Refuse a delegation that does not exist, or a second one: a delegation is exclusive."""
    if not changing(request):
        return
    names = Subnet(request.id, request.inputs).delegations
    valid = {name.lower() for name in SERVICES}
    for name in names:
        if name.lower() not in valid:
            fix = f"{did_you_mean(name, SERVICES)}Name the service's resource type."
            yield refuse(
                "InvalidServiceNameForDelegation", f"delegation to {name}", "services that can be injected", fix
            )
    if len(names) > 1:
        problem = f"subnet {request.get('subnetName')} is delegated to {', '.join(names)}"
        yield refuse(
            "SubnetDelegationNotExclusive", problem, "one delegation per subnet", "Use one subnet for each service."
        )


def _delegated(world: World, subnet_id: str, service: str, user: str) -> Iterator[str]:
    """Refuse a subnet that does not exist, is not delegated to ``service``, or is too small for it."""
    subnet = find_subnet(world, subnet_id)
    if subnet is None:
        yield from missing(world, subnet_id, f"the subnet of {user}")
        return
    if not any(same(name, service) for name in subnet.delegations):
        delegated_to = ", ".join(subnet.delegations) or "nothing"
        yield refuse(
            _MISSING.get(service, "SubnetMissingRequiredDelegation"),
            f"subnet {arm_name(subnet_id)} of {user} is delegated to {delegated_to}",
            service,
            "Delegate the subnet to that service, and to no other.",
        )
    limit = MAX_PREFIX[service]
    for prefix in subnet.prefixes:
        if prefix.version == 4 and prefix.prefixlen > limit:  # noqa: PLR2004 - IPv4
            size = f"subnet {arm_name(subnet_id)} of {user} is /{prefix.prefixlen}"
            yield refuse("SubnetTooSmall", size, f"/{limit} or larger", "Enlarge the subnet.")


def _same_region(request: Request, world: World, subnet_id: str) -> Iterator[str]:
    """Refuse a subnet in another region."""
    vnet = world.get(parent_id(subnet_id))
    if vnet is None:
        return
    here, there = request_location(request, world), location_of(vnet, world)
    if here and there and here != there:
        problem = f"{arm_name(request.id)} is in {here}, its subnet in {there}"
        yield refuse("InvalidResourceLocation", problem, "a subnet of the same region", "Use a virtual network there.")


def app_subnet(request: Request, world: World) -> Iterator[str]:
    """Refuse App Service integration into a subnet that is not delegated to it, or that serves another plan."""
    subnet_id = string_at(request, "virtualNetworkSubnetId") or string_at(request, "subnetResourceId")
    if not changing(request) or not subnet_id:
        return
    yield from _delegated(world, subnet_id, WEB, arm_name(request.id))
    yield from _same_region(request, world, subnet_id)
    plan = request.get("serverFarmId")
    if not is_known(plan):
        return
    for item in users(world, subnet_id):
        other = item.inputs.get("serverFarmId")
        if other and not same(str(other), str(plan)) and not same(item.id, request.id):
            yield refuse(
                "SubnetIsInUseByAnotherPlan",
                f"subnet {arm_name(subnet_id)} serves {item.id} of plan {arm_name(str(other))}",
                "one App Service plan per subnet",
                f"Give plan {arm_name(str(plan))} a subnet of its own.",
            )


def server_subnet(request: Request, world: World) -> Iterator[str]:
    """Refuse to inject a PostgreSQL server into a subnet that is not delegated to it or too small."""
    subnet_id = string_at(request, "network.delegatedSubnetResourceId")
    if request.operation == "create" and subnet_id:
        yield from _delegated(world, subnet_id, POSTGRES, arm_name(request.id))
        yield from _same_region(request, world, subnet_id)


def container_subnet(request: Request, world: World) -> Iterator[str]:
    """Refuse container groups in a subnet that is not delegated to them."""
    if request.operation == "create":
        for subnet_id in values_at(request.inputs, "subnetIds.*.id"):
            yield from _delegated(world, str(subnet_id), CONTAINERS, arm_name(request.id))


def environment_subnet(request: Request, world: World) -> Iterator[str]:
    """Refuse a Container Apps environment in a subnet that is not delegated to it or too small."""
    subnet_id = string_at(request, "vnetConfiguration.infrastructureSubnetId")
    if request.operation == "create" and subnet_id:
        yield from _delegated(world, subnet_id, ENVIRONMENTS, arm_name(request.id))


def endpoint_subnet(request: Request, world: World) -> Iterator[str]:
    """Refuse a private endpoint in a subnet that does not exist, is delegated, or lies in another region."""
    subnet_id = string_at(request, "subnet.id")
    if request.operation != "create" or not subnet_id:
        return
    subnet = find_subnet(world, subnet_id)
    if subnet is None:
        yield from missing(world, subnet_id, f"the subnet of {arm_name(request.id)}")
    elif subnet.delegations:
        yield refuse(
            "PrivateEndpointInDelegatedSubnet",
            f"subnet {arm_name(subnet_id)} is delegated to {', '.join(subnet.delegations)}",
            "subnets without a delegation",
            "Put private endpoints into a subnet of their own.",
        )
    yield from _same_region(request, world, subnet_id)


CHECK = {"network:Subnet": (delegations,)}
STATE = {
    "web:WebApp": (app_subnet,),
    "web:WebAppSlot": (app_subnet,),
    "web:WebAppSwiftVirtualNetworkConnection": (app_subnet,),
    "dbforpostgresql:Server": (server_subnet,),
    "containerinstance:ContainerGroup": (container_subnet,),
    "app:ManagedEnvironment": (environment_subnet,),
    "network:PrivateEndpoint": (endpoint_subnet,),
}
