"""Changes that cannot be made at once: found in what is deployed, before anything is changed.

The local Azure refuses those of size itself, in a preview too; a tenant refuses them in the middle of a deployment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from resources.model import Graph
from settings import PlatformSettings, SettingsError, document, load
from settings.azure_sizes import POSTGRES_STORAGE_GIB, REDIS_GB, REDIS_UNCLUSTERED_GB
from settings.problems import Issue, Problem
from settings.sizes import Sizing
from stacks import rotations
from stacks.session import Session
from stacks.settings_files import settings_problems
from stacks.state import deployed_state, resource_graph
from support.checkout import ROOT
from targets.name import TargetName

_SERVER, _CACHE, _DATABASE = (
    "dbforpostgresql:Server",
    "redisenterprise:RedisEnterprise",
    "redisenterprise:Database",
)
_COUNTED = "rotations are counted one by one, so that no password in use is changed"
_AT_ONCE = "Azure does not make this change at once"


def refuse_forbidden_steps(session: Session) -> None:
    """Refuse what a region gives to nothing new, and steps that Azure does not make or that skip a rotation.

    Raises:
        OperationError: exit code 2; the message names every such step and the runs that lead there.
    """
    problems = refused_steps(
        session.stack, session.settings, session.target.name, lambda: deployment_of(deployed_state(session))
    )
    if problems:
        with settings_problems():
            raise SettingsError(problems)


def refused_steps(
    stack: str, settings: PlatformSettings, target: TargetName, deployment: Callable[[], Mapping[str, Any] | None]
) -> list[Problem]:
    """Return every step from what is deployed to the stack file that is refused, by its place in the file.

    Args:
        stack: its name.
        settings: of the stack file.
        target: the local Azure refuses steps of size itself, so they are looked for on Azure only.
        deployment: asked for what is deployed, where a step could be refused at all; None if nothing is.
    """
    new_only = load.refused_when_new(ROOT, stack, settings)
    azure = target is TargetName.AZURE
    if not (azure or new_only or settings.security.rotations):
        return []
    state = deployment()
    graph = resource_graph(state) if state else Graph(())
    texts = [(_COUNTED, text) for text in (rotations.skipped(state, settings) if state else ())]
    texts += [(_AT_ONCE, text) for text in (forbidden_steps(graph, settings.sizing) if azure else ())]
    file = document.read_yaml(ROOT, f"Pulumi.{stack}.yaml")
    found = [file.problem(_issue(why, text.replace("STACK", stack))) for why, text in texts]
    return found if has_standby_elsewhere(graph) else [*found, *new_only]


def deployment_of(state: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return the deployment in an exported state."""
    return state["deployment"] if state else None


def _issue(why: str, text: str) -> Issue:
    """Return a step, ``key.of.the.file: from to … Way.``, as an issue of that key."""
    key, _, step = text.partition(": ")
    return Issue(tuple(key.split(".")), f"{why}: {step}").under(*load.PREFIX)


def has_standby_elsewhere(deployed: Graph) -> bool:
    """Return whether a PostgreSQL server with a standby in another zone is deployed: it keeps that in any region."""
    modes = ((server.props.get("highAvailability") or {}).get("mode") for server in deployed.of(_SERVER))
    return "ZoneRedundant" in modes


def forbidden_steps(deployed: Graph, wanted: Sizing) -> Iterator[str]:
    """Yield each step from what is deployed to ``wanted`` that Azure refuses, and what to do instead."""
    for resource in deployed.resources:
        if resource.type == _SERVER:
            yield from _server(resource.props, resource.outputs, wanted)
        elif resource.type == _CACHE:
            policies = [one.props.get("clusteringPolicy") for one in deployed.resources if one.type == _DATABASE]
            yield from _cache(resource.props, policies, wanted)


def _server(inputs: Any, outputs: Any, wanted: Sizing) -> Iterator[str]:  # noqa: ANN401 - values of a state
    """Yield the forbidden steps of a PostgreSQL server (the local Azure's laws: ``placement``, ``servers``)."""
    size = wanted.postgres
    before, tier = (
        (inputs.get("highAvailability") or {}).get("mode") or "Disabled",
        (inputs.get("sku") or {}).get("tier"),
    )
    key, after = "data.postgres.highAvailability", size.ha
    if before != after and "Disabled" not in {before, after}:
        yield f"{key}: {before} to {after}. Two runs: first {key}: Disabled, then {after}."
    if before != after and tier != size.tier and "Burstable" in {tier, size.tier}:
        alone = f"{key}: {before}" if before == "Disabled" else f"the deployed size and {key}: {after}"
        yield f"{key}: {before} to {after} together with {tier} to {size.tier}. Two runs: first with {alone}."
    grown = (outputs.get("storage") or {}).get("storageSizeGB")
    declared = (inputs.get("storage") or {}).get("storageSizeGB")
    largest = max((gib for gib in (grown, declared) if isinstance(gib, int | float)), default=0)
    if largest > size.storage_gib:
        step = next((gib for gib in POSTGRES_STORAGE_GIB if gib >= largest), int(largest))
        why = "it grew by itself" if declared == size.storage_gib else "storage never shrinks"
        yield f"data.postgres.storageGib: {int(largest)} to {size.storage_gib}: {why}. Write storageGib: {step}."


def _cache(inputs: Any, policies: list[Any], wanted: Sizing) -> Iterator[str]:  # noqa: ANN401 - values of a state
    """Yield the forbidden steps of the cache (the local Azure's laws: ``caches``)."""
    size, before = wanted.redis, (inputs.get("sku") or {}).get("name")
    for policy in policies:
        if policy == size.clustering:
            continue
        if policy != "NoCluster":
            yield f"data.redis.clustering: {policy} to {size.clustering}. Azure never changes {policy}: write it."
        elif before != size.sku and REDIS_GB.get(size.sku, 0) > REDIS_UNCLUSTERED_GB:
            first = f"first data.redis.clustering: {size.clustering} with sku: {before}"
            yield f"data.redis.sku: {before} to {size.sku} on a cache without clustering. Two runs: {first}."
    if inputs.get("highAvailability") != "Disabled" and not size.high_availability:
        yield "data.redis.highAvailability: true to false. Azure never removes a replica: write true."
