"""What a stack is installed as: its names, tenant and region, which no deployment changes in place.

A change of one of them replaces every resource, with its data. So it is refused before the engine starts, unless
somebody asks for it by name; and the stacks of one installation have to agree on who they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from policies.rules.governance.facts import STATEFUL
from resources.model import Graph
from resources.values import get, text
from settings import PlatformSettings, load
from settings.installation import Installation
from settings.security import NewGroups
from stacks.session import Session
from stacks.state import deployed_state, resource_graph
from support.checkout import ROOT
from support.console import shortened
from support.errors import Exit, OperationError

_VAULT, _GROUP = "keyvault:Vault", "resources:ResourceGroup"
_ENTRA_GROUP = "azuread:index/group:Group"
_SUBSCRIPTION, _INSTANCE = re.compile(r"/subscriptions/([^/]+)/", re.IGNORECASE), re.compile(r"-(\d{3})$")
_ONE_INSTALLATION = ("dev", "test", "prod")
_AGREED = ("serviceName", "tenantId")


def refuse_replacement(session: Session, asked: str = "") -> str:
    """Refuse to make another installation of a deployed one; ``asked`` is the service name that may be given up.

    Returns:
        The service name that is given up; empty where the installation stays what it is.

    Raises:
        OperationError: exit code 2; the message has what changed and what would be lost, the groups included.

    """
    state = deployed_state(session)
    if state is None:
        return ""
    graph, wanted = resource_graph(state["deployment"]), session.settings.installation
    deployed = deployed_as(graph)
    changed = list(changes(deployed, wanted))
    name = deployed.get("serviceName", wanted.service_name)
    if asked and asked != name:
        raise OperationError(
            f"--replace-installation {asked}: {session.stack} is installed as {name}.",
            Exit.BAD_INPUT,
            {"found": asked, "allowed": name},
        )
    refuse_losing_groups(state["deployment"], session.settings, session.stack)
    if not changed or asked:
        return asked if changed else ""
    stateful = [each.name for each in graph.resources if each.type in STATEFUL]
    listed = "\n".join(f"  installation.{each}" for each in changed)
    raise OperationError(
        f"{session.stack} is deployed as another installation:\n{listed}\n"
        f"All {sum(each.id is not None for each in graph.resources)} resources would be replaced, and the data in "
        f"{shortened(stateful, 4) or 'them'} lost. Write what is deployed into Pulumi.{session.stack}.yaml, or make a "
        f"stack of another name for the new installation. `./fabrix up {session.stack} --replace-installation {name}` "
        "gives this one up.",
        Exit.BAD_INPUT,
        {"problems": changed},
    )


def refuse_losing_groups(deployment: Mapping[str, Any], settings: PlatformSettings, stack: str) -> None:
    """Refuse a stack file that takes groups for existing ones which this very stack created.

    The engine would delete them, with their members, since the program no longer declares them.

    Raises:
        OperationError: exit code 2, with the groups.

    """
    if isinstance(settings.security.groups, NewGroups):
        return
    ids = set(settings.group_ids.values())
    names = set() if ids else {group.display_name for group in settings.groups}
    outputs = [one.get("outputs") or {} for one in deployment.get("resources") or () if one["type"] == _ENTRA_GROUP]
    lost = [str(o.get("displayName")) for o in outputs if o.get("objectId") in ids or o.get("displayName") in names]
    if lost:
        raise OperationError(
            f"Pulumi.{stack}.yaml: security.groups says that these groups exist already, but this stack created them, "
            f"so it would delete them and whom they have as members: {', '.join(sorted(lost))}. Keep "
            "`groups: {mode: create}`; docs/pipelines.md says which rights that needs.",
            Exit.BAD_INPUT,
        )


def deployed_as(deployed: Graph) -> dict[str, Any]:
    """Return the identity in a state by its keys in the stack file; what the state does not say is left out."""
    found: dict[str, Any] = {}
    for vault in deployed.of(_VAULT):
        found["serviceName"] = text(vault, "tags.application")
        found["environment"] = text(vault, "tags.environment")
        found["region"] = text(vault, "location")
        found["tenantId"] = text(vault, "properties.tenantId")
        match = _SUBSCRIPTION.match(vault.id or "")
        found["subscriptionId"] = match.group(1) if match else None
    for group in deployed.of(_GROUP):
        match = _INSTANCE.search(str(get(group, "resourceGroupName")))
        found["instance"] = int(match.group(1)) if match else None
    return {key: value for key, value in found.items() if value is not None}


def changes(deployed: dict[str, Any], wanted: Installation) -> Iterator[str]:
    """Yield each part of the identity that differs: ``region: swedencentral to westeurope``."""
    after = wanted.model_dump(by_alias=True)
    for key, before in deployed.items():
        if str(before).lower() != str(after[key]).lower():
            yield f"{key}: {before} to {after[key]}"


def refuse_disagreement(root: Path = ROOT) -> None:
    """Refuse stack files of one installation that disagree on tenant or service name.

    One installation are dev, test and prod; and all stacks with the same service name. Only these values are read: a
    mistake elsewhere in a file is reported where the file is used.

    Raises:
        OperationError: exit code 2, with every value and the stacks that have it.

    """
    identities = {
        stack: {key: str(installation[key]).lower() for key in _AGREED}
        for stack, installation in load.installations(root).items()
        if all(installation.get(key) for key in _AGREED)
    }
    together = {"dev, test and prod": [stack for stack in _ONE_INSTALLATION if stack in identities]}
    for stack, identity in identities.items():
        together.setdefault(f"all stacks of {identity['serviceName']}", []).append(stack)
    problems = []
    for group, stacks in together.items():
        for key in _AGREED:
            values = {stack: identities[stack][key] for stack in stacks}
            if len(set(values.values())) > 1:
                listed = ", ".join(f"{value} in Pulumi.{stack}.yaml" for stack, value in values.items())
                problems.append(f"installation.{key} is the same in {group}, which are one installation: {listed}")
    if problems:
        problems = list(dict.fromkeys(problems))
        raise OperationError("\n".join(problems), Exit.BAD_INPUT, {"problems": problems})
