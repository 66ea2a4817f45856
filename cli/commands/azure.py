"""``fabrix azure …``: look into the local Azure, and change it behind the program's back."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from stacks.session import Session
from support.console import Console
from support.errors import Exit, OperationError
from targets.local import LocalTarget
from targets.name import TargetName


def _open(*, as_json: bool) -> tuple[Console, LocalTarget]:
    console, target = Console(as_json=as_json), LocalTarget()
    console.info(target.headline, style="bold cyan")
    return console, target


@contextmanager
def _explained() -> Generator[None]:
    """Turn what the local Azure says into an error of the command line."""
    from emulator.errors import Refusal

    try:
        yield
    except LookupError as error:
        raise OperationError(str(error.args[0]), Exit.BAD_INPUT) from None
    except Refusal as error:
        raise OperationError(f"the local Azure refuses: {error}") from None


def list_objects(kind: str, group: str, *, as_json: bool) -> None:
    """Print what exists, and which names are still held."""
    console, target = _open(as_json=as_json)
    from emulator import inspect

    with target.store() as store:
        rows, held = inspect.listing(store, kind=kind, group=group), target.reserved_names(store)
        broken = inspect.faults(store)
    width = max((len(row["type"]) for row in rows), default=0)
    for row in rows:
        note = "  (the customer's)" if row["owner"] == "customer" else ""
        note += "  (shape only)" if row["shapeOnly"] else ""
        console.result(f"{row['type']:<{width}}  {row['name']:<44} {row['group'] or ''}{note}")
    for row in held:
        console.result(f"soft-deleted, name held until {row['until']}: {row['name']} ({row['type']})", style="yellow")
    for row in broken:
        console.result(f"broken since {row['since']}: {row['what']} ({_hits(row)})", style="red")
    if not rows and not held:
        console.result("nothing exists; `./fabrix up dev` makes a platform")
    console.emit({"ok": True, "objects": rows, "softDeleted": held, "broken": broken})


def show(identity: str, *, as_json: bool) -> None:
    """Print one object."""
    console, target = _open(as_json=as_json)
    from emulator import inspect

    with target.store() as store, _explained():
        found = inspect.show(store, identity)
    if not as_json:
        console.result(json.dumps(found, indent=2, default=str))
    console.emit({"ok": True, "object": found})


def set_property(identity: str, path: str, value: str, *, as_json: bool) -> None:
    """Change one property by hand."""
    console, target = _open(as_json=as_json)
    from emulator import inspect

    try:
        decoded: Any = json.loads(value)
    except json.JSONDecodeError:
        decoded = value
    with target.store() as store, _explained():
        changed = inspect.change(store, identity, path, decoded)
    console.result(
        f"{changed['id']}: {path} is now {json.dumps(decoded)}. The program's state does not know; a refresh finds it."
    )
    console.emit({"ok": True, "object": changed})


def delete(identity: str, *, yes: bool, as_json: bool) -> None:
    """Delete one object and what it contains by hand."""
    console, target = _open(as_json=as_json)
    _confirm(f"Delete {identity} and everything inside it from the local Azure?", yes=yes)
    from emulator import inspect

    with target.store() as store, _explained():
        gone = inspect.remove(store, identity)
    for name in gone:
        console.result(f"deleted {name}")
    console.emit({"ok": True, "deleted": gone})


def break_down(what: str, *, as_json: bool) -> None:
    """Let an image or a site fail its health check."""
    console, target = _open(as_json=as_json)
    from emulator import inspect

    with target.store() as store, _explained():
        row = inspect.add_fault(store, what)
    console.result(f"{what} answers 503 from now on ({_hits(row)}); `./fabrix azure mend {what}` ends that")
    console.emit({"ok": True, "broken": row})


def mend(what: str, *, as_json: bool) -> None:
    """End a fault."""
    console, target = _open(as_json=as_json)
    from emulator import inspect

    with target.store() as store, _explained():
        inspect.clear_fault(store, what)
    console.result(f"{what} answers again")
    console.emit({"ok": True, "mended": what})


def _hits(row: dict[str, Any]) -> str:
    return f"concerns {', '.join(row['hits'])}" if row["hits"] else "concerns no site that is here now"


def reset(*, yes: bool, as_json: bool) -> None:
    """Forget the local Azure together with state and records of the local stacks, which would describe nothing."""
    console, target = _open(as_json=as_json)
    _confirm("Forget everything in the local Azure, and the local stacks?", yes=yes)
    from emulator import inspect
    from stacks import recovery
    from targets import backend

    state = backend.require_backend((target.base / "state").as_uri(), target.project_name)
    for folder in (target.base / "state" / ".pulumi" / "locks").glob(f"organization/{target.project_name}/*"):
        recovery.break_dead_locks(state, recovery.read_locks(state, folder.name), folder.name)
    with target.store() as store:
        number = inspect.reset(store)
    for folder in ("state", "project", "records"):
        shutil.rmtree(target.base / folder, ignore_errors=True)
    console.result(f"forgot {number} objects and the local stacks")
    console.emit({"ok": True, "forgotten": number})


def export(stack: str, output: Path | None) -> None:
    """Write what a stack deployed as an ARM template."""
    session = Session.open(stack, TargetName.LOCAL, as_json=False)
    session.require_settings()
    from emulator.arm_template import template
    from stacks.arm_template import deployed_resources

    resources = deployed_resources(session.pulumi.export()["deployment"])
    if not resources:
        raise OperationError(
            f"{stack} is not deployed; `./fabrix up {stack}` does it, and "
            f"`./fabrix preview {stack} --arm FILE` exports the plan"
        )
    text = json.dumps(template(resources), indent=2) + "\n"
    if output is None:
        sys.stdout.write(text)
        return
    output.write_text(text, encoding="utf-8")
    session.console.result(f"ARM template of {len(resources)} resources: {output}")


def _confirm(question: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise OperationError("this asks first, and there is no terminal to ask on; pass --yes.", Exit.BAD_INPUT)
    typer.confirm(question, abort=True, err=True)
