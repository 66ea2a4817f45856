"""Which Azure types a stack will have, from its settings alone: no engine is asked.

A test compares this with what the program declares for every stack that ships.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.facts import TABLE
from settings import PlatformSettings
from settings.network import NewNetwork, NewZones, PolicyZones

ALWAYS = (
    "applicationinsights:Component",
    "authorization:RoleAssignment",
    "containerregistry:Registry",
    "dbforpostgresql:AdministratorsMicrosoftEntra",
    "dbforpostgresql:Configuration",
    "dbforpostgresql:Database",
    "dbforpostgresql:Server",
    "keyvault:Secret",
    "keyvault:Vault",
    "managedidentity:UserAssignedIdentity",
    "monitor:ActionGroup",
    "monitor:ActivityLogAlert",
    "monitor:DiagnosticSetting",
    "monitor:MetricAlert",
    "monitor:PrivateLinkScope",
    "monitor:PrivateLinkScopedResource",
    "monitor:SubscriptionDiagnosticSetting",
    "network:PrivateEndpoint",
    "operationalinsights:DataExport",
    "operationalinsights:Workspace",
    "redisenterprise:AccessPolicyAssignment",
    "redisenterprise:Database",
    "redisenterprise:RedisEnterprise",
    "resources:ResourceGroup",
    "storage:BlobContainer",
    "storage:BlobContainerImmutabilityPolicy",
    "storage:BlobServiceProperties",
    "storage:FileServiceProperties",
    "storage:FileShare",
    "storage:ManagementPolicy",
    "storage:StorageAccount",
    "web:AppServicePlan",
    "web:WebApp",
    "web:WebAppFtpAllowed",
    "web:WebAppScmAllowed",
)
"""Types of every stack, and of stacks whose applications or records ask for them."""

Asked = Callable[[PlatformSettings], bool]


def _own_network(settings: PlatformSettings) -> bool:
    return isinstance(settings.network, NewNetwork)


def _has_peerings(settings: PlatformSettings) -> bool:
    return isinstance(settings.network, NewNetwork) and bool(settings.network.ingress.peerings)


def _runs_jobs(settings: PlatformSettings) -> bool:
    return isinstance(settings.network, NewNetwork) or "jobs" in settings.network.subnets


SOMETIMES: tuple[tuple[Asked, tuple[str, ...]], ...] = (
    (
        _own_network,
        (
            "network:FlowLog",
            "network:NatGateway",
            "network:NetworkSecurityGroup",
            "network:PublicIPAddress",
            "network:RouteTable",
            "network:Subnet",
            "network:VirtualNetwork",
        ),
    ),
    (_has_peerings, ("network:VirtualNetworkPeering",)),
    (lambda s: isinstance(s.dns, NewZones), ("privatedns:PrivateZone", "privatedns:VirtualNetworkLink")),
    (lambda s: not isinstance(s.dns, PolicyZones), ("network:PrivateDnsZoneGroup",)),
    (_runs_jobs, ("app:Job", "app:ManagedEnvironment")),
    (lambda s: s.observability.budget is not None, ("consumption:Budget",)),
    (lambda s: s.security.locks, ("authorization:ManagementLockByScope",)),
    (lambda s: s.sizing.plan.autoscale, ("monitor:AutoscaleSetting",)),
    (
        lambda s: s.sizing.plan.slots,
        (
            "web:WebAppFtpAllowedSlot",
            "web:WebAppScmAllowedSlot",
            "web:WebAppSlot",
            "web:WebAppSlotConfigurationNames",
        ),
    ),
)
"""What the settings have to say → types that the stack has then."""


def planned_types(settings: PlatformSettings) -> tuple[str, ...]:
    """Return the types of the SDK that the stack will have, sorted."""
    more = (kind for asked, kinds in SOMETIMES if asked(settings) for kind in kinds)
    return tuple(sorted({*ALWAYS, *more}))


def planned_arm_types(settings: PlatformSettings) -> tuple[str, ...]:
    """Return the same as ARM types, each once."""
    return tuple(sorted({TABLE[f"azure-native:{kind}"].arm_type for kind in planned_types(settings)}))
