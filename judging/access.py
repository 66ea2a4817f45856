"""Looks up who or what a name means in a deployed stack, so that rights can be listed for it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from resources import arm
from stacks.session import Session
from stacks.state import deployed_state, resource_graph
from support.errors import Exit, OperationError
from topology import Topology, build
from topology.access import Access, Principal
from topology.find import NotFoundError, find_node
from topology.services import Service

KINDS = (
    "keyvault:",
    "storage:Storage",
    "storage:BlobContainer",
    "containerregistry:",
    "dbforpostgresql:Server",
    "redisenterprise:RedisEnterprise",
    "resources:",
    "web:WebApp",
    "operationalinsights:Workspace",
)
"""Beginnings of the types that rights are listed for by name."""


@dataclass(frozen=True)
class Securable:
    """Something that rights are granted on."""

    name: str
    id: str
    type: str


def deployed_topology(session: Session) -> Topology:
    """Build the topology of what the stack's state says exists.

    Raises:
        OperationError: exit code 2, nothing is deployed.

    """
    subscription = session.settings.installation.subscription_id
    state = deployed_state(session)
    if state is None:
        raise OperationError(
            f"{session.stack} has no state on this target: nothing is deployed. `./fabrix up {session.stack}` does it.",
            Exit.BAD_INPUT,
        )
    return build(resource_graph(state["deployment"]).resources, subscription)


def principal_named(topology: Topology, rights: Access, name: str) -> Principal | None:
    """Return the principal of that name, object id or application key; None where there is none.

    Raises:
        OperationError: exit code 2, it could be several.

    """
    wanted = name.lower()
    principals = rights.principals
    exact = [p for p in principals if wanted in {p.name.lower(), p.key.lower(), *(run.lower() for run in p.runs)}]
    matching = exact or [
        p for p in principals if (made := topology.by_urn(p.key)) and _ends_with(made.name.lower(), wanted)
    ]
    if len(matching) > 1:
        raise OperationError(
            f"{name!r} could be {', '.join(sorted(p.name for p in matching))}; name one", Exit.BAD_INPUT
        )
    return matching[0] if matching else None


def _ends_with(name: str, wanted: str) -> bool:
    return name == wanted or name.endswith(f"-{wanted}")


def securable_named(topology: Topology, rights: Access, name: str) -> Securable:
    """Return the resource that a name or an ARM id means.

    Raises:
        OperationError: exit code 2, it means none.

    """
    wanted = name.lower()
    resources = [
        Securable(arm.name(topology.id_of(one)), topology.id_of(one), one.type)
        for one in topology.resources
        if one.type.startswith(KINDS) and wanted in {arm.name(topology.id_of(one)).lower(), topology.id_of(one).lower()}
    ]
    secrets = [
        Securable(arm.name(grant.scope), grant.scope, "keyvault:Secret")
        for grant in rights.grants
        if "/secrets/" in grant.scope.lower() and arm.name(grant.scope).lower() == wanted
    ]
    matching = {arm.key(one.id): one for one in (*secrets, *resources)}
    if len(matching) == 1:
        return next(iter(matching.values()))
    try:
        thing = find_node(topology, name)
    except NotFoundError as error:
        names = [arm.name(topology.id_of(one)) for one in topology.of("keyvault:Secret")]
        names += [one.name for one in rights.principals]
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
        raise OperationError(f"nearest: {', '.join(near)}" if near else str(error), Exit.BAD_INPUT) from None
    if not isinstance(thing, Service):
        raise OperationError(f"{name!r} is not something that rights are granted on", Exit.BAD_INPUT)
    return Securable(thing.name, thing.id, thing.resource.type)
