"""``fabrix release``: manifests of releases."""

from typing import Annotated, Any

import typer

from cli.options import Json, new_app
from promotion.release.draft import ReleaseRequest, git_names, write_manifest
from promotion.release.report import changes_document, describe_release, release_changes
from promotion.release.verify import CheckResult, verify_release
from settings import SettingsError, load, manifest
from settings.release import Release
from stacks.settings_files import read_release
from support.checkout import ROOT
from support.console import Console
from support.errors import Exit, OperationError

STYLES = {CheckResult.RIGHT: "green", CheckResult.WRONG: "red", CheckResult.NOT_CHECKED: "yellow"}

Identity = Annotated[str, typer.Argument(metavar="ID", help="Release: the name of a file in releases/.")]
Many = list[str] | None
Text = str | None
Number = int | None

app = new_app("Make, show, verify and compare the manifests of releases.")


@app.command()
def new(
    identity: Identity,
    base: Annotated[Text, typer.Option("--from", metavar="ID", help="Release to start from; the newest.")] = None,
    image: Annotated[
        Many, typer.Option("--image", metavar="REPO=VERSION@DIGEST", help="An image that differs; may be repeated.")
    ] = None,
    summary: Annotated[Text, typer.Option("--summary", help="What is in it, in one line.")] = None,
    level: Annotated[Number, typer.Option("--level", min=1, help="Level of the database's schema.")] = None,
    readable_from: Annotated[
        Number, typer.Option("--readable-from", min=1, help="Lowest level whose releases still work on that schema.")
    ] = None,
    job_image: Annotated[
        Text,
        typer.Option("--job-image", metavar="VERSION@DIGEST", help="Image of the databases' job; that of --from."),
    ] = None,
    author: Annotated[
        Many, typer.Option("--author", help="A name that you go by (e-mail, login); may be repeated; git's by default.")
    ] = None,
    change: Annotated[Many, typer.Option("--change", help="A line of the changelog; may be repeated.")] = None,
    way_back: Annotated[
        Many, typer.Option("--way-back", help="swap, release or restore; may be repeated; that of --from by default.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the manifest of a new release.

    Components and policy pack are those of this checkout; everything else is as in --from unless an option changes it.
    """
    request = ReleaseRequest(
        id=identity,
        base=base,
        images=image or [],
        summary=summary,
        level=level,
        readable_from=readable_from,
        job_image=job_image,
        authors=author or [],
        changelog=change or [],
        way_back=way_back or [],
    )
    console = Console(as_json=as_json)
    draft = write_manifest(ROOT, request, git_names())
    release = draft.release
    console.result(f"{draft.file}: {release.hash}", style="green")
    for difference in release_changes(read_release(draft.base), release) if draft.base else []:
        console.result(f"  {difference}")
    for note in draft.notes:
        console.result(f"  {note}", style="yellow")
    console.emit(
        {
            "ok": True,
            "command": "release new",
            "file": draft.file,
            "from": draft.base,
            "id": release.id,
            "hash": release.hash,
            "example": release.example,
            "notes": list(draft.notes),
        }
    )


@app.command()
def show(
    identity: Annotated[Text, typer.Argument(metavar="ID", help="Release; a list of all if left out.")] = None,
    as_json: Json = False,
) -> None:
    """Show what is in a release, and its hash."""
    console = Console(as_json=as_json)
    used = _uses()
    releases = [read_release(name) for name in ([identity] if identity else reversed(manifest.known(ROOT)))]
    for release in releases:
        if identity is None:
            uses = f" ({'; '.join(used[release.id])})" if release.id in used else ""
            console.result(f"{release.id:<12} {release.hash[:19]}  {release.summary}{uses}")
            continue
        for line in describe_release(release, used.get(release.id, [])):
            console.result(line)
    documents = [_document(release, used.get(release.id, [])) for release in releases]
    console.emit({"ok": True, "command": "release show", **(documents[0] if identity else {"releases": documents})})


def _document(release: Release, used: list[str]) -> dict[str, Any]:
    content = release.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {**content, "hash": release.hash, "stacks": used}


def _uses() -> dict[str, list[str]]:
    """Return release → how the stack files use it; those that cannot be read are left out."""
    uses: dict[str, list[str]] = {}
    for stack in load.stacks(ROOT):
        try:
            settings = load.stack(ROOT, stack)
        except SettingsError:
            continue
        uses.setdefault(settings.release_id, []).append(f"{stack} runs it")
        if settings.standby_id != settings.release_id:
            uses.setdefault(settings.standby_id, []).append(f"{stack} holds it in its staging slots")
    return uses


@app.command()
def verify(
    identity: Identity,
    registry: Annotated[
        Many,
        typer.Option(
            "--registry", metavar="HOST", help="Registry to look into; may be repeated; those of all stacks by default."
        ),
    ] = None,
    expected: Annotated[Text, typer.Option("--hash", metavar="SHA256", help="Hash that it must have.")] = None,
    as_json: Json = False,
) -> None:
    """Check a release and its images.

    Against this checkout and its stacks, and against the registries that can be reached: that each image exists, who
    signed it, what is inside it. What cannot be checked from here is reported with the reason and does not fail.
    """
    console = Console(as_json=as_json)
    release = read_release(identity)
    checks = verify_release(ROOT, release, registry or [], expected)
    for check in checks:
        console.result(str(check), style=STYLES[check.verdict])
    counts = {verdict: sum(check.verdict is verdict for check in checks) for verdict in CheckResult}
    total = ", ".join(f"{count} {verdict.value}" for verdict, count in counts.items())
    details = {
        "command": "release verify",
        "id": release.id,
        "hash": release.hash,
        "counts": {verdict.value: count for verdict, count in counts.items()},
        "checks": [check.document() for check in checks],
    }
    if counts[CheckResult.WRONG]:
        raise OperationError(f"release {release.id}: {total}", Exit.FAILED, details)
    console.result(f"release {release.id}: {total}")
    console.emit({"ok": True, **details})


@app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="Release.")],
    after: Annotated[str, typer.Argument(metavar="B", help="Release.")],
    as_json: Json = False,
) -> None:
    """List what differs between two releases."""
    console = Console(as_json=as_json)
    one, other = read_release(before), read_release(after)
    changes = release_changes(one, other)
    for change in changes:
        console.result(str(change))
    if not changes:
        console.result(f"{before} and {after} have the same content; their hashes differ by id, summary and changelog")
    for line in other.changelog:
        console.result(f"  {after}: {line}")
    console.emit(changes_document(one, other, changes))
