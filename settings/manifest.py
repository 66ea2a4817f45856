"""Reading the manifests of releases, strictly: every problem with its file and line, all of them at once."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Any

from settings import document
from settings.explain import validate
from settings.problems import Issue, Path, Problem, SettingsError, nearest
from settings.release import RELEASES, Release, order
from settings.release_image import is_key_file, is_public_key


def file_of(release_id: str) -> str:
    """Path of a manifest, relative to the project."""
    return f"{RELEASES}/{release_id}.yaml"


def known(root: FilePath) -> list[str]:
    """Ids of all manifests below ``root``, the oldest first; by the names of their files, which are not read."""
    return sorted((path.stem for path in (root / RELEASES).glob("*.yaml")), key=lambda name: (order(name), name))


def suggested(root: FilePath, name: str) -> str:
    """Return the id that was probably meant, else the newest one."""
    ids = known(root)
    return nearest(name, ids) or (ids[-1] if ids else "2026.11.0")


def read(root: FilePath, name: str) -> tuple[Release | None, list[Problem]]:
    """Read ``releases/<name>.yaml``: the release and no problems, or none and every problem. The file must exist."""
    file = document.read_yaml(root, file_of(name))
    if file.data is None and file.problems:
        return None, file.problems
    release, issues = parse(root, name, file.data)
    problems = [*file.problems, *map(file.problem, issues)]
    return (None, problems) if problems else (release, [])


def parse(root: FilePath, name: str, data: Any) -> tuple[Release | None, list[Issue]]:  # noqa: ANN401
    """Build a release from plain data: the release and no issues, or none and every issue."""
    complete, issues = _with_key_texts(root, data)
    release, broken = validate(Release, complete)
    issues += [issue for issue in broken if issue.path not in {other.path for other in issues}]
    stated = data.get("id") if isinstance(data, dict) else None
    if isinstance(stated, str) and stated != name and ("id",) not in {issue.path for issue in issues}:
        issues.append(Issue(("id",), "the manifest is of another release than its file", stated, name, f"id: {name}"))
    return (None if issues else release), issues


def load(root: FilePath, name: str) -> Release:
    """Return the release of that id.

    Raises:
        SettingsError: there is none, or its manifest is broken; every problem at once.

    """
    if name not in known(root):
        raise SettingsError([missing(root, name)])
    release, problems = read(root, name)
    if release is None:
        raise SettingsError(problems)
    return release


def missing(root: FilePath, name: str) -> Problem:
    """Build the problem that there is no such release; it lists those that exist."""
    allowed = ", ".join(known(root)) or "none: there is no manifest"
    return Problem(
        file_of(name), None, "", "there is no manifest of that release", name, allowed, suggested(root, name)
    )


def _with_key_texts(root: FilePath, data: Any) -> tuple[Any, list[Issue]]:  # noqa: ANN401 - any YAML value
    """Replace the path of each key file by its text, so that the release's hash covers the key itself."""
    images = data.get("images") if isinstance(data, dict) else None
    if not isinstance(images, dict):
        return data, []
    issues: list[Issue] = []
    complete = {name: _with_key_text(root, name, image, issues) for name, image in images.items()}
    return {**data, "images": complete}, issues


def _with_key_text(root: FilePath, name: str, image: Any, issues: list[Issue]) -> Any:  # noqa: ANN401
    signature = image.get("signature") if isinstance(image, dict) else None
    if not isinstance(signature, dict):
        return image
    key = signature.get("key")
    if not isinstance(key, str) or not is_key_file(key):
        return image
    path: Path = ("images", name, "signature", "key")
    folder = (root / RELEASES).resolve()
    file = (folder / key).resolve()
    allowed = f"a file below {RELEASES}/ with one public key in PEM"
    try:
        text = file.read_text(encoding="ascii") if file.is_relative_to(folder) else ""
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        issues.append(Issue(path, "the key cannot be read", f"{RELEASES}/{key}: {reason}", allowed, ""))
        return image
    if not is_public_key(text):
        issues.append(Issue(path, "the file holds no public key", f"{RELEASES}/{key}", allowed, "cosign public-key"))
        return image
    return {**image, "signature": {**signature, "key": text}}
