"""The one line of a stack file that a rotation changes."""

from __future__ import annotations

import json
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node

_SECURITY = ("config", "aifabrix:platform", "security")
KEY = "rotations"
_BOM = "\ufeff"


def rewrite(text: str, secret: str, count: int) -> str:
    """Return the text of a stack file in which ``secret`` has been rotated ``count`` times.

    One line is changed or added; everything else stays as it is, to the last blank.

    Raises:
        ValueError: it cannot be changed alone (an anchor, a value over several lines).

    """
    mark = _BOM if text.startswith(_BOM) else ""
    body = text.removeprefix(_BOM)
    try:
        changed = _changed(body, secret, count)
        before, after = _data(body), _data(changed)
    except (YAMLError, KeyError, IndexError, TypeError) as error:
        raise ValueError(_advice(secret, count)) from error
    _security(before)[KEY] = {**(_security(before).get(KEY) or {}), secret: count}
    if before != after:
        raise ValueError(_advice(secret, count))
    return mark + changed


def _advice(secret: str, count: int) -> str:
    return f"the line cannot be written alone; write it under security: `rotations: {{{secret}: {count}}}`"


def _changed(text: str, secret: str, count: int) -> str:
    node: Node = YAML(typ="safe", pure=True).compose(text)
    for name in _SECURITY:
        node = _entries(node)[name]
    security, entry = _entries(node), f"{secret}: {count}"
    if KEY not in security:
        return _added(text, node, f"{KEY}: {{{entry}}}")
    counts = security[KEY]
    if secret not in _entries(counts):
        return _added(text, counts, entry)
    value = _entries(counts)[secret]
    return text[: value.start_mark.index] + str(count) + text[value.end_mark.index :]


def _entries(node: Node) -> dict[str, Node]:
    return {key.value: value for key, value in _mapping(node).value}


def _mapping(node: Node) -> MappingNode:
    if not isinstance(node, MappingNode):
        raise TypeError("not a mapping")
    return node


def _added(text: str, node: Node, entry: str) -> str:
    """Return the text with one more entry of a mapping: in its line, or in a line of its own."""
    mapping = _mapping(node)
    if not mapping.value:  # {}
        at = mapping.end_mark.index - 1
        return text[:at] + entry + text[at:]
    if mapping.flow_style:
        at = mapping.value[-1][1].end_mark.index
        return f"{text[:at]}, {entry}{text[at:]}"
    # After the last entry of one line: the end of a longer one may lie behind comments on what follows.
    single = [(key, value) for key, value in mapping.value if key.start_mark.line == value.end_mark.line]
    end = "\r\n" if "\r\n" in text else "\n"
    if not single:
        first = mapping.value[0][0].start_mark
        at = first.index - first.column
        return f"{text[:at]}{' ' * first.column}{entry}{end}{text[at:]}"
    key, value = single[-1]
    at = text.find("\n", value.end_mark.index if value.end_mark.line == key.start_mark.line else key.end_mark.index)
    at = len(text) if at < 0 else at + 1
    lead = "" if text[:at].endswith("\n") else end
    return f"{text[:at]}{lead}{' ' * key.start_mark.column}{entry}{end}{text[at:]}"


def _data(text: str) -> Any:  # noqa: ANN401 - any YAML value
    # As JSON, so that what shares an anchor is two things, of which one changes.
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(text), default=str))


def _security(data: Any) -> Any:  # noqa: ANN401
    for name in _SECURITY:
        data = data[name]
    return data
