"""Expands the template of Azure Pipelines as its server does: conditions and loops of ``${{ }}``, for given parameters.

Only what our template uses is understood; anything else fails the test instead of being skipped.
"""

from __future__ import annotations

import re
from typing import Any

from tests.pipelines.files import AZURE, load

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_CALL = re.compile(r"(eq|ne|in)\((.*)\)")


def expanded(file: str, **given: Any) -> dict[str, Any]:
    """The file with its parameters' defaults, or what is given instead; templates that it names are put in."""
    document = load(AZURE / file)
    known = {each["name"]: each.get("default") for each in document.pop("parameters")}
    unknown = given.keys() - known
    assert not unknown, f"{file} has no parameter {unknown}"
    scope = {"parameters": {**known, **given}}
    missing = [name for name, value in scope["parameters"].items() if value is None]
    assert not missing, f"{file} needs {missing}"
    return _expand(document, scope)


def _expand(node: Any, scope: dict[str, Any]) -> Any:
    if isinstance(node, dict):
        return _mapping(node, scope)
    if isinstance(node, list):
        return _sequence(node, scope)
    if not isinstance(node, str):
        return node
    if whole := re.fullmatch(r"\$\{\{\s*([^{}]*?)\s*\}\}", node):
        return _value(whole[1], scope)
    return _EXPRESSION.sub(lambda match: str(_value(match[1], scope)), node)


def _mapping(node: dict[str, Any], scope: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    taken = False
    for key, value in node.items():
        directive = _directive(key)
        if directive is None:
            out[str(_expand(key, scope))] = _expand(value, scope)
            continue
        taken = _holds(directive, taken, scope)
        if taken:
            out |= _mapping(value, scope)
    return out


def _sequence(node: list[Any], scope: dict[str, Any]) -> list[Any]:
    out: list[Any] = []
    for item in node:
        directive = _directive(next(iter(item))) if isinstance(item, dict) and len(item) == 1 else None
        if directive is None:
            if isinstance(item, dict) and "template" in item and "steps" not in item:
                out += expanded(item["template"], **_expand(item["parameters"], scope))["steps"]
            else:
                out.append(_expand(item, scope))
            continue
        inner = next(iter(item.values()))
        if loop := re.fullmatch(r"each (\w+) in (\S+)", directive):
            for value in _value(loop[2], scope):
                out += _sequence(inner, {**scope, loop[1]: value})
        elif _holds(directive, False, scope):
            out += _sequence(inner, scope)
    return out


def _directive(key: str) -> str | None:
    match = re.fullmatch(r"\$\{\{\s*((?:if|else|each)\b.*?)\s*\}\}", key)
    return match[1] if match else None


def _holds(directive: str, before: bool, scope: dict[str, Any]) -> bool:
    return not before if directive == "else" else bool(_value(directive.removeprefix("if "), scope))


def _value(expression: str, scope: dict[str, Any]) -> Any:
    if text := re.fullmatch(r"'([^']*)'", expression):
        return text[1]
    if call := _CALL.fullmatch(expression):
        first, *others = [_value(each.strip(), scope) for each in call[2].split(",")]
        return first not in others if call[1] == "ne" else first in others
    if parameter := re.fullmatch(r"parameters\.(\w+)", expression):
        return scope["parameters"][parameter[1]]
    assert expression in scope, f"the tests do not understand ${{{{ {expression} }}}}"
    return scope[expression]


def scalars(node: Any) -> Any:
    """The document as its schema describes it: every scalar is a string, but for the inputs of tasks."""
    if isinstance(node, dict):
        return {key: value if key == "inputs" else scalars(value) for key, value in node.items()}
    if isinstance(node, list):
        return [scalars(each) for each in node]
    return str(node).lower() if isinstance(node, bool) else str(node)
