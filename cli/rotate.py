"""``fabrix rotate``: give a generated secret a new value without an outage, or list which ones can get one."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

import typer

from cli.options import (
    AnswerFor,
    Json,
    Stack,
    TargetOption,
    Yes,
    new_app,
    refuse_answers_on_local,
    require_yes_or_terminal,
)
from cli.up import run_up
from settings.applications import PlatformSecret
from settings.rotation import effect, obstacle, users
from settings.rotation_line import rewrite
from stacks import rotations
from stacks.session import Session
from stacks.state import deployed_state, require_state
from support.checkout import ROOT
from support.errors import Exit, OperationError
from support.files import replace_file
from targets.name import TargetName

app = new_app()


@app.command()
def rotate(
    stack: Stack,
    secret: Annotated[str, typer.Argument(help="Name in the vault; left out, all secrets are listed.")] = "",
    target: TargetOption = TargetName.LOCAL,
    yes: Yes = False,
    as_json: Json = False,
    answer_for: AnswerFor = None,
) -> None:
    """Give a secret a new value without an outage, or list them."""
    if not secret:
        session = Session.open(stack, target, as_json=as_json)
        session.console.emit(_listed(session))
        return
    require_yes_or_terminal("rotate", yes=yes)
    refuse_answers_on_local(target, answer_for)
    session = Session.open(stack, target, as_json=as_json)
    chosen = _rotatable(session, secret)
    counted = _count(session, chosen)
    # Prepared first, or a restart in between would give an application the new password with the other user name.
    steps = [0, 1] if counted is None and chosen.opens_database else [(counted or 0) + 1]
    _announce(session, chosen, steps)
    document: dict[str, Any] = {}
    for count in steps:
        document = _step(session, secret, count, yes=yes, final=count == steps[-1], answer_for=answer_for or [])
    session.console.result(
        f"{secret} was rotated (rotation {steps[-1]}). Keep Pulumi.{stack}.yaml: a count never goes down. There is no "
        f"way back to the former value; `./fabrix rotate {stack} {secret}` makes another one.",
        style="green",
    )
    session.console.emit({**document, "rotated": {"secret": secret, "rotations": steps[-1], "readers": users(chosen)}})


def _rotatable(session: Session, name: str) -> PlatformSecret:
    """Return the secret of that name.

    Raises:
        OperationError: exit code 2, there is none, or it must not change; with the names that are allowed.

    """
    settings = session.settings
    found = next((one for one in settings.secrets if one.name == name), None)
    why = obstacle(found, settings.network) if found else f"{session.stack} has no secret of that name"
    if found and not why:
        return found
    allowed = [one.name for one in settings.secrets if not obstacle(one, settings.network)]
    raise OperationError(
        f"{name} cannot be rotated: {why}. These can: {', '.join(allowed)}", Exit.BAD_INPUT, {"allowed": allowed}
    )


def _count(session: Session, secret: PlatformSecret) -> int | None:
    """Return how often ``secret`` was rotated; None if nobody has asked for it.

    Raises:
        OperationError: exit code 2, it is not deployed, or the stack file counts otherwise than what is deployed.

    """
    stack = session.stack
    deployment = require_state(session, "so no value can be exchanged", Exit.BAD_INPUT)["deployment"]
    if secret.name not in rotations.deployed_secrets(deployment):
        raise OperationError(
            f"{secret.name} is not deployed yet: `./fabrix up {stack}` makes its first value.", Exit.BAD_INPUT
        )
    deployed = rotations.deployed_counts(deployment).get(secret.name)
    if (deployed or 0) != (secret.rotations or 0):
        raise OperationError(
            f"{secret.name}: Pulumi.{stack}.yaml counts {secret.rotations or 0} rotations, and {deployed or 0} are "
            f"deployed. `./fabrix up {stack}` finishes an interrupted rotation, and refuses another count.",
            Exit.BAD_INPUT,
        )
    return deployed


def _announce(session: Session, secret: PlatformSecret, steps: list[int]) -> None:
    console = session.console
    console.result(f"{secret.name} gets a new value, rotation {steps[-1]}.")
    console.result(f"  used by: {', '.join(users(secret)) or 'no application'}")
    console.result(f"  means: {effect(secret)}")
    console.result(f"  changes: one line of Pulumi.{session.stack}.yaml, then what `up` changes")
    if len(steps) > 1:
        console.result(
            "  in two runs, since it is the first: one that names versions in the settings, then the rotation"
        )


def _step(
    session: Session, secret: str, count: int, *, yes: bool, final: bool, answer_for: list[str]
) -> dict[str, Any]:
    """Write the count and deploy it as `up` does, which shows its plan; the file is put back if nothing was begun."""
    file = ROOT / f"Pulumi.{session.stack}.yaml"
    before = file.read_bytes()
    begun: list[bool] = []
    try:
        text = rewrite(before.decode("utf-8"), secret, count)
    except ValueError as error:
        raise OperationError(f"{file.name}: {error}", Exit.BAD_INPUT) from None
    replace_file(file, text.encode())
    session.reload_stack_file()
    try:
        run = partial(
            run_up,
            session,
            answer_for=answer_for,
            rotated=secret if final else "",
            started=lambda: begun.append(True),
        )
        document = run(yes=yes)
        # Without a resource to change `up` ends with the plan; the count, an output of the stack, is still to be kept.
        return document if begun else run(yes=True)
    except BaseException:
        if begun:
            session.console.info(
                f"{file.name} counts rotation {count} of {secret}: `./fabrix up {session.stack}` goes on with it.",
                style="yellow",
            )
        else:
            replace_file(file, before)
            session.reload_stack_file()
            session.console.info(f"{file.name} is as it was: nothing was begun.", style="yellow")
        raise


def _listed(session: Session) -> dict[str, Any]:
    """Print and return every secret with its count, its age and who reads it."""
    settings, console = session.settings, session.console
    state = deployed_state(session)
    since = rotations.since(state["deployment"], settings) if state else {}
    deployed = rotations.deployed_counts(state["deployment"]) if state else {}
    expires = str(settings.security.secrets_expire) if settings.security.secrets_expire else None
    rows = [_row(secret, obstacle(secret, settings.network), since, deployed, expires) for secret in settings.secrets]
    for can, title in ((True, "can be rotated"), (False, "cannot be rotated")):
        console.result(title, style="bold")
        for row in (row for row in rows if row["rotatable"] is can):
            made = f", value of {row['since'][:10]}" if row["since"] else ""
            counts = f"{row['rotations'] or 0} rotations{made}; " if can else ""
            readers = ", ".join(row["readers"]) or "no application"
            console.result(f"  {row['name']}: {counts}used by {readers}; {row['means'] if can else row['reason']}")
    if expires:
        console.result(f"Everything in the vault that this program made expires on {expires} (security.secretsExpire).")
    return {"ok": True, "stack": session.stack, "target": session.target.name.value, "secrets": rows}


def _row(
    secret: PlatformSecret, why: str, since: Mapping[str, str], deployed: Mapping[str, int], expires: str | None
) -> dict[str, Any]:
    return {
        "name": secret.name,
        "rotatable": not why,
        "reason": why,
        "means": "" if why else effect(secret),
        "rotations": secret.rotations,
        "deployed": deployed.get(secret.name),
        "since": since.get(secret.name) or None,
        "expires": None if secret.generator == "supplied" else expires,
        "readers": users(secret),
    }
