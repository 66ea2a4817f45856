"""From a stack file to :class:`PlatformSettings`, or to every problem at once.

Two entry points: :func:`stack` reads the file (command line, checks), :func:`config` takes the object that Pulumi
passes to the program. Both apply the same models and rules; only the first knows lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

from settings import document
from settings.assemble import Assembly, assemble
from settings.model import PlatformSettings
from settings.problems import Issue, Path, Problem, SettingsError, nearest, show
from settings.region_rules import blocked
from settings.release_line import ReleaseLine, plain

CONFIG_KEY = "aifabrix:platform"
"""Key of the platform object in a stack file; ``aifabrix`` is the project's name."""

PREFIX: Path = ("config", CONFIG_KEY)

_TOP = ("config", "encryptionsalt", "encryptedkey", "secretsprovider", "environment")
"""What Pulumi itself allows at the top of a stack file."""


def stack(root: FilePath, name: str, release: ReleaseLine | None = None) -> PlatformSettings:
    """Read ``Pulumi.<name>.yaml`` below ``root``.

    ``release`` stands in for the file's line of that name: what the stack would be at another release, without touching
    the file.

    Raises:
        SettingsError: every problem at once.

    """
    file = f"Pulumi.{name}.yaml"
    if not (root / file).is_file():
        raise SettingsError([_missing_stack(root, name, file)])
    text = document.read_yaml(root, file)
    if text.data is None and text.problems:
        raise SettingsError(text.problems)
    issues = _issues_around_platform(text.data)
    if issues and not isinstance(_platform(text.data), dict):
        raise SettingsError(_ordered([*text.problems, *map(text.problem, issues)]))
    raw = _platform(text.data)
    if release is not None and isinstance(raw, dict):
        raw = {**raw, "release": plain(release)}
    result = assemble(root, raw, stack=name, known=stacks(root))
    issues += [issue.under(*PREFIX) for issue in result.issues]
    return _finish(result, [*text.problems, *map(text.problem, issues), *result.problems])


def config(root: FilePath, raw: Mapping[str, Any]) -> PlatformSettings:
    """Validate the object of ``pulumi.Config().require_object("platform")``. Raises :class:`SettingsError`."""
    if not isinstance(raw, Mapping):
        raise SettingsError(
            [document.FROM_PULUMI.problem(Issue(PREFIX, "wrong type", show(raw), "a mapping", "size: m"))]
        )
    result = assemble(root, dict(raw), stack=None)
    problems = [document.FROM_PULUMI.problem(issue.under(*PREFIX)) for issue in result.issues]
    return _finish(result, [*problems, *result.problems])


def refused_when_new(root: FilePath, name: str, settings: PlatformSettings) -> list[Problem]:
    """Return the problems that a stack file has only until the resource in question is deployed."""
    file = document.read_yaml(root, f"Pulumi.{name}.yaml")
    return [file.problem(issue.under(*PREFIX)) for issue in blocked(settings.sizing, settings.installation)]


def stacks(root: FilePath) -> list[str]:
    """List the stacks that have a file below ``root``."""
    return sorted(path.name[len("Pulumi.") : -len(".yaml")] for path in root.glob("Pulumi.*.yaml"))


def installations(root: FilePath) -> dict[str, Mapping[str, Any]]:
    """Return each stack's ``installation`` as its file has it; a stack whose file has none is left out.

    Nothing else is read: a mistake elsewhere in a file is reported where the file is used.
    """
    found = {}
    for name in stacks(root):
        data = document.read_yaml(root, f"Pulumi.{name}.yaml").data
        for key in ("config", CONFIG_KEY, "installation"):
            data = data.get(key) if isinstance(data, dict) else None
        if isinstance(data, dict):
            found[name] = data
    return found


def _finish(result: Assembly, problems: list[Problem]) -> PlatformSettings:
    if problems or result.settings is None:
        raise SettingsError(_ordered(problems))
    return result.settings


def _ordered(problems: list[Problem]) -> list[Problem]:
    unique = {(p.file, p.path, p.message): p for p in problems}
    return sorted(unique.values(), key=lambda p: (p.file, p.line or 0, p.path))


def _platform(data: object) -> Any:  # noqa: ANN401 - any YAML value
    section = data.get("config") if isinstance(data, dict) else None
    return section.get(CONFIG_KEY) if isinstance(section, dict) else None


def _issues_around_platform(data: object) -> list[Issue]:
    """Find what is wrong around the platform object."""
    example = f"{CONFIG_KEY}:"
    if not isinstance(data, dict):
        return [Issue((), "a stack file is a mapping", show(data), f"config: {{{CONFIG_KEY}: …}}", "config:")]
    issues = [
        Issue((key,), f"unknown key {key!r}", repr(key), ", ".join(_TOP), f"{nearest(key, _TOP) or 'config'}:")
        for key in data
        if key not in _TOP
    ]
    section = data.get("config")
    if not isinstance(section, dict):
        return [*issues, Issue(("config",), "no configuration", show(section), f"a mapping with {CONFIG_KEY}", example)]
    for key in section:
        if key != CONFIG_KEY and (":" not in key or key.startswith("aifabrix:")):
            message = f"unknown key {key!r}: everything is below {CONFIG_KEY}"
            issues.append(Issue(("config", key), message, repr(key), CONFIG_KEY, example))
    value = section.get(CONFIG_KEY)
    if CONFIG_KEY not in section:
        issues.append(Issue(("config",), f"{CONFIG_KEY} is missing", "nothing", "the platform object", example))
    elif not isinstance(value, dict):
        issues.append(Issue(PREFIX, "wrong type", show(value), "a mapping", "size: m"))
    return issues


def _missing_stack(root: FilePath, name: str, file: str) -> Problem:
    known = stacks(root)
    near = nearest(name, known) or (known[0] if known else "dev")
    allowed = ", ".join(known) or "none: there is no stack file here"
    return Problem(file, None, "", f"there is no stack {name!r}", f"no file {file}", allowed, near)
