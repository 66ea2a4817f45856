"""``fabrix azure``: inspect the local Azure, and change it outside Pulumi."""

import json
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.options import Json, Output, Stack, Yes, confirm, new_app, require_yes_or_terminal
from emulator import inspect
from emulator.arm_deployment import deployable
from emulator.arm_template import template
from emulator.errors import Refusal
from emulator.store import Store
from stacks import declared, recovery
from stacks.arm_template import deployed_resources
from stacks.session import Session, settings_for_target
from support.console import Console
from support.errors import Exit, OperationError
from targets.backend import require_backend
from targets.local import LocalTarget
from targets.name import TargetName

Identity = Annotated[str, typer.Argument(metavar="ID", help="ARM id, or a name if only one object has it.")]
FaultSubject = Annotated[
    str,
    typer.Argument(
        metavar="WHAT",
        help="Image, repository or sha256: digest; SITE, or SITE/staging for its slot; source:REPOSITORY for imports.",
    ),
]

app = new_app("Inspect the local Azure, and change it outside Pulumi.")


def _open(*, as_json: bool) -> tuple[Console, LocalTarget]:
    console, target = Console(as_json=as_json), LocalTarget()
    console.info(target.headline, style="bold cyan")
    return console, target


@contextmanager
def _store(target: LocalTarget) -> Generator[Store]:
    """Open the local Azure's store; what it refuses becomes an error of the command line."""
    try:
        with target.store() as store:
            yield store
    except LookupError as error:
        raise OperationError(str(error.args[0]), Exit.BAD_INPUT) from None
    except Refusal as error:
        raise OperationError(f"the local Azure refuses: {error}") from None


@app.command("list")
def list_objects(
    kind: Annotated[str, typer.Argument(help="Part of a type, e.g. vaults; everything if left out.")] = "",
    group: Annotated[str, typer.Option("--group", "-g", help="Only this resource group.")] = "",
    as_json: Json = False,
) -> None:
    """List what exists, and the names that soft-deleted objects reserve."""
    console, target = _open(as_json=as_json)
    with target.store() as store:
        rows, held = inspect.listing(store, kind=kind, group=group), target.reserved_names(store)
        broken = inspect.faults(store)
    width = max((len(row["type"]) for row in rows), default=0)
    for row in rows:
        note = "  (the customer's)" if row["owner"] == "customer" else ""
        note += "  (shape only)" if row["shapeOnly"] else ""
        console.result(f"{row['type']:<{width}}  {row['name']:<44} {row['group'] or ''}{note}")
    for row in held:
        console.result(
            f"soft-deleted, name reserved until {row['until']}: {row['name']} ({row['type']})", style="yellow"
        )
    for row in broken:
        console.result(f"broken since {row['since']}: {row['what']} ({_affected(row)})", style="red")
    if not rows and not held:
        console.result("nothing exists; `./fabrix up dev` deploys a platform")
    console.emit({"ok": True, "objects": rows, "softDeleted": held, "broken": broken})


@app.command()
def show(identity: Identity, as_json: Json = False) -> None:
    """Show one object; secret values stay hidden."""
    console, target = _open(as_json=as_json)
    with _store(target) as store:
        shown = inspect.show(store, identity)
    if not as_json:
        console.result(json.dumps(shown, indent=2, default=str))
    console.emit({"ok": True, "object": shown})


@app.command("set")
def set_property(
    identity: Identity,
    path: Annotated[str, typer.Argument(help="Property path, e.g. properties.publicNetworkAccess.")],
    value: Annotated[str, typer.Argument(help="New value; JSON, or else taken as text.")],
    as_json: Json = False,
) -> None:
    """Change a property; the next refresh sees it."""
    console, target = _open(as_json=as_json)
    try:
        decoded: Any = json.loads(value)
    except json.JSONDecodeError:
        decoded = value
    with _store(target) as store:
        changed = inspect.change(store, identity, path, decoded)
    console.result(
        f"{changed['id']}: {path} is now {json.dumps(decoded)}. The stack's state does not know; a refresh finds it."
    )
    console.emit({"ok": True, "object": changed})


@app.command()
def delete(identity: Identity, yes: Yes = False, as_json: Json = False) -> None:
    """Delete an object and what it contains."""
    console, target = _open(as_json=as_json)
    require_yes_or_terminal("azure delete", yes=yes)
    confirm(f"Delete {identity} and everything inside it from the local Azure?", yes=yes)
    with _store(target) as store:
        deleted = inspect.remove(store, identity)
    for name in deleted:
        console.result(f"deleted {name}")
    console.emit({"ok": True, "deleted": deleted})


@app.command("break")
def break_down(what: FaultSubject, as_json: Json = False) -> None:
    """Make an image or a site answer 503 to its health check."""
    console, target = _open(as_json=as_json)
    with _store(target) as store:
        row = inspect.add_fault(store, what)
    console.result(f"{what} answers 503 from now on ({_affected(row)}); `./fabrix azure mend {what}` ends that")
    console.emit({"ok": True, "broken": row})


@app.command()
def mend(what: FaultSubject, as_json: Json = False) -> None:
    """Make what `break` broke answer again."""
    console, target = _open(as_json=as_json)
    with _store(target) as store:
        inspect.clear_fault(store, what)
    console.result(f"{what} answers again")
    console.emit({"ok": True, "mended": what})


def _affected(row: dict[str, Any]) -> str:
    return f"affects {', '.join(row['hits'])}" if row["hits"] else "affects no site that exists now"


@app.command()
def quota(
    stack: Stack,
    name: Annotated[str, typer.Argument(help="Name of a quota, e.g. cores, StorageAccounts or P1v3.")],
    limit: Annotated[int, typer.Argument(help="How much the subscription of STACK may use in its region.", min=0)],
    as_json: Json = False,
) -> None:
    """Set a quota; more than that is refused from now on."""
    console, target = _open(as_json=as_json)
    installation = settings_for_target(stack, target.name).installation
    with _store(target) as store:
        inspect.set_quota(store, installation.subscription_id, installation.region, name, limit)
    console.result(f"{name} in {installation.region}: {limit} from now on; `./fabrix preflight {stack}` shows the rest")
    console.emit({"ok": True, "quota": name, "region": installation.region, "limit": limit})


@app.command()
def declare(
    stack: Stack,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON as `az network vnet list -o json` prints it.")],
    as_json: Json = False,
) -> None:
    """Tell the local Azure what you have already; a stack file that names anything else is refused then."""
    console, target = _open(as_json=as_json)
    new, known = declared.declare(target, file, settings_for_target(stack, target.name))
    console.result(f"declared: {declared.names(new)}; there already: {declared.names(known)}")
    console.result(
        "From now on a stack file that names anything else as existing is refused, until `./fabrix azure reset`."
    )
    console.emit({"ok": True, "declared": new, "known": known})


@app.command()
def reset(yes: Yes = False, as_json: Json = False) -> None:
    """Delete the local Azure and the states of the local stacks."""
    console, target = _open(as_json=as_json)
    require_yes_or_terminal("azure reset", yes=yes)
    confirm("Delete everything in the local Azure, and the states of the local stacks?", yes=yes)
    state = require_backend((target.base / "state").as_uri(), target.project_name)
    for folder in (target.base / "state" / ".pulumi" / "locks").glob(f"organization/{target.project_name}/*"):
        recovery.break_dead_locks(state, recovery.read_locks(state, folder.name), folder.name)
    with target.store() as store:
        number = inspect.reset(store)
    declared.forget(target)
    for name in ("state", "project", "records"):  # they would describe what no longer exists
        shutil.rmtree(target.base / name, ignore_errors=True)
    console.result(f"deleted {number} objects and the local stacks")
    console.emit({"ok": True, "forgotten": number})


@app.command()
def export(
    stack: Stack,
    output: Output = None,
    for_azure: Annotated[
        bool,
        typer.Option(
            "--deployable", help="For `az deployment sub create`, not tried on Azure; secrets are parameters."
        ),
    ] = False,
) -> None:
    """Write what STACK deployed as an ARM template."""
    session = Session.open(stack, TargetName.LOCAL, as_json=False)
    session.require_settings()
    resources = deployed_resources(session.pulumi.export()["deployment"])
    if not resources:
        raise OperationError(
            f"{stack} is not deployed; `./fabrix up {stack}` does it, and "
            f"`./fabrix preview {stack} --arm FILE` exports the plan"
        )
    document = deployable(resources) if for_azure else template(resources)
    text = json.dumps(document, indent=2) + "\n"
    if output is None:
        sys.stdout.write(text)
        return
    output.write_text(text, encoding="utf-8")
    session.console.result(f"ARM template of {len(resources)} resources: {output}")
