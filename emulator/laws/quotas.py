"""Laws of quotas: what a subscription may have in a region."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from emulator.facts.quotas import USES, Use, limit_id
from emulator.laws.helpers import changing, location_of, refuse, request_location, same
from emulator.world import Law, Request, World, dig


def used(world: World, subscription: str, region: str, arm_type: str, *, without: str = "") -> Counter[str]:
    """Count what the objects of a type use, by name of the quota.

    Args:
        world: what exists.
        subscription: its id.
        region: as ARM writes it.
        arm_type: one of :data:`~emulator.facts.quotas.USES`.
        without: id of an object that is not counted.
    """
    total: Counter[str] = Counter()
    for one in world.list(arm_type):
        own = same(one.id.split("/")[2], subscription) and not same(one.id, without)
        if own and location_of(one, world) == region:
            total.update(USES[arm_type].count(one.value))
    return total


def limit(world: World, subscription: str, region: str, arm_type: str, name: str) -> int:
    """Return a limit: the one that somebody set, else Azure's own."""
    use: Use = USES[arm_type]
    changed = world.get(limit_id(subscription, region, arm_type.split("/", 1)[0], name))
    return int(changed.value("properties.limit.value")) if changed else use.default


def within_quota(request: Request, world: World) -> Iterator[str]:
    """Refuse what passes a quota of the subscription; a change that asks for no more than before is accepted."""
    if not changing(request):
        return
    arm_type, region = request.fact.arm_type, request_location(request, world)
    count = USES[arm_type].count
    before = count(lambda path: dig(request.olds, path)) if request.olds else {}
    others = used(world, request.subscription_id, region, arm_type, without=request.id)
    for name, amount in count(request.get).items():
        allowed = limit(world, request.subscription_id, region, arm_type, name)
        if amount > before.get(name, 0) and others[name] + amount > allowed:
            yield refuse(
                USES[arm_type].code,
                f"{name} in {region}: {amount} asked for, {others[name]} of {allowed} used",
                f"{max(allowed - others[name], 0)} more",
                "Ask Azure for a higher quota, or use a smaller size or another region.",
            )


CHECK: dict[str, tuple[Law, ...]] = {}
STATE: dict[str, tuple[Law, ...]] = dict.fromkeys(
    (
        "network:PublicIPAddress",
        "network:VirtualNetwork",
        "storage:StorageAccount",
        "app:ManagedEnvironment",
        "web:AppServicePlan",
        "dbforpostgresql:Server",
    ),
    (within_quota,),
)
