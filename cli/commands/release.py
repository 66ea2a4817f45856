"""``fabrix release new|show|verify|diff``."""

from __future__ import annotations

from typing import Any

from promotion.release.checked import CheckResult
from promotion.release.draft import Wish
from settings import SettingsError, load, manifest
from settings.release import Release
from stacks.settings_files import read_release
from support.checkout import ROOT
from support.console import Console
from support.errors import Exit, OperationError

STYLES = {CheckResult.RIGHT: "green", CheckResult.WRONG: "red", CheckResult.NOT_CHECKED: "yellow"}


def new(wish: Wish, *, as_json: bool) -> None:
    """Write the manifest of a new release.

    Raises:
        OperationError: exit code 2, with everything that is wrong; nothing was written.

    """
    from promotion.release.author import names
    from promotion.release.draft import write

    console = Console(as_json=as_json)
    draft = write(ROOT, wish, names())
    release = draft.release
    console.result(f"{draft.file}: {release.hash}", style="green")
    for change in _since(draft.base, release):
        console.result(f"  {change}")
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


def _since(base: str | None, release: Release) -> list[str]:
    from promotion.release.compare import changes

    return [str(change) for change in changes(read_release(base), release)] if base else []


def show(identity: str | None, *, as_json: bool) -> None:
    """Show one release, or list all.

    Raises:
        OperationError: exit code 2.

    """
    from promotion.release.text import lines

    console = Console(as_json=as_json)
    used = _used()
    releases = [read_release(name) for name in ([identity] if identity else reversed(manifest.known(ROOT)))]
    for release in releases:
        if identity is None:
            console.result(f"{release.id:<12} {release.hash[:19]}  {release.summary}{_users(used, release.id)}")
            continue
        for line in lines(release, used.get(release.id, [])):
            console.result(line)
    documents = [_document(release, used.get(release.id, [])) for release in releases]
    console.emit({"ok": True, "command": "release show", **(documents[0] if identity else {"releases": documents})})


def _document(release: Release, used: list[str]) -> dict[str, Any]:
    content = release.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {**content, "hash": release.hash, "stacks": used}


def _users(used: dict[str, list[str]], identity: str) -> str:
    return f" ({'; '.join(used[identity])})" if identity in used else ""


def _used() -> dict[str, list[str]]:
    """Release → what the stack files say of it; those that cannot be read say nothing here."""
    found: dict[str, list[str]] = {}
    for stack in load.stacks(ROOT):
        try:
            settings = load.stack(ROOT, stack)
        except SettingsError:
            continue
        found.setdefault(settings.release_id, []).append(f"{stack} runs it")
        if settings.standby_id != settings.release_id:
            found.setdefault(settings.standby_id, []).append(f"{stack} holds it in its staging slots")
    return found


def verify(identity: str, registries: list[str], expected: str | None, *, as_json: bool) -> None:
    """Check a release.

    Raises:
        OperationError: exit code 2 if its manifest cannot be read, 1 if something that was checked is wrong.

    """
    from promotion.release import verify as verification

    console = Console(as_json=as_json)
    release = read_release(identity)
    checks = verification.verify(ROOT, release, registries, expected)
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


def diff(before: str, after: str, *, as_json: bool) -> None:
    """Say what differs between two releases.

    Raises:
        OperationError: exit code 2.

    """
    from promotion.release.compare import changes, document

    console = Console(as_json=as_json)
    one, other = read_release(before), read_release(after)
    found = changes(one, other)
    for change in found:
        console.result(str(change))
    if not found:
        console.result(f"{before} and {after} have the same content; their hashes differ by id, summary and changelog")
    for line in other.changelog:
        console.result(f"  {after}: {line}")
    console.emit(document(one, other, found))
