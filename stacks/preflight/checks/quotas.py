"""Quotas of the subscription in the region: what the stack will use beyond what is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from settings import PlatformSettings
from settings.azure_sizes import PLANS, POSTGRES
from stacks.preflight.checks.names import STORAGE, global_names
from stacks.preflight.model import Finding, Level, Scene
from stacks.preflight.planned import planned_arm_types


class Need(NamedTuple):
    """What the stack uses of one quota."""

    arm_type: str
    """Type of the objects that use it."""
    part: str
    """Resource group that has them."""
    names: tuple[str, ...]
    """Of the objects: those that exist are counted by Azure already."""
    version: str
    """API version of the objects, and of the list of usages."""
    quotas: tuple[str, ...]
    """Names that Azure may have for the quota; the first one that is listed counts."""
    each: int = 1
    """What one object uses at least."""
    surely: int = 1
    """What one object uses in the largest unit that Azure may count in."""
    usages: str = "usages"
    """Path that lists the usages, below the provider's place in the region ("Usages - List")."""


SERVERS, PLANS_TYPE = "Microsoft.DBforPostgreSQL/flexibleServers", "Microsoft.Web/serverfarms"
ADDRESSES = ("StandardSkuPublicIpAddresses", "IPv4StandardSkuPublicIpAddresses")


def needs(settings: PlatformSettings) -> Iterator[Need]:
    """Yield what the stack will use of the quotas that small subscriptions lack."""
    names, plan, postgres = settings.names, settings.sizing.plan, settings.sizing.postgres
    accounts = tuple(name for kind, name in global_names(settings) if kind == STORAGE)
    egress, vnet = (names.of("public_ip", "egress"),), (names.of("virtual_network"),)
    environment, server = (names.of("job_environment"),), (names.of("postgres"),)
    cores = POSTGRES[postgres.sku_name].cores * (1 if postgres.ha == "Disabled" else 2)
    most = plan.autoscale_max
    rows = (
        Need(STORAGE, "data", accounts, "2024-01-01", ("StorageAccounts",)),
        Need("Microsoft.Network/publicIPAddresses", "network", egress, "2024-05-01", ADDRESSES),
        Need("Microsoft.Network/virtualNetworks", "network", vnet, "2024-05-01", ("VirtualNetworks",)),
        Need("Microsoft.App/managedEnvironments", "data", environment, "2025-01-01", ("ManagedEnvironmentCount",)),
        Need(
            PLANS_TYPE,
            "apps",
            (names.of("plan"),),
            "2024-11-01",
            (plan.sku_name,),
            each=most,
            surely=most * PLANS[plan.sku_name].cores,
        ),
        *(
            Need(SERVERS, "data", server, "2025-08-01", (quota,), cores, cores, "resourceType/flexibleServers/usages")
            for quota in ("cores", family(postgres.sku_name))
        ),
    )
    planned = planned_arm_types(settings)
    yield from (row for row in rows if row.arm_type in planned)


def family(sku: str) -> str:
    """Return the quota of a PostgreSQL SKU's family: ``standardDDSv5Family`` for ``Standard_D2ds_v5``."""
    _, size, *generation = sku.split("_")
    letters = "".join(letter for letter in size if letter.isalpha())
    return "standardBSFamily" if not generation else f"standard{letters.upper()}{generation[0]}Family"


def quotas(scene: Scene) -> Iterator[Finding]:
    """Yield how much of each quota is left, and whether that is enough for what does not exist yet."""
    for need in needs(scene.settings):
        new = sum(
            scene.questions.get(scene.own_id(need.part, need.arm_type, name), need.version) is None
            for name in need.names
        )
        path = f"{scene.located(need.arm_type.split('/', 1)[0])}/{need.usages}"
        yield _judged(need, new, scene.questions.rows(path, need.version), scene.region)


def _judged(need: Need, new: int, rows: list[dict[str, Any]], region: str) -> Finding:
    what = f"{need.quotas[0]} in {region}"
    if not new:
        return Finding(Level.PASS, f"{what}: the stack's own are counted already")
    wanted = [name.lower() for name in need.quotas]
    listed = {row["name"]["value"].lower(): row for row in rows}
    row = next((listed[name] for name in wanted if name in listed), None)
    if row is None:
        return Finding(Level.WARN, f"{what}: Azure does not list this quota before something uses it")
    used, limit = int(row["currentValue"]), int(row["limit"])
    left = limit - used
    found = f"{what}: {used} of {limit} used, {need.each * new} needed"
    if limit < 0 or left >= need.surely * new:
        return Finding(Level.PASS, found)
    if left >= need.each * new:
        unit = f"{found}; {need.surely * new} if Azure counts cores"
        return Finding(Level.WARN, unit)
    return Finding(Level.FAIL, found)
