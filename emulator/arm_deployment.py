"""Writes what exists as a template that Azure deploys: `az deployment sub create`.

A deployment is of one scope, and a stack has several resource groups that refer to each other in both directions. So
the template is one of the subscription, with a nested deployment for each resource group and stage: a resource is in a
later stage than what it needs in another group, and so no two deployments wait for each other (Microsoft Learn, "Deploy
resources to subscription", "Use linked and nested templates": inner scope, parameters passed by name).

Values of secrets are parameters. Objects of Entra are in no ARM template, and ids that Azure generated are those of the
deployed objects: the template repeats an installation in place, or restores what was deleted from it, and makes none
elsewhere.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from emulator.arm_template import SCHEMA, Exported, Written, dependencies, reference, write

SUBSCRIPTION_SCHEMA = "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#"
DEPLOYMENTS = "Microsoft.Resources/deployments"
VERSION = "2022-09-01"
"""API version of nested deployments."""
_LONGEST_NAME = 64
_GROUP = re.compile(r"/resourcegroups/([^/]+)/providers/", re.IGNORECASE)
_USED = re.compile(r"parameters\('(\w+)'\)")


def deployable(resources: Iterable[Exported]) -> dict[str, Any]:
    """Return a template of the subscription with every azure-native resource in ``resources``.

    Raises:
        ValueError: resources need each other, so no order of creating them exists.
    """
    written = write(resources)
    needed = _needed(written)
    groups = [_group(one) for one in written.chosen]
    stages = _stages(groups, needed)
    parts: dict[tuple[int, str], list[int]] = defaultdict(list)
    for place in written.order:
        parts[stages[place], groups[place]].append(place)
    top: list[dict[str, Any]] = []
    for (stage, group), places in sorted(parts.items()):
        if group:
            top.append(_nested(written, (stage, group), places, groups, stages, needed))
        else:
            top += [_resource(written, place, [place], groups, stages, needed) for place in places]
    return {
        "$schema": SUBSCRIPTION_SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": dict(written.parameters),
        "resources": top,
    }


def _group(one: Exported) -> str:
    """Return the resource group that a resource is deployed to; empty for one of the subscription."""
    found = _GROUP.search(one.id)
    if found:
        return found.group(1).lower()
    return "" if one.id else str(one.inputs.get("resourceGroupName") or "").lower()


def _needed(written: Written) -> list[set[int]]:
    """Return for each resource the places of those that it needs."""
    places = {one.id.lower(): place for place, one in enumerate(written.chosen) if one.id}
    groups = {one.id.rsplit("/", 1)[-1].lower(): place for place, one in enumerate(written.chosen) if _is_group(one)}
    needed = [{places[other.id.lower()] for other in dependencies(one, written.known)} for one in written.chosen]
    for place, one in enumerate(written.chosen):  # without an id nothing says that a resource is in its group
        if not one.id and (group := groups.get(_group(one))) is not None:
            needed[place].add(group)
    return needed


def _is_group(one: Exported) -> bool:
    return one.token.endswith(":resources:ResourceGroup")


def _stages(groups: list[str], needed: list[set[int]]) -> list[int]:
    """Return the stage of each resource: that of what it needs in its own group, one more than of anything else."""
    stages: dict[int, int] = {}
    waiting = set(range(len(groups)))
    while waiting:
        ready = [place for place in waiting if needed[place] <= stages.keys()]
        if not ready:
            raise ValueError(f"{len(waiting)} resources need each other")
        for place in ready:
            after = (stages[other] + (groups[other] != groups[place]) for other in needed[place])
            stages[place] = max(after, default=0)
            waiting.discard(place)
    return [stages[place] for place in range(len(groups))]


def _nested(
    written: Written,
    part: tuple[int, str],
    places: list[int],
    groups: list[str],
    stages: list[int],
    needed: list[set[int]],
) -> dict[str, Any]:
    """Return the nested deployment of one resource group and stage."""
    stage, group = part
    resources = [_resource(written, place, places, groups, stages, needed) for place in places]
    # A text of the customer's may look like an expression: what is no parameter is none.
    used = sorted(set(_USED.findall(json.dumps(resources))) & written.parameters.keys())
    outside = {other for place in places for other in needed[place]} - set(places)
    depends = sorted({_after(written, other, groups, stages) for other in outside})
    return {
        "type": DEPLOYMENTS,
        "apiVersion": VERSION,
        "name": _name(group, stage),
        "resourceGroup": group,
        **({"dependsOn": depends} if depends else {}),
        "properties": {
            "mode": "Incremental",
            "expressionEvaluationOptions": {"scope": "inner"},
            "parameters": {name: {"value": f"[parameters('{name}')]"} for name in used},
            "template": {
                "$schema": SCHEMA,
                "contentVersion": "1.0.0.0",
                "parameters": {name: _declared(written.parameters[name]) for name in used},
                "resources": resources,
            },
        },
    }


def _declared(parameter: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": parameter["type"]}


def _resource(
    written: Written, place: int, within: list[int], groups: list[str], stages: list[int], needed: list[set[int]]
) -> dict[str, Any]:
    """Return a resource that waits for those of its own template; one of the subscription for all that it needs."""
    resource = {key: value for key, value in written.resources[place].items() if key != "dependsOn"}
    if "/providers/" not in written.chosen[place].id.rpartition("/providers/")[0]:
        resource.pop("scope", None)  # the deployment's own scope: only another resource is named
    if groups[place]:
        depends = {reference(written.chosen[other].id) for other in needed[place] & set(within)}
    else:
        depends = {_after(written, other, groups, stages) for other in needed[place]}
    return {**resource, "dependsOn": sorted(depends)} if depends else resource


def _after(written: Written, place: int, groups: list[str], stages: list[int]) -> str:
    """Return what a template of the subscription waits for to have a resource: itself, or its deployment."""
    group = groups[place]
    if not group:
        return reference(written.chosen[place].id)
    name = _name(group, stages[place])
    return f"[resourceId(subscription().subscriptionId, '{group}', '{DEPLOYMENTS}', '{name}')]"


def _name(group: str, stage: int) -> str:
    end = f"-stage-{stage}"
    return f"{group[: _LONGEST_NAME - len(end)]}{end}"
