"""``fabrix images``: the images that a stack needs in its registry."""

from __future__ import annotations

from typing import Any

from cli.options import Json, Stack, TargetOption, Yes, confirm, new_app, require_yes_or_terminal
from promotion.direct_run import direct_run
from settings.needed_images import NeededImage
from stacks.images import MISSING, RECORDED, ImageStock
from stacks.session import Session
from support.errors import Exit, OperationError
from targets.name import TargetName

app = new_app("List, import and verify the images that a stack needs.")

STATES = {
    RECORDED: "imported by an earlier run; the registry itself answers in its own network only",
    MISSING: "missing",
}


@app.command("list")
def list_images(stack: Stack, target: TargetOption = TargetName.LOCAL, as_json: Json = False) -> None:
    """List the images of the release, and which of them are in the registry of STACK."""
    session = Session.open(stack, target, as_json=as_json)
    stock = _stock(session)
    states = stock.states()
    _print(session, states)
    session.console.emit({"ok": True, **_document(stock, states)})


@app.command("import")
def import_images(
    stack: Stack, target: TargetOption = TargetName.LOCAL, yes: Yes = False, as_json: Json = False
) -> None:
    """Import the images that are missing in the registry of STACK; what is there is left alone."""
    require_yes_or_terminal("images import", yes=yes)
    session = Session.open(stack, target, as_json=as_json)
    stock = _stock(session)
    if not stock.created():
        raise OperationError(
            f"{stack} has no registry yet: `./fabrix up {stack}` creates it and imports the images.", Exit.BAD_INPUT
        )
    missing = [image for image, state in stock.states().items() if state == MISSING]
    if missing:
        confirm(f"Import {len(missing)} images into the registry of {stack}?", yes=yes)
        with direct_run(session):
            stock.import_missing(session.console.info)
    states = stock.states()
    session.console.result(f"{stack}: {len(missing)} imported, {len(states) - len(missing)} were there", style="green")
    imported = [image.reference for image in missing]
    session.console.emit({"ok": True, **_document(stock, states), "imported": imported})


@app.command()
def verify(stack: Stack, target: TargetOption = TargetName.LOCAL, as_json: Json = False) -> None:
    """Fail unless every image of the release is in the registry of STACK, by digest."""
    session = Session.open(stack, target, as_json=as_json)
    stock = _stock(session)
    states = stock.states()
    _print(session, states)
    if missing := [image.reference for image, state in states.items() if state == MISSING]:
        raise OperationError(
            f"{len(missing)} images are missing in the registry of {stack}: `./fabrix images import {stack}`",
            Exit.FAILED,
            _document(stock, states),
        )
    session.console.emit({"ok": True, **_document(stock, states)})


def _stock(session: Session) -> ImageStock:
    session.require_settings()
    return ImageStock.of(session.stack, session.target, session.settings)


def _print(session: Session, states: dict[NeededImage, str]) -> None:
    for image, state in states.items():
        style = "red" if state == MISSING else None
        line = f"{image.repository}:{image.tag}  {STATES.get(state, state)}  ({', '.join(image.apps)})"
        session.console.result(line, style=style)
        if image.digest:
            session.console.result(f"  {image.digest}")


def _document(stock: ImageStock, states: dict[NeededImage, str]) -> dict[str, Any]:
    rows = [
        {"repository": i.repository, "tag": i.tag, "digest": i.digest, "apps": list(i.apps), "state": state}
        for i, state in states.items()
    ]
    return {
        "stack": stock.stack,
        "registry": stock.settings.registry_id,
        "source": stock.source.registry if stock.source else None,
        "images": rows,
    }
