"""Drafting the manifest of a new release from an earlier one."""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from database.sql import IMAGE, TAG
from engine.version import ENGINE
from policies.digest import digest
from settings import SettingsError, document, manifest
from settings.problems import Issue, write_path
from settings.release import Release
from support.checkout import ROOT, VERSION
from support.errors import Exit, OperationError

REQUIREMENTS = "requirements.txt"
_PIN = re.compile(r"^(pulumi[a-z0-9-]*)==([\w.+-]+)", re.MULTILINE)
_LOGIN = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*|.+@users\.noreply\.github\.com", re.IGNORECASE)
_IMAGE = re.compile(r"(?P<repository>[^=@\s]+)=(?P<version>[^=@\s]+)@(?P<digest>[^=@\s]+)")
MAX_LINE = 256
"""Most characters of the summary and of a line of the changelog."""

MADE_UP = (
    "An example: some of its digests are made up, so that the platform can be planned and tried locally. It is never\n"
    "installed in Azure. It stops being one once every image has the digest of an image that exists."
)


def pinned_versions(root: Path = ROOT) -> dict[str, str]:
    """Return name → version that the checkout pins: ``engine`` and every Pulumi package of ``requirements.txt``."""
    text = (root / REQUIREMENTS).read_text(encoding="utf-8")
    return {"engine": str(ENGINE), **dict(sorted(_PIN.findall(text)))}


def is_login(name: str) -> bool:
    """Return whether a name may be a GitHub login, by which alone reviews on GitHub identify a person."""
    return _LOGIN.fullmatch(name) is not None


def git_names() -> list[str]:
    """Return mail address and name of git's configuration, those that are set."""
    names = (_git_setting(key) for key in ("user.email", "user.name"))
    return list(dict.fromkeys(name for name in names if name))


def _git_setting(key: str) -> str:
    try:
        done = subprocess.run(
            ["git", "config", "--get", key], cwd=ROOT, capture_output=True, text=True, check=False, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


@dataclass(frozen=True, kw_only=True)
class ReleaseRequest:
    """The options of ``release new``."""

    id: str
    base: str | None = None
    images: list[str] = field(default_factory=list)
    """``REPO=VERSION@DIGEST`` each."""
    summary: str | None = None
    level: int | None = None
    readable_from: int | None = None
    job_image: str | None = None
    """``VERSION@DIGEST`` of the image that runs the SQL inside the databases."""
    authors: list[str] = field(default_factory=list)
    changelog: list[str] = field(default_factory=list)
    way_back: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Draft:
    """A manifest that has been written."""

    release: Release
    file: str
    base: str | None
    notes: tuple[str, ...]
    """What was decided without an option that says so, a sentence each."""


def write_manifest(root: Path, request: ReleaseRequest, default_authors: list[str]) -> Draft:
    """Write ``releases/<id>.yaml``; ``default_authors`` are used where the request names none.

    Raises:
        OperationError: exit code 2, with every problem; nothing was written.

    """
    faults: list[str] = []
    base_id = request.base or next(iter(reversed(manifest.known(root))), None)
    base, raw = _read_base(root, base_id, faults)
    faults += _request_faults(root, request, base, default_authors)
    images = _requested_images(request, faults)
    if faults:
        raise _refusal(faults)
    data, notes = _content(request, base, raw, images, default_authors)
    release, issues = manifest.parse(root, request.id, data)
    if release is None:
        raise _refusal([_sentence(issue) for issue in issues])
    file = manifest.file_of(request.id)
    (root / file).parent.mkdir(exist_ok=True)
    text = _to_yaml(data, base_id)
    try:
        with (root / file).open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        raise _refusal([_exists(file)]) from None
    return Draft(release, file, base_id, tuple(notes))


def _request_faults(root: Path, request: ReleaseRequest, base: Release | None, default_authors: list[str]) -> list[str]:
    faults = []
    if (root / manifest.file_of(request.id)).exists():
        faults.append(_exists(manifest.file_of(request.id)))
    if base and request.level is not None and request.level < base.database.level:
        faults.append(f"--level {request.level}: {base.id} is at {base.database.level}, and levels only grow")
    if not (request.authors or default_authors):
        faults.append("nobody is named as author: pass --author, or set user.email of git")
    return faults


def _exists(file: str) -> str:
    return f"{file} exists; a release never changes once it has a name: choose the next id"


def _refusal(faults: list[str]) -> OperationError:
    message = "\n".join(["the release is not made:", *(f"  {fault}" for fault in faults)])
    return OperationError(message, Exit.BAD_INPUT, {"problems": faults})


def _sentence(issue: Issue) -> str:
    parts = [("found", issue.found), ("allowed", issue.allowed)]
    return f"{write_path(issue.path)}: {issue.message}" + "".join(f"; {label} {text}" for label, text in parts if text)


def _read_base(root: Path, base_id: str | None, faults: list[str]) -> tuple[Release | None, dict[str, Any]]:
    if base_id is None:
        return None, {}
    try:
        return manifest.load(root, base_id), document.read_yaml(root, manifest.file_of(base_id)).data
    except SettingsError as error:
        faults.append(f"--from {base_id}: {error}")
        return None, {}


def _requested_images(request: ReleaseRequest, faults: list[str]) -> dict[str, dict[str, str]]:
    images: dict[str, dict[str, str]] = {}
    for text in request.images:
        match = _IMAGE.fullmatch(text)
        if match is None:
            faults.append(f"--image {text}: expected REPO=VERSION@sha256:<64 hexadecimal digits>")
        elif match["repository"] in images:
            faults.append(f"--image {match['repository']}: given twice")
        else:
            images[match["repository"]] = {"version": match["version"], "digest": match["digest"]}
    return images


def _content(
    request: ReleaseRequest,
    base: Release | None,
    raw: dict[str, Any],
    requested: dict[str, dict[str, str]],
    default_authors: list[str],
) -> tuple[dict[str, Any], list[str]]:
    """Assemble the manifest; return it with the notes for the user."""
    notes: list[str] = []
    images = {**raw.get("images", {}), **{name: _image(name, raw, new, notes) for name, new in requested.items()}}
    kept = [name for name, image in images.items() if _made_up(name, image, base, requested)]
    example = bool(kept)
    if example:
        notes.append(f"it stays an example: the digests of {', '.join(kept)} are still made up")
    authors = request.authors or default_authors
    if not any(map(is_login, authors)):
        notes.append(
            "no author is a GitHub login, so reviews on GitHub will not count as another person's; add --author LOGIN"
        )
    lines = _changelog(base, requested)
    data: dict[str, Any] = {"id": request.id}
    if example:
        data["example"] = True
    return {
        **data,
        "summary": request.summary or _shortened("; ".join(lines)),
        "authors": authors,
        "installer": VERSION,
        "policyPack": digest(),
        "components": pinned_versions(),
        "database": _database(request, base, notes),
        "wayBack": request.way_back or (list(base.way_back) if base else ["swap", "release", "restore"]),
        "changelog": request.changelog or [_shortened(line) for line in lines],
        "images": images,
    }, notes


def _made_up(name: str, image: dict[str, Any], base: Release | None, requested: dict[str, dict[str, str]]) -> bool:
    """Return whether no image has this digest.

    It is the one that examples made by this program give, or it was kept from an example made in another way.
    """
    if image.get("digest") == example_digest(name):
        return True
    if base is None or not base.example or name in requested:
        return False
    return not any(example_digest(repository) == old.digest for repository, old in base.images.items())


def example_digest(repository: str) -> str:
    """Return the made-up digest that an image has in examples."""
    return f"sha256:{hashlib.sha256(f'example:{repository}'.encode()).hexdigest()}"


def _image(name: str, raw: dict[str, Any], new: dict[str, str], notes: list[str]) -> dict[str, Any]:
    """Return an image with the required signer of the previous one, and without the SBOM of the previous digest."""
    before = raw.get("images", {}).get(name, {})
    if before.get("digest") == new["digest"]:
        return {**before, **new}
    if "sbom" in before:
        notes.append(f"images.{name}.sbom is left out: it described the previous digest")
    return {**new, **({"signature": before["signature"]} if "signature" in before else {})}


def _changelog(base: Release | None, requested: dict[str, dict[str, str]]) -> list[str]:
    lines = []
    for name, new in requested.items():
        old = base.images.get(name) if base else None
        lines.append(f"{name} {old.version} → {new['version']}" if old else f"{name} {new['version']}")
    return lines or [f"The images of {base.id}" if base else "No images"]


def _database(request: ReleaseRequest, base: Release | None, notes: list[str]) -> dict[str, Any]:
    """Return the levels and the job's image: a new level is readable by its own release only, unless an option says so.

    The form of the image is checked with the manifest.
    """
    level = request.level if request.level is not None else base.database.level if base else 1
    readable = request.readable_from
    if readable is None:
        readable = base.database.readable_from if base and base.database.level == level else level
        if base and level > base.database.level:
            notes.append(
                f"database level {level} is taken to be unreadable for earlier releases: going back needs their "
                f"data. If they still work on it, pass --readable-from {base.database.level}"
            )
    job = {"job": base.database.job.model_dump()} if base and base.database.job else {}
    if request.job_image is not None:
        version, _, digest_ = request.job_image.partition("@")
        job = {"job": {"version": version, "digest": digest_}}
    if not job:
        notes.append(
            f"the databases' job is pulled by the tag {TAG}, which moves: --job-image {TAG}@DIGEST pins it "
            f"(`docker buildx imagetools inspect {IMAGE}:{TAG}` prints the digest)"
        )
    return {"level": level, "readableFrom": readable, **job}


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_LINE else f"{text[: MAX_LINE - 1]}…"


def _to_yaml(data: dict[str, Any], base: str | None) -> str:
    """Return the manifest as YAML, with the short lists on one line."""
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
