"""The one line of a stack file that a promotion changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node

_ID = re.compile(r"\d{4}\.\d{1,2}\.\d+")
_PATH = ("config", "aifabrix:platform", "release")
_BOM = "\ufeff"


ROLES = ("running", "standby")
"""What runs in production, and what the staging slots hold."""

ReleaseLine = str | tuple[str, str] | Mapping[str, str]
"""What a stack file may hold under ``release``: one id; or what runs and what the slots hold, a pair or a mapping."""


def pair(line: ReleaseLine) -> tuple[str, str]:
    """Return what runs and what the slots hold."""
    if isinstance(line, tuple):
        return line
    return (line, line) if isinstance(line, str) else (line["running"], line["standby"])


def plain(line: ReleaseLine) -> str | dict[str, str]:
    """Return the line as YAML and JSON have it."""
    return line if isinstance(line, str) else dict(zip(ROLES, pair(line), strict=True))


def describe(line: ReleaseLine) -> str:
    """Describe the line for people."""
    running, standby = pair(line)
    return running if running == standby else f"{running}, slots {standby}"


def staged(running: str, coming: str, *, slots: bool) -> str | dict[str, str]:
    """Return the line while ``coming`` is in the slots; where there are none, it is deployed in place."""
    return plain((running, coming)) if slots else coming


def promoted(running: str, coming: str, *, slots: bool) -> str | dict[str, str]:
    """Return the line once ``coming`` runs, with the way back to ``running`` in the slots."""
    return plain((coming, running)) if slots else coming


def written(release: ReleaseLine) -> str:
    """Return the text that follows ``release:``: one id, or ``{running: …, standby: …}`` if they differ.

    Raises:
        ValueError: a part is not a release id.

    """
    running, standby = pair(release)
    for name in (running, standby):
        if not _ID.fullmatch(name):
            raise ValueError(f"{name!r} is no release id: year.month.number")
    return running if running == standby else f"{{running: {running}, standby: {standby}}}"


def rewrite(text: str, release: ReleaseLine) -> str:
    """Return the text of a stack file with another release line.

    Everything else stays as it is, to the last blank: comments, other lines, the way lines end.

    Raises:
        ValueError: there is no such line, or it cannot be changed alone (an anchor, a value over several lines).

    """
    value = written(release)
    mark = _BOM if text.startswith(_BOM) else ""
    body = text.removeprefix(_BOM)
    start, end = _span(body)
    changed = body[:start] + value + body[end:]
    before, after = _data(body), _data(changed)
    expected = plain(pair(release)) if value.startswith("{") else value
    if _without(before) != _without(after) or _value(after) != expected:
        raise ValueError("the release line cannot be changed alone; write it as `release: <id>`, without anchors")
    return mark + changed


def _span(text: str) -> tuple[int, int]:
    """Return where the value of the line begins and ends."""
    try:
        node: Node | None = YAML(typ="safe", pure=True).compose(text)
    except YAMLError as error:
        raise ValueError(f"the stack file is not YAML: {error}") from None
    key: Node | None = None
    for name in _PATH:
        entries = [pair for pair in node.value if pair[0].value == name] if isinstance(node, MappingNode) else []
        if len(entries) != 1:
            raise ValueError(f"the stack file has {'several' if entries else 'no'} {':'.join(_PATH[1:])}")
        ((key, node),) = entries
    if key is None or node is None:
        raise ValueError("the stack file has no release")
    if node.start_mark.line != node.end_mark.line or node.start_mark.line != key.start_mark.line:
        raise ValueError(
            f"line {key.start_mark.line + 1}: the release is written over several lines; write it on one: "
            "`release: <id>` or `release: {running: <id>, standby: <id>}`"
        )
    return node.start_mark.index, node.end_mark.index


def _data(text: str) -> Any:  # noqa: ANN401 - any YAML value
    """Read the text with every scalar as it is written, so that nothing compares equal that is not."""
    try:
        return _plain(YAML(typ="safe", pure=True).compose(text), ())
    except YAMLError as error:
        raise ValueError(f"the release line cannot be changed alone: {error}") from None


def _plain(node: Any, above: tuple[Node, ...]) -> Any:  # noqa: ANN401
    if any(node is outer for outer in above):
        raise ValueError("the stack file contains itself")
    if isinstance(node, MappingNode):
        return [(_plain(key, (*above, node)), _plain(value, (*above, node))) for key, value in node.value]
    if node is not None and isinstance(node.value, list):
        return [_plain(child, (*above, node)) for child in node.value]
    return None if node is None else (str(node.tag), node.value)


def _without(data: Any) -> Any:  # noqa: ANN401
    return _replaced(data, _PATH, None)


def _replaced(data: Any, path: tuple[str, ...], value: Any) -> Any:  # noqa: ANN401
    if not path:
        return value
    return [(key, _replaced(child, path[1:], value) if key[1] == path[0] else child) for key, child in data]


def _value(data: Any) -> Any:  # noqa: ANN401
    for name in _PATH:
        data = next(child for key, child in data if key[1] == name)
    if isinstance(data, tuple):
        return data[1]
    return {key[1]: child[1] for key, child in data}
