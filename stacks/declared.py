"""What a customer really has, declared to the local Azure from the output of the Azure CLI.

Without it the local Azure takes whatever a stack file says exists for granted (:mod:`stacks.existing`), a misspelt
network, too. Once anything is declared, it knows only what was declared or made: a stack file that names anything else
is refused, as the preflight would refuse it on Azure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.control import ControlPlane
from emulator.directory import Directory
from emulator.errors import Refusal
from emulator.facts import TABLE
from emulator.facts.identity import GROUP
from emulator.ids import arm_name, parent_id, type_of
from emulator.inspect import CUSTOMER
from emulator.laws import LAWS
from emulator.store import Store
from settings import PlatformSettings
from settings.network import NewNetwork
from stacks.preflight.checks import CHECKS
from stacks.preflight.model import Level, Scene
from stacks.preflight.questions import LocalQuestions
from stacks.preflight.run import run
from support.errors import Exit, OperationError
from support.files import replace_file
from targets.local import LocalTarget

_FILE = "declared.json"
_ASKED = ("existing-network", "zones", "groups")
"""Checks of the preflight about what exists before a stack does."""

_LARGEST = 16 * 2**20
"""Bytes of a file; what a stack names takes kilobytes."""
_GUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_ARM_ID = re.compile(r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/[^/]+(?:/[^/]+/[^/]+)+", re.IGNORECASE)

_VNET, _ZONE = "microsoft.network/virtualnetworks", "microsoft.network/privatednszones"
TYPES: Mapping[str, tuple[str, str]] = {
    _VNET: ("network:VirtualNetwork", "az network vnet list"),
    f"{_VNET}/subnets": ("network:Subnet", "az network vnet subnet list"),
    "microsoft.network/virtualnetworkgateways": ("network:VirtualNetworkGateway", "az network vnet-gateway list"),
    _ZONE: ("privatedns:PrivateZone", "az network private-dns zone list"),
    f"{_ZONE}/virtualnetworklinks": ("privatedns:VirtualNetworkLink", "az network private-dns link vnet list"),
}
"""ARM type in lower case → token, and the command that lists objects of it; groups come from `az ad group list`."""


@dataclass(frozen=True)
class _Object:
    """One object to declare."""

    id: str
    token: str
    """Empty for an Entra group."""
    inputs: dict[str, Any]


def is_declared(target: LocalTarget) -> bool:
    """Return whether anything was declared: then nothing is taken for granted any more."""
    return (target.base / _FILE).exists()


def forget(target: LocalTarget) -> None:
    """Take everything for granted again; for who deletes the local Azure."""
    (target.base / _FILE).unlink(missing_ok=True)


def declare(target: LocalTarget, file: Path, settings: PlatformSettings) -> tuple[list[str], list[str]]:
    """Create in the local Azure what a file lists; return the ids that are new, and those that were there.

    Args:
        target: the local Azure.
        file: JSON, as the commands of :data:`TYPES` print it with ``-o json``: an object or a list of them.
        settings: of the stack whose tenant and region hold where an object names none.

    Raises:
        OperationError: exit code 2, with everything in the file that cannot be declared; nothing was declared then.

    """
    objects = sorted(_read(file), key=_rank)
    with target.store() as store:
        try:
            with store.change():
                new = [one.id for one in objects if _create(store, one, settings)]
        except Refusal as error:
            raise OperationError(
                f"{file}: the local Azure cannot have this: {error}. Nothing was declared.", Exit.BAD_INPUT
            ) from None
    known = _known(target)
    replace_file(target.base / _FILE, json.dumps(sorted({*known, *(one.id for one in objects)}), indent=2) + "\n")
    return new, [one.id for one in objects if one.id not in new]


def refuse_undeclared(target: LocalTarget, stack: str, settings: PlatformSettings) -> None:
    """Refuse a stack file that names as existing what was neither declared nor made.

    Raises:
        OperationError: exit code 3, with everything that is missing.

    """
    scene = Scene(stack, settings, LocalQuestions(target))
    verdicts = run(scene, [check for check in CHECKS if check.id in _ASKED])
    missing = [one.found for verdict in verdicts for one in verdict.findings if one.level is Level.FAIL]
    network = settings.network
    if isinstance(network, NewNetwork):
        with target.store() as store:
            missing += [f"{one} does not exist" for one in network.ingress.peerings if store.object(one) is None]
    if missing:
        listed = "\n".join(f"  {text}" for text in missing)
        raise OperationError(
            f"Pulumi.{stack}.yaml names what was not declared to the local Azure:\n{listed}\n"
            f"Correct the stack file, or declare what is missing: `./fabrix azure declare {stack} FILE`. "
            "`./fabrix azure list` shows what there is.",
            Exit.REFUSED,
            {"missing": missing},
        )


def _rank(one: _Object) -> int:
    """Return the place in the order in which objects can be created: what others refer to comes first."""
    return list(TYPES).index(type_of(one.id).lower()) if one.token else len(TYPES)


def _known(target: LocalTarget) -> list[str]:
    file = target.base / _FILE
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else []


def _read(file: Path) -> list[_Object]:
    try:
        if file.stat().st_size > _LARGEST:
            raise OperationError(
                f"{file} has more than {_LARGEST // 2**20} MiB: declare what the stack names", Exit.BAD_INPUT
            )
        document = json.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise OperationError(f"{file} cannot be read: {error.strerror}", Exit.BAD_INPUT) from None
    except (ValueError, RecursionError) as error:
        raise OperationError(f"{file} is not JSON: {error}", Exit.BAD_INPUT) from None
    rows = document if isinstance(document, list) else [document]
    problems, objects = [], []
    for index, row in enumerate(rows):
        try:
            objects += list(_objects(row))
        except KeyError as error:
            problems.append(f"[{index}]: {error.args[0]} is missing")
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            problems.append(f"[{index}]: {error}")
    if problems:
        commands = ", ".join(f"`{command}`" for _, command in TYPES.values())
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise OperationError(
            f"{file} holds what cannot be declared:\n{listed}\nAllowed is what {commands} and `az ad group list` print "
            "with -o json.",
            Exit.BAD_INPUT,
            {"problems": problems},
        )
    return objects


def _objects(row: Any) -> Iterator[_Object]:  # noqa: ANN401 - whatever the file holds
    """Yield the objects of a row: of a network its subnets, too.

    Raises:
        LookupError, TypeError, AttributeError, ValueError: it is none that can be declared.
    """
    if not isinstance(row, dict) or not isinstance(row.get("id"), str):
        raise TypeError("an object with an id is expected")
    row = _flat(row)
    arm_id = row["id"]
    if not arm_id.startswith("/"):
        person = row.keys() & {"userPrincipalName", "appId"}
        if not isinstance(row.get("displayName"), str) or person or not _GUID.fullmatch(arm_id):
            raise ValueError(f"{arm_id} is neither an ARM id nor a group with an object id and a displayName")
        yield _Object(arm_id, "", {"displayName": row["displayName"], "securityEnabled": True})
        return
    if not _ARM_ID.fullmatch(arm_id):
        raise ValueError(f"{arm_id} is no id of the form /subscriptions/…/resourceGroups/…/providers/…")
    kind = type_of(arm_id).lower()
    if kind not in TYPES:
        raise ValueError(f"{arm_id} is of type {type_of(arm_id)}")
    yield _Object(arm_id, TYPES[kind][0], _inputs(kind, row))
    for subnet in row.get("subnets") or () if kind == _VNET else ():
        yield from _objects({"id": f"{arm_id}/subnets/{subnet['name']}", **subnet})


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object as the Azure CLI shows it: ARM itself has most of it below ``properties``."""
    return {**{key: value for key, value in row.items() if key != "properties"}, **(row.get("properties") or {})}


def _inputs(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs of an object's create, but for its place."""
    where = {"location": row["location"]} if row.get("location") else {}
    if kind == _VNET:
        return {**where, "addressSpace": {"addressPrefixes": list(row["addressSpace"]["addressPrefixes"])}}
    if kind.endswith("/subnets"):
        prefix = row.get("addressPrefix") or row["addressPrefixes"][0]
        services = [_flat(one)["serviceName"] for one in row.get("delegations") or ()]
        return {"addressPrefix": prefix, "delegations": [{"name": one, "serviceName": one} for one in services]}
    if kind.endswith("gateways"):
        addresses = [_flat(one) for one in row["ipConfigurations"]]
        subnets = [{"name": one["name"], "subnet": {"id": one["subnet"]["id"]}} for one in addresses]
        return {**where, "gatewayType": row["gatewayType"], "ipConfigurations": subnets}
    if kind.endswith("links"):
        return {"virtualNetwork": {"id": row["virtualNetwork"]["id"]}, "registrationEnabled": False}
    return {}


def _create(store: Store, one: _Object, settings: PlatformSettings) -> bool:
    """Create an object, and its resource group before it; return False if it is there."""
    tenant, region = settings.installation.tenant_id, settings.installation.region
    if not one.token:
        directory = Directory(store, tenant)
        existing = store.objects(directory.entry(GROUP).arm_type)
        if any(str(group.outputs.get("objectId")).lower() == one.id.lower() for group in existing):
            return False
        directory.create(GROUP, one.inputs, who=CUSTOMER, object_id=one.id)
        return True
    if store.object(one.id) is not None:
        return False
    parts = one.id.split("/")
    subscription, group = parts[2], parts[4]
    store.register(subscription, tenant)
    plane = ControlPlane(store, subscription, tenant, facts=TABLE, laws=LAWS)
    if store.get("/".join(parts[:5])) is None:
        place = {"resourceGroupName": group, "location": region}
        plane.create("azure-native:resources:ResourceGroup", place, who=CUSTOMER)
    plane.create(f"azure-native:{one.token}", {**_place(one, group, region), **one.inputs}, who=CUSTOMER)
    return True


def _place(one: _Object, group: str, region: str) -> dict[str, Any]:
    """Return the inputs that name an object and say where it is."""
    name, parent = arm_name(one.id), arm_name(parent_id(one.id))
    location = "global" if one.token.startswith("privatedns:") else region
    own: dict[str, dict[str, Any]] = {
        "network:VirtualNetwork": {"virtualNetworkName": name, "location": location},
        "network:Subnet": {"virtualNetworkName": parent, "subnetName": name},
        "network:VirtualNetworkGateway": {"virtualNetworkGatewayName": name, "location": location},
        "privatedns:PrivateZone": {"privateZoneName": name, "location": location},
        "privatedns:VirtualNetworkLink": {
            "privateZoneName": parent,
            "virtualNetworkLinkName": name,
            "location": location,
        },
    }
    return {"resourceGroupName": group, **own[one.token]}


def names(ids: Iterable[str]) -> str:
    """Return ids for people: the last part of each."""
    return ", ".join(arm_name(one) for one in ids) or "nothing"
