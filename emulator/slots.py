"""Swapping a slot with production, as App Service does it: contents change places, what belongs to the place stays.

Which settings move is the table of "Set up staging environments in Azure App Service" (Microsoft Learn, "Which settings
are swapped?"), applied to the properties of a site's configuration. The exchange is pure and takes values as they come,
secrets included, so that a state can be told the same.

Emulated: nothing is restarted or warmed up, and a swap takes no time. What the table marks as "planned to be unswapped"
(hybrid connections, service endpoints, Content Delivery Network) is no part of a site's configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.diff import changes
from emulator.facts import TABLE
from emulator.laws.generic import locked
from emulator.record import Record
from emulator.refusal import Refusal
from emulator.store import Store
from emulator.values import Secret, Value, plain
from emulator.wire import SIGNATURE
from emulator.world import Request

STAGING = "staging"
PRODUCTION = "production"
"""Name of the site itself where Azure asks for a slot's."""

STAYS = frozenset(
    (
        # Scale settings
        "elasticWebAppScaleLimit", "functionAppScaleLimit", "functionsRuntimeScaleMonitoringEnabled",
        "minimumElasticInstanceCount", "numberOfWorkers", "preWarmedInstanceCount",
        # Always On
        "alwaysOn",
        # IP restrictions, and what else decides who may call
        "ipSecurityRestrictions", "ipSecurityRestrictionsDefaultAction", "publicNetworkAccess",
        "scmIpSecurityRestrictions", "scmIpSecurityRestrictionsDefaultAction", "scmIpSecurityRestrictionsUseMain",
        # Cross-origin resource sharing
        "cors",
        # Non-public certificates and TLS/SSL settings
        "minTlsCipherSuite", "minTlsVersion", "scmMinTlsVersion",
        # Virtual network integration
        "vnetName", "vnetPrivatePortsCount", "vnetRouteAllEnabled",
        # Managed identities, and what is read or pulled with them
        "acrUseManagedIdentityCreds", "acrUserManagedIdentityID", "keyVaultReferenceIdentity",
        "managedServiceIdentityId", "xManagedServiceIdentityId",
        # Diagnostic log settings
        "detailedErrorLoggingEnabled", "httpLoggingEnabled", "logsDirectorySizeLimit", "requestTracingEnabled",
        "requestTracingExpirationTime", "tracingOptions",
        # Publishing endpoints and continuous deployment
        "ftpsState", "publishingUsername", "scmType",
        # Of slots themselves: where traffic goes, and which slot swaps by itself
        "autoSwapSlotName", "experiments",
    )
)  # fmt: skip
"""Properties of ``siteConfig`` that stay with their slot; all others move, named entries unless they are sticky.

The table does not name the registry identity (``acrUse…``). It is an identity and counts as one; the program gives both
sides the same."""

STICKY_SUFFIX = "_EXTENSION_VERSION"
"""App settings that end like this stay, whatever the site's slot configuration says (the same table)."""

OVERRIDE = "WEBSITE_OVERRIDE_PRESERVE_DEFAULT_STICKY_SLOT_SETTINGS"
"""App setting that makes the settings above move after all; not emulated."""

_NAMED = {
    "appSettings": "appSettingNames",
    "connectionStrings": "connectionStringNames",
    "azureStorageAccounts": "azureStorageConfigNames",
}
"""Parts of ``siteConfig`` with entries by name → property of ``slotConfigNames`` that lists those that stay."""

_APART = {
    "appsettings": "appSettingNames",
    "connectionstrings": "connectionStringNames",
    "azurestorageaccounts": "azureStorageConfigNames",
}
"""The same parts as objects of their own below a site or slot, ``…/config/appsettings``."""


@dataclass(frozen=True, kw_only=True)
class Sticky:
    """Names of entries that stay with their slot."""

    names: Mapping[str, frozenset[str]]
    """By property of ``slotConfigNames``."""

    @classmethod
    def of(cls, inputs: Mapping[str, Value] | None) -> Sticky:
        """Take the names from the inputs of a site's ``slotConfigNames``; None where it has none."""
        given = plain(dict(inputs or {}))
        return cls(names={key: frozenset(given.get(key) or ()) for key in _NAMED.values()})

    def stays(self, listed_in: str, name: str) -> bool:
        """Whether the entry of that name stays."""
        suffixed = listed_in == "appSettingNames" and name.endswith(STICKY_SUFFIX)
        return suffixed or name in self.names[listed_in]


def exchanged(
    site: Mapping[str, Value], slot: Mapping[str, Value], sticky: Sticky
) -> tuple[dict[str, Value], dict[str, Value]]:
    """Return the ``siteConfig`` of site and slot after a swap. Doing it twice gives back what was there.

    App settings and connection strings come out ordered by name, as Azure keeps them as a mapping; an empty list and
    none are the same to it.

    Raises:
        ValueError: a configuration, or a part of which some entries stay, is one encrypted value as a whole.
    """
    if _sealed(site) or _sealed(slot):
        raise ValueError("siteConfig is encrypted as a whole, so it cannot be told what of it stays with its slot")
    return _side(site, slot, sticky), _side(slot, site, sticky)


def _side(own: Mapping[str, Value], other: Mapping[str, Value], sticky: Sticky) -> dict[str, Value]:
    """Return one side: what stays of ``own``, what comes from ``other``; keys in the order in which they were."""
    made: dict[str, Value] = {}
    for key in {**own, **other}:
        if key in STAYS:
            value = own.get(key)
        elif key in _NAMED:
            value = _entries(key, own.get(key), other.get(key), sticky)
        else:
            value = other.get(key)
        if value is not None:
            made[key] = value
    return made


def _entries(key: str, own: Value, other: Value, sticky: Sticky) -> Value:
    """Return a part with entries by name: the other side's, and of ``own`` those that stay."""
    listed_in = _NAMED[key]
    if _sealed(own) or _sealed(other):
        if sticky.names[listed_in]:
            raise ValueError(f"siteConfig.{key} is encrypted as a whole, and some of its entries stay with their slot")
        return other
    if own == other:
        return own
    if isinstance(own, dict) or isinstance(other, dict):
        return mixed(own or {}, other or {}, listed_in, sticky) or None
    one, two = ({plain(entry["name"]): entry for entry in side or ()} for side in (own, other))
    found = mixed(one, two, listed_in, sticky)
    return [found[name] for name in sorted(found)] or None


def mixed(own: Mapping[str, Value], other: Mapping[str, Value], listed_in: str, sticky: Sticky) -> dict[str, Value]:
    """Return the entries of ``own`` that stay, and those of ``other`` that do not."""
    stays = {name: entry for name, entry in own.items() if sticky.stays(listed_in, name)}
    return {**{name: entry for name, entry in other.items() if not sticky.stays(listed_in, name)}, **stays}


def _sealed(value: Value) -> bool:
    """Whether a value is a secret, here or in a state."""
    return isinstance(value, Secret) or (isinstance(value, dict) and SIGNATURE in value)


# On the local Azure


def swap(store: Store, site_id: str, slot: str = STAGING, *, who: str = "pulumi") -> tuple[str, ...]:
    """Swap a slot with production in one transaction; return the property paths of the site that changed.

    The activity log of site and slot gets a line ``swap`` each.

    Raises:
        Refusal: there is no such site or slot, a lock forbids every change, or something is asked that is not emulated.
    """
    with store.change():
        site, other = _there(store, site_id), _there(store, f"{site_id}/slots/{slot}")
        for one in (site, other):
            wrong = list(locked(_request(one), store))
            if wrong:
                raise Refusal.of(wrong)
        names = store.record(f"{site_id}/config/slotConfigNames")
        sticky = Sticky.of(names.inputs if names else None)
        _refuse_override(site, other)
        mine, theirs = _swapped(site, other, sticky)
        paths = _put(store, site, mine, who)
        _put(store, other, theirs, who)
        for part, listed_in in _APART.items():
            _swap_apart(store, (site.id, other.id), part, listed_in, sticky, who)
        return paths


def _there(store: Store, arm_id: str) -> Record:
    record = store.record(arm_id)
    if record is None:
        text = f"{arm_id} was not found, so there is nothing to swap; the plan may have no slots"
        raise Refusal("ResourceNotFound", text, status="NOT_FOUND")
    return record


def _request(record: Record) -> Request:
    """Return the change of an object as laws see it."""
    inputs = plain(record.inputs)
    return Request(
        token=record.token, fact=TABLE[record.token], id=record.id, inputs=inputs, olds=inputs, operation="update"
    )


def _refuse_override(*sides: Record) -> None:
    for one in sides:
        given = plain(_config(one.inputs)).get("appSettings") or ()
        if any(entry.get("name") == OVERRIDE for entry in given):
            text = f"{one.id} has the app setting {OVERRIDE}; which settings then move is not emulated"
            raise Refusal("NotEmulated", text)


def _swapped(site: Record, slot: Record, sticky: Sticky) -> tuple[Record, Record]:
    """Return both objects with exchanged configurations, in inputs and outputs alike."""
    made: list[dict[str, dict[str, Any]]] = [{}, {}]
    for part in ("inputs", "outputs"):
        before = [dict(getattr(one, part)) for one in (site, slot)]
        for index, config in enumerate(exchanged(_config(before[0]), _config(before[1]), sticky)):
            was = before[index].get("siteConfig")
            if was is not None or config:
                before[index]["siteConfig"] = Secret(config) if isinstance(was, Secret) else config
            made[index][part] = before[index]
    return replace(site, **made[0]), replace(slot, **made[1])


def _config(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration among an object's inputs or outputs."""
    found = values.get("siteConfig")
    found = found.value if isinstance(found, Secret) else found
    return found if isinstance(found, dict) else {}


def _put(store: Store, before: Record, after: Record, who: str) -> tuple[str, ...]:
    paths = tuple(change.path for change in changes(None, before.inputs, after.inputs))
    store.put(after, who=who, what="swap", paths=paths)
    return paths


def _swap_apart(store: Store, owners: tuple[str, str], part: str, listed_in: str, sticky: Sticky, who: str) -> None:
    """Swap a part that is an object of its own on both sides.

    Raises:
        Refusal: only one side has it, so that it is not known where its entries would go.
    """
    sides = [store.record(f"{owner}/config/{part}") for owner in owners]
    mine, theirs = sides
    if mine is None and theirs is None:
        return
    if mine is None or theirs is None:
        has = next(one.id for one in sides if one)
        raise Refusal("NotEmulated", f"{has} is an object of its own on one side only; swapping that is not emulated")
    one, two = (dict(side.inputs.get("properties") or {}) for side in (mine, theirs))
    for record, values in zip(
        (mine, theirs), (mixed(one, two, listed_in, sticky), mixed(two, one, listed_in, sticky)), strict=True
    ):
        after = replace(
            record,
            inputs={**record.inputs, "properties": values},
            outputs={**record.outputs, "properties": values},
        )
        _put(store, record, after, who)
