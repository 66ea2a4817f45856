"""Rights of whoever deploys, and the resource providers of the subscription."""

from __future__ import annotations

from collections.abc import Iterator

from settings.network import ExistingNetwork, ExistingZones
from stacks.preflight.model import Finding, Level, Scene, region_key
from stacks.preflight.planned import planned_arm_types
from stacks.preflight.rights import JOIN_SUBNET, JOIN_ZONE, missing, needed_operations
from support.console import shortened

SHOWN = 6
"""Names in one finding; the role that `--role` writes has them all."""
PERMISSIONS = "2022-04-01"
WITHOUT_REGIONS = frozenset(("Microsoft.Authorization", "Microsoft.Consumption", "Microsoft.Resources"))
"""Providers that every subscription has."""


def subscription(scene: Scene) -> Iterator[Finding]:
    """Yield whether the login sees the subscription, in the tenant of the stack file ("Subscriptions - Get")."""
    there, installation = scene.questions.get(scene.subscription, "2022-12-01"), scene.settings.installation
    if there is None:
        yield Finding(Level.FAIL, f"the login does not see the subscription {installation.subscription_id}")
    elif there.get("tenantId", installation.tenant_id).lower() != installation.tenant_id.lower():
        yield Finding(Level.FAIL, f"the subscription belongs to the tenant {there['tenantId']}")
    elif there.get("state", "Enabled") != "Enabled":
        yield Finding(Level.FAIL, f"the subscription is {there['state']}")
    else:
        yield Finding(Level.PASS, f"{there.get('displayName') or installation.subscription_id} is enabled")


def rights(scene: Scene) -> Iterator[Finding]:
    """Yield which operations the caller's roles lack on the subscription ("Permissions - List")."""
    yield _rights(scene, scene.subscription, needed_operations(scene.settings), "the subscription")


def foreign_rights(scene: Scene) -> Iterator[Finding]:
    """Yield which operations the caller's roles lack on the customer's own network and zones."""
    network, dns = scene.settings.network, scene.settings.dns
    fix = "Whoever owns it gives Network Contributor there, or a role with these operations."
    if isinstance(network, ExistingNetwork):
        for name in dict.fromkeys(network.subnets.values()):
            yield _rights(scene, f"{network.id}/subnets/{name}", (JOIN_SUBNET,), f"subnet {name}", fix)
    if isinstance(dns, ExistingZones):
        for name, zone in dns.zones.items():
            yield _rights(scene, zone, (JOIN_ZONE,), f"zone {name}", fix)


def _rights(scene: Scene, scope: str, needed: tuple[str, ...], what: str, fix: str = "") -> Finding:
    path = f"{scope}/providers/Microsoft.Authorization/permissions"
    lacking = missing(needed, scene.questions.rows(path, PERMISSIONS))
    if lacking:
        return Finding(Level.FAIL, f"{len(lacking)} operations are missing on {what}: {shortened(lacking, SHOWN)}", fix)
    return Finding(Level.PASS, f"all {len(needed)} operations on {what}")


def providers(scene: Scene) -> Iterator[Finding]:
    """Yield the resource providers that are not registered, and types that the region lacks ("Providers - List")."""
    listed = {
        one["namespace"].lower(): one for one in scene.questions.rows(f"{scene.subscription}/providers", "2021-04-01")
    }
    wanted: dict[str, list[str]] = {}
    for arm_type in planned_arm_types(scene.settings):
        namespace, kind = arm_type.split("/", 1)
        if namespace not in WITHOUT_REGIONS:
            wanted.setdefault(namespace, []).append(kind)
    registered = 0
    for namespace, kinds in wanted.items():
        provider = listed.get(namespace.lower()) or {}
        state = provider.get("registrationState", "unknown to the subscription")
        if state != "Registered":
            fix = f"az provider register --namespace {namespace} --wait"
            yield Finding(Level.FAIL, f"{namespace} is {state}", fix)
        else:
            registered += 1
        yield from _absent(scene, namespace, kinds, provider)
    yield Finding(Level.PASS, f"{registered} of {len(wanted)} resource providers are registered")


def _absent(scene: Scene, namespace: str, kinds: list[str], provider: dict[str, object]) -> Iterator[Finding]:
    """Yield the types of a provider that name their regions, and not the stack's."""
    types = {one["resourceType"].lower(): one for one in provider.get("resourceTypes") or ()}  # ty: ignore
    for kind in kinds:
        places = {region_key(str(place)) for place in (types.get(kind.lower()) or {}).get("locations") or ()}
        if places and scene.region not in places and "global" not in places:
            fix = "Choose another region."
            yield Finding(Level.FAIL, f"{namespace}/{kind} is not offered in {scene.region}", fix)
