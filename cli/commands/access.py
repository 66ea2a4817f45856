"""``fabrix access``: what may somebody do, and who may do what with something."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from cli.commands.reach import deployed
from stacks.session import Session
from support.errors import Exit, OperationError
from targets.name import TargetName

if TYPE_CHECKING:
    from resources.model import Resource
    from topology import Topology
    from topology.access import Access, Grant, Principal


def run(who: str, stack: str, target: TargetName, *, as_json: bool) -> None:
    """Answer for a principal (identity, group, object id, key of an application) or for a resource (a secret, a vault).

    Raises:
        OperationError: exit code 2 for a stack without state, and for a name that means nothing or several things.

    """
    from topology.access import access_of

    session = Session.open(stack, target, as_json=as_json)
    topology = deployed(session)
    access = access_of(topology)
    principal = _principal(topology, access, who)
    found = (
        _of(session, access, principal)
        if principal
        else _on(session, topology, access, *_resource(topology, access, who))
    )
    session.console.emit({"ok": True, "stack": stack, "target": target.value, **found})


def _of(session: Session, access: Access, principal: Principal) -> dict[str, Any]:
    runs = f", which {', '.join(principal.runs)} runs as" if principal.runs else ""
    session.console.result(f"{principal.kind} {principal.name}{runs}, may:", style="bold")
    grants = access.of(principal)
    for grant in sorted(grants, key=lambda one: (one.scope.lower(), one.role_name)):
        through = "" if grant.principal == principal else f", as a member of {grant.principal.name}"
        session.console.result(f"  {grant.role_name} on {_short(grant.scope)}{through}{_notes(grant)}")
    if not grants:
        session.console.result("  nothing")
    return {
        "principal": {"name": principal.name, "kind": principal.kind, "runs": list(principal.runs)},
        "rights": [_document(grant) for grant in grants],
    }


def _on(session: Session, topology: Topology, access: Access, name: str, arm_id: str, kind: str) -> dict[str, Any]:
    from topology.questions import answers_about, indirect_readers

    session.console.result(f"{name} ({kind}): who may", style="bold")
    answers = answers_about(access, arm_id, kind)
    for answer in answers:
        session.console.result(f"  {answer.question.text}:")
        for grant in answer.grants:
            sure = "" if grant.role else "perhaps: "
            session.console.result(
                f"    {sure}{_who(grant)}: {grant.role_name} on {_short(grant.scope)}{_notes(grant)}"
            )
        if not answer.grants:
            session.console.result("    nobody")
    around = indirect_readers(topology, access, arm_id) if kind == "keyvault:Secret" else []
    for row in around:
        session.console.result(
            f"  by changing an app: {_who(row.grant)} ({row.grant.role_name}) may act as {row.through.name}, "
            "which reads it",
            style="yellow",
        )
    return {
        "resource": {"name": name, "type": kind, "id": arm_id},
        "answers": [
            {"may": a.question.text, "operation": a.question.operation, "grants": [_document(g) for g in a.grants]}
            for a in answers
        ],
        "indirect": [{"through": row.through.name, **_document(row.grant)} for row in around],
    }


def _principal(topology: Topology, access: Access, written: str) -> Principal | None:
    """Principal of that name, object id, or application key; None where it means none."""
    wanted = written.lower()
    every = access.principals
    exact = [p for p in every if wanted in {p.name.lower(), p.key.lower(), *(run.lower() for run in p.runs)}]
    keys = [p for p in every if (made := topology.by_urn(p.key)) and _last_words(made, wanted)]
    found = exact or keys
    if len(found) > 1:
        raise OperationError(
            f"{written!r} could be {', '.join(sorted(p.name for p in found))}; name one", Exit.BAD_INPUT
        )
    return found[0] if found else None


def _last_words(resource: Resource, wanted: str) -> bool:
    return resource.name.lower() == wanted or resource.name.lower().endswith(f"-{wanted}")


def _resource(topology: Topology, access: Access, written: str) -> tuple[str, str, str]:
    """Name, ARM id and type of a resource.

    Raises:
        OperationError: exit code 2.

    """
    from resources import arm
    from topology.find import NotFoundError, find_node
    from topology.services import Service

    wanted = written.lower()
    candidates = [
        (arm.name(topology.id_of(one)), topology.id_of(one), one.type)
        for one in topology.resources
        if one.type.startswith(KINDS) and wanted in {arm.name(topology.id_of(one)).lower(), topology.id_of(one).lower()}
    ]
    spoken = {
        (arm.name(grant.scope), grant.scope, "keyvault:Secret")
        for grant in access.grants
        if "/secrets/" in grant.scope.lower() and arm.name(grant.scope).lower() == wanted
    }
    found = {arm.key(row[1]): row for row in (*spoken, *candidates)}
    if len(found) == 1:
        return next(iter(found.values()))
    try:
        thing = find_node(topology, written)
    except NotFoundError as error:
        names = [arm.name(topology.id_of(one)) for one in topology.of("keyvault:Secret")]
        names += [one.name for one in access.principals]
        near = difflib.get_close_matches(written, names, n=3, cutoff=0.5)
        raise OperationError(f"nearest: {', '.join(near)}" if near else str(error), Exit.BAD_INPUT) from None
    if not isinstance(thing, Service):
        raise OperationError(f"{written!r} is nothing that rights are given on here", Exit.BAD_INPUT)
    return thing.name, thing.id, thing.resource.type


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
"""Beginnings of types that people ask about."""


def _who(grant: Grant) -> str:
    return f"{grant.principal.kind} {grant.principal.name}"


def _short(scope: str) -> str:
    """Scope without the subscription and the provider, which say nothing new within one stack."""
    pieces = [piece for piece in scope.split("/") if piece]
    words = {"subscriptions", "providers"}
    kept = [p for i, p in enumerate(pieces) if p not in words and (i == 0 or pieces[i - 1] not in words)]
    return "/".join(kept) or "the subscription"


def _notes(grant: Grant) -> str:
    condition = " (under a condition)" if grant.conditional else ""
    return f"{condition}; {grant.reason}" if grant.reason else condition


def _document(grant: Grant) -> dict[str, Any]:
    return {
        "principal": grant.principal.name,
        "kind": grant.principal.kind,
        "role": grant.role_name,
        "known": grant.role is not None,
        "scope": grant.scope,
        "reason": grant.reason,
        "conditional": grant.conditional,
        "actions": list(grant.role.actions) if grant.role else [],
        "notActions": list(grant.role.not_actions) if grant.role else [],
        "dataActions": list(grant.role.data_actions) if grant.role else [],
        "givenBy": grant.resource.urn,
    }
