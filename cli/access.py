"""``fabrix access``: what a principal may do, and who may use a resource."""

from typing import Annotated, Any

import typer

from cli.options import Json, StackOption, TargetOption, new_app
from judging.access import Securable, deployed_topology, principal_named, securable_named
from stacks.session import Session
from support.console import Console
from targets.name import TargetName
from topology import Topology
from topology.access import Access, Grant, Principal, access_of
from topology.questions import answers_about, indirect_readers

app = new_app()


@app.command()
def access(
    who: Annotated[str, typer.Argument(metavar="PRINCIPAL|RESOURCE", help="An app, a group; a secret, a vault.")],
    stack: StackOption = "dev",
    target: TargetOption = TargetName.LOCAL,
    as_json: Json = False,
) -> None:
    """List what a principal may do, or who may use a resource."""
    session = Session.open(stack, target, as_json=as_json)
    topology = deployed_topology(session)
    rights = access_of(topology)
    if principal := principal_named(topology, rights, who):
        answer = _rights_of(rights, principal, session.console)
    else:
        answer = _rights_on(topology, rights, securable_named(topology, rights, who), session.console)
    session.console.emit({"ok": True, "stack": stack, "target": target.value, **answer})


def _rights_of(rights: Access, principal: Principal, console: Console) -> dict[str, Any]:
    runs = f", which {', '.join(principal.runs)} runs as" if principal.runs else ""
    console.result(f"{principal.kind} {principal.name}{runs}, may:", style="bold")
    grants = rights.of(principal)
    for grant in sorted(grants, key=lambda one: (one.scope.lower(), one.role_name)):
        through = "" if grant.principal == principal else f", as a member of {grant.principal.name}"
        console.result(f"  {grant.role_name} on {_short(grant.scope)}{through}{_notes(grant)}")
    if not grants:
        console.result("  nothing")
    return {
        "principal": {"name": principal.name, "kind": principal.kind, "runs": list(principal.runs)},
        "rights": [_document(grant) for grant in grants],
    }


def _rights_on(topology: Topology, rights: Access, resource: Securable, console: Console) -> dict[str, Any]:
    console.result(f"{resource.name} ({resource.type}): who may", style="bold")
    answers = answers_about(rights, resource.id, resource.type)
    for answer in answers:
        console.result(f"  {answer.question.text}:")
        for grant in answer.grants:
            sure = "" if grant.role else "perhaps: "
            console.result(f"    {sure}{_who(grant)}: {grant.role_name} on {_short(grant.scope)}{_notes(grant)}")
        if not answer.grants:
            console.result("    nobody")
    indirect = indirect_readers(topology, rights, resource.id) if resource.type == "keyvault:Secret" else []
    for row in indirect:
        console.result(
            f"  by changing an app: {_who(row.grant)} ({row.grant.role_name}) may act as {row.through.name}, "
            "which reads it",
            style="yellow",
        )
    return {
        "resource": {"name": resource.name, "type": resource.type, "id": resource.id},
        "answers": [
            {"may": a.question.text, "operation": a.question.operation, "grants": [_document(g) for g in a.grants]}
            for a in answers
        ],
        "indirect": [{"through": row.through.name, **_document(row.grant)} for row in indirect],
    }


def _who(grant: Grant) -> str:
    return f"{grant.principal.kind} {grant.principal.name}"


def _short(scope: str) -> str:
    """Return the scope without subscription and provider, which are the same throughout a stack."""
    parts = [part for part in scope.split("/") if part]
    left_out = {"subscriptions", "providers"}
    kept = [part for i, part in enumerate(parts) if not left_out & {part, parts[i - 1] if i else ""}]
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
