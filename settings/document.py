"""Reading YAML files so that every value knows its line, and every fault of the file is reported at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from settings.problems import Issue, Path, Problem, write_path

_TAG = "tag:yaml.org,2002:"


@dataclass
class Document:
    """One YAML file: its plain data, the line of each path, and what is wrong with its text."""

    name: str
    """Path relative to the project; what problems call the file."""
    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path) -> int | None:
        """Line of the value at ``path``, or of its nearest parent that exists."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return None

    def problem(self, issue: Issue) -> Problem:
        """Return the issue as a problem of this file, with its line."""
        return Problem(
            file=self.name,
            line=self.line(issue.path),
            path=write_path(issue.path),
            message=issue.message,
            found=issue.found,
            allowed=issue.allowed,
            example=issue.example,
        )


FROM_PULUMI = Document("stack configuration")
"""The file that problems name where Pulumi supplies the settings; it has no lines."""


def read_yaml(root: FilePath, name: str) -> Document:
    """Read ``root/name``. A file that is not YAML yields a document with problems and no data; it never raises."""
    document = Document(name)
    try:
        text = (root / name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        document.problems.append(
            Problem(name, None, "", "the file cannot be read", str(reason), "a YAML file in UTF-8", "")
        )
        return document
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except YAMLError as error:
        document.problems.append(_syntax(name, error))
        return document
    if node is not None:
        document.data = _Reader(document).value(node, ())
    return document


def _syntax(name: str, error: YAMLError) -> Problem:
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    reason = error.problem if isinstance(error, MarkedYAMLError) else "characters that YAML does not allow"
    line = mark.line + 1 if mark else None
    allowed = "YAML: 'key: value', two blanks of indentation a level, no tabs"
    return Problem(name, line, "", "the file is not YAML", str(reason), allowed, "size: m")


class _Reader:
    """Turns the nodes of one document into plain data."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._open: list[Node] = []

    def value(self, node: Node, path: Path) -> Any:  # noqa: ANN401 - any YAML value
        """Return the plain value of ``node``, and remember its line."""
        self._document.lines.setdefault(path, node.start_mark.line + 1)
        if any(node is outer for outer in self._open):
            self._issue(path, "the value contains itself", "an alias (*name)", "a value written out", "")
            return None
        self._open.append(node)
        try:
            if isinstance(node, MappingNode):
                return self._mapping(node, path)
            if isinstance(node, SequenceNode):
                return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
            return self._scalar(node, path)
        finally:
            self._open.pop()

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self._issue(path, "a key that is not plain text", "a list or mapping as key", "text", "key: value")
                continue
            key = str(key_node.value)
            here = (*path, key)
            if key in first:
                found = f"{key!r} on line {first[key]} and again on line {line}"
                self._document.lines[here] = line
                self._issue(here, "the key is written twice", found, "each key once", "")
                continue
            first[key] = line
            self._document.lines[here] = line
            result[key] = self.value(value_node, here)
        return result

    def _scalar(self, node: Node, path: Path) -> Any:  # noqa: ANN401 - any YAML value
        text, kind = str(node.value), str(node.tag).removeprefix(_TAG)
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind in {"int", "float"}:
            return _number(text)
        if kind == "timestamp":
            message = "a date without quotes, which Pulumi would hand on as a point in time"
            self._issue(path, message, text, "text in quotes", f'"{text}"')
            return text
        if kind == "str":
            return text
        self._issue(path, "a YAML tag that settings do not use", kind, "plain text, numbers, true, false", "")
        return None

    def _issue(self, path: Path, message: str, found: str, allowed: str, example: str) -> None:
        self._document.problems.append(self._document.problem(Issue(path, message, found, allowed, example)))


def _number(text: str) -> int | float | str:
    """Read a number in the forms of YAML 1.2; what Python cannot read stays text."""
    plain = text.replace("_", "")
    for read_as in (int, lambda t: int(t, 0), float):
        try:
            return read_as(plain)
        except ValueError:
            continue
    special = {".inf": float("inf"), "-.inf": float("-inf"), ".nan": float("nan")}
    return special.get(plain.lower(), text)
