"""Swapping a slot with production, as App Service does it: contents are exchanged, slot-specific settings stay.

Which settings move is the table of "Set up staging environments in Azure App Service" (Microsoft Learn, "Which settings
are swapped?"), applied to the properties of a site's configuration. :func:`exchanged` is pure and accepts values of
any kind, secrets included, so that a state can be updated in the same way.

Emulated: nothing is restarted or warmed up, and a swap takes no time. What the table marks as "planned to be unswapped"
(hybrid connections, service endpoints, Content Delivery Network) is not part of a site's configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.diff import changes
from emulator.errors import Refusal
from emulator.facts import TABLE
from emulator.laws.generic import locked
from emulator.store import Store
from emulator.stored_object import StoredObject
from emulator.values import Secret, Value, plain
from emulator.wire import SIGNATURE
from emulator.world import Request

STAGING = "staging"

STAYS = frozenset(
    (
        # Scale settings
        "elasticWebAppScaleLimit", "functionAppScaleLimit", "functionsRuntimeScaleMonitoringEnabled",
        "minimumElasticInstanceCount", "numberOfWorkers", "preWarmedInstanceCount",
        # Always On
        "alwaysOn",
        # IP restrictions, and other access settings
        "ipSecurityRestrictions", "ipSecurityRestrictionsDefaultAction", "publicNetworkAccess",
        "scmIpSecurityRestrictions", "scmIpSecurityRestrictionsDefaultAction", "scmIpSecurityRestrictionsUseMain",
        # Cross-origin resource sharing
        "cors",
        # Non-public certificates and TLS/SSL settings
        "minTlsCipherSuite", "minTlsVersion", "scmMinTlsVersion",
        # Virtual network integration
        "vnetName", "vnetPrivatePortsCount", "vnetRouteAllEnabled",
        # Managed identities, and what uses them
        "acrUseManagedIdentityCreds", "acrUserManagedIdentityID", "keyVaultReferenceIdentity",
        "managedServiceIdentityId", "xManagedServiceIdentityId",
        # Diagnostic log settings
        "detailedErrorLoggingEnabled", "httpLoggingEnabled", "logsDirectorySizeLimit", "requestTracingEnabled",
        "requestTracingExpirationTime", "tracingOptions",
        # Publishing endpoints and continuous deployment
        "ftpsState", "publishingUsername", "scmType",
        # Traffic routing and auto swap
        "autoSwapSlotName", "experiments",
    )
)  # fmt: skip
"""Properties of ``siteConfig`` that stay with their slot; all others move, named entries unless they are sticky.

The table does not name the registry identity (``acrUse…``). It counts as a managed identity; the program sets the same
one on both sides."""

STICKY_SUFFIX = "_EXTENSION_VERSION"
"""App settings with this suffix stay, whatever the site's slot configuration says (the same table)."""

OVERRIDE = "WEBSITE_OVERRIDE_PRESERVE_DEFAULT_STICKY_SLOT_SETTINGS"
"""App setting that makes the settings above move; not emulated."""

_LISTED_IN = {
    "appSettings": "appSettingNames",
    "connectionStrings": "connectionStringNames",
    "azureStorageAccounts": "azureStorageConfigNames",
}
"""Part of ``siteConfig`` with named entries → property of ``slotConfigNames`` that lists those that stay."""

_SEPARATE = {
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
        """Return the names in the inputs of a site's ``slotConfigNames``; None where it has none."""
        config_names = plain(dict(inputs or {}))
        return cls(names={key: frozenset(config_names.get(key) or ()) for key in _LISTED_IN.values()})

    def stays(self, listed_in: str, name: str) -> bool:
        """Return whether the entry with that name stays."""
        suffixed = listed_in == "appSettingNames" and name.endswith(STICKY_SUFFIX)
        return suffixed or name in self.names[listed_in]


def exchanged(
    site: Mapping[str, Value], slot: Mapping[str, Value], sticky: Sticky
) -> tuple[dict[str, Value], dict[str, Value]]:
    """Return the ``siteConfig`` of site and slot after a swap. A second swap reverts the first.

    App settings and connection strings are returned ordered by name, as Azure keeps them as a mapping; an empty list
    and none are the same to it.

    Raises:
        ValueError: a configuration, or a part in which some entries stay, is a single encrypted value.
    """
    if _is_encrypted(site) or _is_encrypted(slot):
        raise ValueError("siteConfig is encrypted as a whole, so it is not known which settings stay with their slot")
    return _side(site, slot, sticky), _side(slot, site, sticky)


def _side(own: Mapping[str, Value], other: Mapping[str, Value], sticky: Sticky) -> dict[str, Value]:
    """Return one side after the swap: what stays of ``own`` and what moves from ``other``; keys keep their order."""
    after: dict[str, Value] = {}
    for key in {**own, **other}:
        if key in STAYS:
            value = own.get(key)
        elif key in _LISTED_IN:
            value = _entries(key, own.get(key), other.get(key), sticky)
        else:
            value = other.get(key)
        if value is not None:
            after[key] = value
    return after


def _entries(key: str, own: Value, other: Value, sticky: Sticky) -> Value:
    """Return a part with named entries: the other side's, and those of ``own`` that stay."""
    listed_in = _LISTED_IN[key]
    if _is_encrypted(own) or _is_encrypted(other):
        if sticky.names[listed_in]:
            raise ValueError(f"siteConfig.{key} is encrypted as a whole, and some of its entries stay with their slot")
        return other
    if own == other:
        return own
    if isinstance(own, dict) or isinstance(other, dict):
        return merge_entries(own or {}, other or {}, listed_in, sticky) or None
    one, two = ({plain(entry["name"]): entry for entry in side or ()} for side in (own, other))
    merged = merge_entries(one, two, listed_in, sticky)
    return [merged[name] for name in sorted(merged)] or None


def merge_entries(
    own: Mapping[str, Value], other: Mapping[str, Value], listed_in: str, sticky: Sticky
) -> dict[str, Value]:
    """Return the entries of ``own`` that stay, and those of ``other`` that do not."""
    stays = {name: entry for name, entry in own.items() if sticky.stays(listed_in, name)}
    return {**{name: entry for name, entry in other.items() if not sticky.stays(listed_in, name)}, **stays}


def _is_encrypted(value: Value) -> bool:
    """Return whether a value is a secret, here or in a state."""
    return isinstance(value, Secret) or (isinstance(value, dict) and SIGNATURE in value)


# On the local Azure


def swap(store: Store, site_id: str, slot: str = STAGING, *, who: str = "pulumi") -> tuple[str, ...]:
    """Swap a slot with production in one transaction; return the property paths of the site that changed.

    The activity logs of site and slot each get an entry ``swap``.

    Raises:
        Refusal: there is no such site or slot, a lock forbids the change, or it needs something that is not emulated.
    """
    with store.change():
        site, other = _existing(store, site_id), _existing(store, f"{site_id}/slots/{slot}")
        for one in (site, other):
            reasons = list(locked(_request(one), store))
            if reasons:
                raise Refusal.of(reasons)
        names = store.object(f"{site_id}/config/slotConfigNames")
        sticky = Sticky.of(names.inputs if names else None)
        _refuse_override(site, other)
        new_site, new_slot = _swapped(site, other, sticky)
        paths = _put(store, site, new_site, who)
        _put(store, other, new_slot, who)
        for part, listed_in in _SEPARATE.items():
            _swap_separate(store, (site.id, other.id), part, listed_in, sticky, who)
        return paths


def run(store: Store, site_id: str, *, start: bool, who: str = "pulumi") -> None:
    """Start or stop a site or slot, which changes nothing else of it.

    Raises:
        Refusal: there is no such site or slot.
    """
    with store.change():
        site = _existing(store, site_id)
        after = replace(site, inputs={**site.inputs, "enabled": start}, outputs={**site.outputs, "enabled": start})
        store.put(after, who=who, what="start" if start else "stop", paths=("enabled",))


def _existing(store: Store, arm_id: str) -> StoredObject:
    stored = store.object(arm_id)
    if stored is None:
        text = f"{arm_id} was not found, so there is nothing to swap; the plan may have no slots"
        raise Refusal("ResourceNotFound", text, status="NOT_FOUND")
    return stored


def _request(stored: StoredObject) -> Request:
    """Return the change of an object as laws see it."""
    inputs = plain(stored.inputs)
    return Request(
        token=stored.token, fact=TABLE[stored.token], id=stored.id, inputs=inputs, olds=inputs, operation="update"
    )


def _refuse_override(*sides: StoredObject) -> None:
    for one in sides:
        settings = plain(_config(one.inputs)).get("appSettings") or ()
        if any(entry.get("name") == OVERRIDE for entry in settings):
            text = f"{one.id} has the app setting {OVERRIDE}; swapping with it is not emulated"
            raise Refusal("NotEmulated", text)


def _swapped(site: StoredObject, slot: StoredObject, sticky: Sticky) -> tuple[StoredObject, StoredObject]:
    """Return both objects with exchanged configurations, in inputs and outputs."""
    after: list[dict[str, dict[str, Any]]] = [{}, {}]
    for part in ("inputs", "outputs"):
        before = [dict(getattr(one, part)) for one in (site, slot)]
        for index, config in enumerate(exchanged(_config(before[0]), _config(before[1]), sticky)):
            was = before[index].get("siteConfig")
            if was is not None or config:
                before[index]["siteConfig"] = Secret(config) if isinstance(was, Secret) else config
            after[index][part] = before[index]
    return replace(site, **after[0]), replace(slot, **after[1])


def _config(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration in an object's inputs or outputs."""
    config = values.get("siteConfig")
    config = config.value if isinstance(config, Secret) else config
    return config if isinstance(config, dict) else {}


def _put(store: Store, before: StoredObject, after: StoredObject, who: str) -> tuple[str, ...]:
    paths = tuple(change.path for change in changes(None, before.inputs, after.inputs))
    store.put(after, who=who, what="swap", paths=paths)
    return paths


def _swap_separate(store: Store, owners: tuple[str, str], part: str, listed_in: str, sticky: Sticky, who: str) -> None:
    """Swap a part that is an object of its own on both sides.

    Raises:
        Refusal: only one side has it.
    """
    sides = [store.object(f"{owner}/config/{part}") for owner in owners]
    site_part, slot_part = sides
    if site_part is None and slot_part is None:
        return
    if site_part is None or slot_part is None:
        has = next(one.id for one in sides if one)
        raise Refusal("NotEmulated", f"{has} is an object of its own on one side only; swapping that is not emulated")
    one, two = (dict(side.inputs.get("properties") or {}) for side in (site_part, slot_part))
    for stored, own, other in ((site_part, one, two), (slot_part, two, one)):
        entries = {"properties": merge_entries(own, other, listed_in, sticky)}
        after = replace(stored, inputs={**stored.inputs, **entries}, outputs={**stored.outputs, **entries})
        _put(store, stored, after, who)
