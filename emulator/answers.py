"""What Azure Resource Manager and Microsoft Graph answer to questions that change nothing, in their own forms.

For whoever asks before a deployment: what exists, whether a name is free, what a region and a subscription offer.
Paths and forms: Microsoft's REST reference. The local Azure has no accounts, so whoever asks may do everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from emulator import offers
from emulator.arm_body import body
from emulator.directory import Directory
from emulator.errors import Refusal
from emulator.facts import TABLE
from emulator.facts.identity import GROUP
from emulator.ids import arm_name, type_of
from emulator.laws.generic import TAKEN_CODES
from emulator.store import Store
from emulator.stored_object import StoredObject
from emulator.values import Secret, Value, plain, rebuild

Answer = dict[str, Any]
_SUBSCRIPTION = r"/subscriptions/(?P<subscription>[^/]+)"
_LOCATION = r"/locations/(?P<location>[^/]+)"
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
"""Template id of that directory role (Microsoft Learn, "Microsoft Entra built-in roles")."""
_EVERYTHING = {"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}


def get(store: Store, path: str, query: Mapping[str, str]) -> Answer | None:
    """Return what a GET of an ARM path answers; None where it is 404."""
    for pattern, answer in _GETS:
        if found := re.fullmatch(pattern, path, re.IGNORECASE):
            return answer(store, found.groupdict(), query)
    if len(path.strip("/").split("/")) % 2:  # a type ends it, not a name
        return {"value": [_document(one) for one in _members(store, path)]}
    stored = store.object(path)
    return _document(stored) if stored else None


def post(store: Store, path: str, body: Mapping[str, Any]) -> Answer:
    """Return what a POST that only asks answers.

    Raises:
        Refusal: there is no such question.
    """
    if not path.lower().endswith("/checknameavailability"):
        raise Refusal("ResourceNotFound", f"the local Azure does not know the question {path}", status="NOT_FOUND")
    arm_type, name = str(body.get("type")), str(body.get("name"))
    holder = store.by_global_name(arm_type, name) or store.tombstone(arm_type, name)
    free = holder is None
    reason = "" if free else "AlreadyExists"
    return {
        "nameAvailable": free,
        "reason": reason,
        "message": "" if free else f"{TAKEN_CODES.get(arm_type, 'NameNotAvailable')}: {name} is taken.",
    }


def graph(store: Store, path: str, query: Mapping[str, str]) -> Answer | None:
    """Return what a GET of Microsoft Graph answers, for groups; None where it is 404.

    Raises:
        Refusal: the local directory has nothing of the kind.
    """
    groups = [one.outputs for one in store.objects(Directory(store, "").entry(GROUP).arm_type)]
    shown = [{"id": plain(one.get("objectId")), "displayName": plain(one.get("displayName"))} for one in groups]
    if path == "/v1.0/groups":
        wanted = re.fullmatch(r"displayName eq '(.*)'", query.get("$filter", ""))
        name = wanted.group(1).replace("''", "'").lower() if wanted else None
        return {"value": [one for one in shown if name is None or str(one["displayName"]).lower() == name]}
    if path.startswith("/v1.0/groups/"):
        return next((one for one in shown if str(one["id"]).lower() == arm_name(path).lower()), None)
    if path.endswith("/microsoft.graph.directoryRole"):
        return {"value": [{"roleTemplateId": GLOBAL_ADMINISTRATOR}]}
    raise Refusal("Request_ResourceNotFound", "the local directory has groups and applications only")


def _permissions(*_: object) -> Answer:
    return {"value": [_EVERYTHING]}


def _subscription(store: Store, found: Mapping[str, str], _: Mapping[str, str]) -> Answer:
    identity = found["subscription"]
    known = store.tenant_of(identity)
    return {"subscriptionId": identity, "state": "Enabled", **({"tenantId": known} if known else {})}


def _deleted_vault(store: Store, found: Mapping[str, str], _: Mapping[str, str]) -> Answer | None:
    vault = store.tombstone("Microsoft.KeyVault/vaults", found["name"])
    if vault is None or vault.id.split("/")[2].lower() != found["subscription"].lower():
        return None
    return {"name": arm_name(vault.id), "properties": {"vaultId": vault.id, "location": found["location"]}}


def _of_subscription(store: Store, found: Mapping[str, str], _: Mapping[str, str]) -> Answer:
    """List the objects of a type in a subscription."""
    start = f"/subscriptions/{found['subscription']}/".lower()
    return {"value": [_document(one) for one in store.objects(found["type"]) if one.key.startswith(start)]}


def _members(store: Store, path: str) -> list[StoredObject]:
    """Return the objects of a type directly in another one."""
    depth = len(path.strip("/").split("/")) + 1
    return [one for one in store.below(path) if len(one.id.strip("/").split("/")) == depth]


def _document(stored: StoredObject) -> Answer:
    """Return an object as ARM shows it: what was asked for, without secrets."""
    arm_type = type_of(stored.id)
    own = {"id": stored.id, "name": arm_name(stored.id), "type": stored.arm_type}
    fact = TABLE.get(stored.token)
    return {**own, **body(fact, _without_secrets(stored.inputs), arm_type)} if fact else own


def _without_secrets(inputs: dict[str, Value]) -> dict[str, Any]:
    return plain({key: rebuild(value, _hidden) for key, value in inputs.items()})


def _hidden(leaf: Value) -> Value:
    return None if isinstance(leaf, Secret) else leaf


_Get = Callable[[Store, Mapping[str, str], Mapping[str, str]], "Answer | None"]
_GETS: tuple[tuple[str, _Get], ...] = (
    (r".*/providers/Microsoft\.Authorization/permissions", _permissions),
    (_SUBSCRIPTION, _subscription),
    (rf"{_SUBSCRIPTION}/providers", offers.providers),
    (rf"{_SUBSCRIPTION}/providers/Microsoft\.DBforPostgreSQL{_LOCATION}/capabilities", offers.postgres),
    (rf"{_SUBSCRIPTION}/providers/Microsoft\.Web/geoRegions", offers.plan_regions),
    (rf"{_SUBSCRIPTION}/providers/Microsoft\.Storage/skus", offers.storage_skus),
    (rf"{_SUBSCRIPTION}/providers/(?P<namespace>[^/]+){_LOCATION}/(?P<list>(?:.*/)?usages)", offers.usages),
    (rf"{_SUBSCRIPTION}/providers/Microsoft\.KeyVault{_LOCATION}/deletedVaults/(?P<name>[^/]+)", _deleted_vault),
    (rf"{_SUBSCRIPTION}/providers/(?P<type>[^/]+/[^/]+)", _of_subscription),
)
"""Path → what answers it, the first that matches."""
