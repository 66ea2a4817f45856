"""Making the manifest of a new release from one of before."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from promotion.release.author import is_login
from promotion.release.pins import components
from settings import SettingsError, document, manifest
from settings.problems import Issue, write_path
from settings.release import Release
from support.checkout import VERSION
from support.errors import Exit, OperationError

_IMAGE = re.compile(r"(?P<repository>[^=@\s]+)=(?P<version>[^=@\s]+)@(?P<digest>[^=@\s]+)")
SUMMARY = 256
"""Most characters of a line for people."""

MADE_UP = (
    "An example: some of its digests are made up, so that the platform can be planned and tried locally. It is never\n"
    "installed in Azure. It stops being one once every image has the digest of an image that exists."
)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What was asked for on the command line."""

    id: str
    base: str | None = None
    images: list[str] = field(default_factory=list)
    """``REPO=VERSION@DIGEST`` each."""
    summary: str | None = None
    level: int | None = None
    readable_from: int | None = None
    authors: list[str] = field(default_factory=list)
    changelog: list[str] = field(default_factory=list)
    way_back: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Draft:
    """A manifest that was written."""

    release: Release
    file: str
    base: str | None
    notes: tuple[str, ...]
    """What was decided by itself, a sentence each."""


def write(root: Path, wish: Wish, known_authors: list[str]) -> Draft:
    """Write ``releases/<id>.yaml``; ``known_authors`` are the names used where none is given.

    Raises:
        OperationError: exit code 2 with everything that is wrong; nothing was written.

    """
    faults: list[str] = []
    base_id = wish.base or next(iter(reversed(manifest.known(root))), None)
    base, raw = _base(root, base_id, faults)
    faults += _faults(root, wish, base, known_authors)
    images = _images(wish, faults)
    if faults:
        raise _refused(faults)
    data, notes = _content(wish, base, raw, images, known_authors)
    release, issues = manifest.parse(root, wish.id, data)
    if release is None:
        raise _refused([_sentence(issue) for issue in issues])
    file = manifest.file_of(wish.id)
    (root / file).parent.mkdir(exist_ok=True)
    text = _text(data, base_id)
    try:
        with (root / file).open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        raise _refused([_exists(file)]) from None
    return Draft(release, file, base_id, tuple(notes))


def _faults(root: Path, wish: Wish, base: Release | None, known_authors: list[str]) -> list[str]:
    faults = []
    if (root / manifest.file_of(wish.id)).exists():
        faults.append(_exists(manifest.file_of(wish.id)))
    if base and wish.level is not None and wish.level < base.database.level:
        faults.append(f"--level {wish.level}: {base.id} is at {base.database.level}, and levels only grow")
    if not (wish.authors or known_authors):
        faults.append("nobody is named as author: pass --author, or set user.email of git")
    return faults


def _exists(file: str) -> str:
    return f"{file} exists; a release never changes once it has a name: choose the next id"


def _refused(faults: list[str]) -> OperationError:
    message = "\n".join(["the release is not made:", *(f"  {fault}" for fault in faults)])
    return OperationError(message, Exit.BAD_INPUT, {"problems": faults})


def _sentence(issue: Issue) -> str:
    parts = [("found", issue.found), ("allowed", issue.allowed)]
    return f"{write_path(issue.path)}: {issue.message}" + "".join(f"; {label} {text}" for label, text in parts if text)


def _base(root: Path, base_id: str | None, faults: list[str]) -> tuple[Release | None, dict[str, Any]]:
    if base_id is None:
        return None, {}
    try:
        return manifest.load(root, base_id), document.read_yaml(root, manifest.file_of(base_id)).data
    except SettingsError as error:
        faults.append(f"--from {base_id}: {error}")
        return None, {}


def _images(wish: Wish, faults: list[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for text in wish.images:
        match = _IMAGE.fullmatch(text)
        if match is None:
            faults.append(f"--image {text}: expected REPO=VERSION@sha256:<64 hexadecimal digits>")
        elif match["repository"] in found:
            faults.append(f"--image {match['repository']}: given twice")
        else:
            found[match["repository"]] = {"version": match["version"], "digest": match["digest"]}
    return found


def _content(
    wish: Wish, base: Release | None, raw: dict[str, Any], given: dict[str, dict[str, str]], known_authors: list[str]
) -> tuple[dict[str, Any], list[str]]:
    """Put the manifest together."""
    from policies.digest import digest

    notes: list[str] = []
    images = {**raw.get("images", {}), **{name: _image(name, raw, new, notes) for name, new in given.items()}}
    kept = [name for name, image in images.items() if _made_up(name, image, base, given)]
    example = bool(kept)
    if example:
        notes.append(f"it stays an example: the digests of {', '.join(kept)} are still made up")
    authors = wish.authors or known_authors
    if not any(map(is_login, authors)):
        notes.append(
            "no author is a GitHub login, so reviews on GitHub will not count as another person's; add --author LOGIN"
        )
    lines = _changelog(base, given)
    data: dict[str, Any] = {"id": wish.id}
    if example:
        data["example"] = True
    return {
        **data,
        "summary": wish.summary or _shortened("; ".join(lines)),
        "authors": authors,
        "installer": VERSION,
        "policyPack": digest(),
        "components": components(),
        "database": _database(wish, base, notes),
        "wayBack": wish.way_back or (list(base.way_back) if base else ["swap", "release", "restore"]),
        "changelog": wish.changelog or [_shortened(line) for line in lines],
        "images": images,
    }, notes


def _made_up(name: str, image: dict[str, Any], base: Release | None, given: dict[str, dict[str, str]]) -> bool:
    """Whether a digest exists nowhere: made as examples here are, or left as it was in an example made otherwise."""
    if image.get("digest") == example_digest(name):
        return True
    otherwise = base is not None and not any(example_digest(each) == old.digest for each, old in base.images.items())
    return base is not None and base.example and otherwise and name not in given


def example_digest(repository: str) -> str:
    """Return the digest that examples give an image."""
    return f"sha256:{hashlib.sha256(f'example:{repository}'.encode()).hexdigest()}"


def _image(name: str, raw: dict[str, Any], new: dict[str, str], notes: list[str]) -> dict[str, Any]:
    """Take over who must have signed the image before; what was inside it belongs to the digest of before."""
    before = raw.get("images", {}).get(name, {})
    if before.get("digest") == new["digest"]:
        return {**before, **new}
    if "sbom" in before:
        notes.append(f"images.{name}.sbom is left out: it described the digest of before")
    return {**new, **({"signature": before["signature"]} if "signature" in before else {})}


def _changelog(base: Release | None, given: dict[str, dict[str, str]]) -> list[str]:
    lines = []
    for name, new in given.items():
        old = base.images.get(name) if base else None
        lines.append(f"{name} {old.version} → {new['version']}" if old else f"{name} {new['version']}")
    return lines or [f"The images of {base.id}" if base else "No images"]


def _database(wish: Wish, base: Release | None, notes: list[str]) -> dict[str, int]:
    """Settle the levels: a new level is readable by its own release only, unless it is said otherwise."""
    level = wish.level if wish.level is not None else base.database.level if base else 1
    readable = wish.readable_from
    if readable is None:
        readable = base.database.readable_from if base and base.database.level == level else level
        if base and level > base.database.level:
            notes.append(
                f"database level {level} is taken to be unreadable for releases of before: going back needs their "
                f"data. If they still work on it, say --readable-from {base.database.level}"
            )
    return {"level": level, "readableFrom": readable}


def _shortened(text: str) -> str:
    return text if len(text) <= SUMMARY else f"{text[: SUMMARY - 1]}…"


def _text(data: dict[str, Any], base: str | None) -> str:
    """Write it as YAML, with the lists that fit on one line on one line."""
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    top = CommentedMap(data)
    for key in ("authors", "wayBack"):
        sequence = CommentedSeq(data[key])
        sequence.fa.set_flow_style()
        top[key] = sequence
    origin = f"Made by ./fabrix release new {data['id']}" + (f" from {base}." if base else ".")
    top.yaml_set_start_comment(f"{MADE_UP}\n{origin}" if data.get("example") else origin)
    yaml = YAML()
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(top, stream)
    return stream.getvalue()
