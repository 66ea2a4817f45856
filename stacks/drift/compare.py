"""Compares the properties of objects in Azure with what the state says was declared.

Only inputs are compared. The engine's refresh reads every object, and the provider puts into the new inputs what
differs from what was declared; timestamps, etags and whatever else Azure generates are only outputs and no drift. An
absent value equals an empty list or object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policies.rules.web.identity import ADDRESS, CREDENTIAL, NAME
from stacks.events import ResourceStep
from stacks.state import SIGNATURE
from support.property_path import steps

SECRET = "[secret]"  # noqa: S105 - shown in place of one
HIDDEN = "[not shown: it may be a secret]"
_REFERENCE = re.compile(r"^@(Microsoft\.KeyVault|AppSettingRef)\(", re.IGNORECASE)
_SETTING = re.compile(r"(appSettings|connectionStrings)\[(?:\"([^\"]*)\"|\d+)\]\.(?:value|connectionString)$")
_SWITCHED = frozenset(("enabled", "disabled", "true", "false"))
"""Values that are never a secret: ``authConfig.passwordAuth`` is a switch, for example."""
_PLAIN_STEP = re.compile(r"[A-Za-z_$][\w$-]*")


@dataclass(frozen=True, kw_only=True)
class PropertyChange:
    """A property that differs."""

    path: str
    """In Pulumi's notation; a list entry is given by its ``name`` where it has one."""
    expected: Any
    """Value in the state; None where nothing was declared."""
    found: Any
    """Value in Azure; None where it has none."""


def changes(step: ResourceStep) -> list[PropertyChange]:
    """Return the properties in which a refreshed object differs; secrets and possible secrets are hidden.

    The event log shows no secrets, so of a changed one only the path is known, from the engine's own comparison.
    """
    old, new = ((side or {}).get("inputs") or {} for side in (step.old, step.new))
    visible = compare(old, new)
    seen = {change.path for change in visible}
    hidden = [path for path in step.detailed if path not in seen and _at(old, path) == _at(new, path) == SECRET]
    return visible + [PropertyChange(path=path, expected=SECRET, found=SECRET) for path in sorted(hidden)]


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[PropertyChange]:
    """Return the differences between two sets of inputs as events show them."""
    return [
        PropertyChange(path=path, expected=_shown(path, before, before), found=_shown(path, after, before))
        for path, before, after in _walk(_masked(dict(old)), _masked(dict(new)), "")
    ]


def _walk(old: Any, new: Any, path: str) -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401 - whatever inputs hold
    if isinstance(old, list) and isinstance(new, list):
        old, new = _by_name(old, new)
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            yield from _walk(old.get(key), new.get(key), _joined(path, key))
    elif not _same(old, new, path):
        yield path, old, new


def _by_name(old: list[Any], new: list[Any]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Return two lists as mappings: by name where every entry has a unique one, else by index."""
    for side in (old, new):
        names = [entry.get("name") if isinstance(entry, dict) else None for entry in side]
        if None in names or len(set(names)) != len(names):
            return dict(enumerate(old)), dict(enumerate(new))
    one, two = ({f'["{entry["name"]}"]': entry for entry in side} for side in (old, new))
    return one, two


def _joined(path: str, key: Any) -> str:  # noqa: ANN401 - a name or an index
    if isinstance(key, int):
        return f"{path}[{key}]"
    if key.startswith('["'):
        return f"{path}{key}"
    step = key if _PLAIN_STEP.fullmatch(key) else f'["{key}"]'
    return f"{path}.{step}" if path and not step.startswith("[") else f"{path}{step}"


def _same(old: Any, new: Any, path: str) -> bool:  # noqa: ANN401 - whatever inputs hold
    if old in (None, [], {}) and new in (None, [], {}):
        return True
    if path == "location" and isinstance(old, str) and isinstance(new, str):
        return old.replace(" ", "").lower() == new.replace(" ", "").lower()
    return old == new and isinstance(old, bool) == isinstance(new, bool)


def _masked(value: Any) -> Any:  # noqa: ANN401 - whatever inputs hold
    """Return ``value`` with the engine's encoded secrets replaced by :data:`SECRET`."""
    if isinstance(value, dict):
        return SECRET if SIGNATURE in value else {key: _masked(inner) for key, inner in value.items()}
    return [_masked(inner) for inner in value] if isinstance(value, list) else value


def _shown(path: str, value: Any, declared: Any) -> Any:  # noqa: ANN401 - whatever inputs hold
    """Return a value, or a placeholder if it must not be shown.

    Somebody may have typed a password by hand in place of a reference, so a value is shown only if it is a reference
    itself, or neither its name nor the declared value suggests a secret.
    """
    if declared == SECRET and value is not None:
        return SECRET
    if isinstance(value, str) and _REFERENCE.match(value):
        return value
    if value is not None and isinstance(declared, str) and _REFERENCE.match(declared):
        return HIDDEN
    if isinstance(value, dict):
        return {key: _shown(_joined(path, key), inner, None) for key, inner in value.items()}
    if isinstance(value, list):
        keyed, _ = _by_name(value, value)
        return [_shown(_joined(path, key), inner, None) for key, inner in keyed.items()]
    return HIDDEN if isinstance(value, str) and _may_be_secret(path, value) else value


def _may_be_secret(path: str, value: str) -> bool:
    """Return whether a text may be a secret, by its content or by its name."""
    if value.lower() in _SWITCHED:
        return False
    match = _SETTING.search(path)
    if match and (match.group(1) == "connectionStrings" or match.group(2) is None):
        return True  # the second case: the path has no name of the setting
    names = [*_names(path), *([match.group(2)] if match else ())]
    return bool(CREDENTIAL.search(value)) or any(NAME.search(name) or ADDRESS.search(name) for name in names)


def _names(path: str) -> list[str]:
    """Return the names that a path gives its value, spelled as settings are: ``accessKey`` as ``access_Key``.

    A list entry has the list's name; a ``value`` also has the name of the step before it.
    """
    names = [step for step in steps(path) if isinstance(step, str)]
    last = names[-2:] if names[-1:] == ["value"] else names[-1:]
    return [re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", name) for name in last]


def _at(value: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - whatever inputs hold
    """Return the value at one of the engine's paths, secrets masked; None where there is none."""
    current: Any = _masked(dict(value))
    for step in steps(path):
        if current == SECRET:
            return SECRET
        if isinstance(current, list):
            current = current[step] if isinstance(step, int) and step < len(current) else None
        else:
            current = current.get(step) if isinstance(current, dict) else None
    return current
