"""``fabrix destroy``: delete what a stack created, and list the names that stay reserved."""

from typing import Annotated, Any

import typer

from cli.options import Json, Stack, TargetOption, Yes, confirm, new_app, require_yes_or_terminal
from promotion.direct_run import direct_destroy
from stacks import report
from stacks.progress import Progress
from stacks.session import Session
from support.console import Console
from support.errors import Exit, OperationError
from targets.local import LocalTarget
from targets.name import TargetName

app = new_app()


@app.command()
def destroy(
    stack: Stack,
    target: TargetOption = TargetName.LOCAL,
    yes: Yes = False,
    as_json: Json = False,
    remove_protection: Annotated[
        str,
        typer.Option(
            "--remove-protection", metavar="STACK", help="Name the stack once more to delete protected data too."
        ),
    ] = "",
) -> None:
    """Delete everything that STACK created."""
    require_yes_or_terminal("destroy", yes=yes)
    if remove_protection and remove_protection != stack:
        raise OperationError(
            f"--remove-protection names {remove_protection}, but the stack is {stack}.", Exit.BAD_INPUT
        )
    session = Session.open(stack, target, as_json=as_json)
    with direct_destroy(session) as recovered:
        _destroy(session, recovered, yes=yes, remove_protection=bool(remove_protection))


def _destroy(session: Session, recovered: list[str], *, yes: bool, remove_protection: bool) -> None:
    stack, pulumi = session.stack, session.pulumi
    resources = pulumi.export()["deployment"].get("resources") or []
    protected = [r["urn"].rsplit("::", 1)[-1] for r in resources if r.get("protect")]
    if protected and not remove_protection:
        raise OperationError(
            f"{stack} holds protected data ({', '.join(protected)}). To delete it as well: "
            f"./fabrix destroy {stack} --remove-protection {stack}",
            Exit.REFUSED,
            {"protected": protected},
        )
    owned = sum(r.get("custom", False) and not r["type"].startswith("pulumi:") for r in resources)
    confirm(f"Delete {owned} resources of {stack}?", yes=yes)
    if protected:
        pulumi.query("state", "unprotect", "--all", "--yes")
    with Progress(session.console, "deleting", owned) as progress:
        done, code = pulumi.run(
            "destroy",
            "--yes",
            "--skip-preview",
            "--continue-on-error",
            log=session.log("destroy"),
            on_event=progress.update,
        )
    details: dict[str, Any] = {
        **report.to_json("destroy", stack, session.target.name.value, done, code),
        "recovered": recovered,
    }
    report.raise_if_failed("destroy", done, code, session.console, details)
    session.console.result(f"{stack}: {report.summary(done, planned=False)} in {done.seconds:.0f} s", style="green")
    if isinstance(session.target, LocalTarget):
        details["softDeleted"] = _soft_deleted(session.target, session.console)
    session.console.emit(details)


def _soft_deleted(target: LocalTarget, console: Console) -> list[dict[str, Any]]:
    """Print and return what Azure keeps soft-deleted after a destroy."""
    with target.store() as store:
        held = target.reserved_names(store)
    for row in held:
        console.result(
            f"soft-deleted, its name stays reserved until {row['until']}: {row['name']} ({row['type']}). "
            "The next `up` takes another name."
        )
    return held
