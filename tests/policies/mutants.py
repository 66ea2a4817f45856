"""Makes mutants of a rule's check: the same function with one part of its condition broken."""

from __future__ import annotations

import ast
import copy
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

MOST = 6
"""Mutants of one rule."""
_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
}  # fmt: skip
_SWAPPED = {
    "all_of": "any_of",
    "any_of": "all_of",
    "every": "some",
    "some": "every",
    "at_least": "at_most",
    "at_most": "at_least",
}
_SAID = {"ok": 1, "skip": 0, "expect": 2, "expect_set": 2}
"""Functions whose arguments from this index on are words for people: no part of the condition."""
_DECIDED = ast.parse("__import__('policies.model', fromlist=['ok']).ok", mode="eval").body
"""``ok``, for modules that do not import it: what a mutant answers in place of ``expect`` and ``expect_set``."""
Where = tuple[tuple[str, int | None], ...]
"""Fields and indexes from the function's node down to the node that changes."""


@dataclass(frozen=True)
class Mutant:
    """One broken check."""

    words: str
    patch: tuple[dict[str, Any], str, FunctionType]
    """Namespace, name and function to put there while the mutant is tried; the name is empty for the check itself."""


@cache
def _module(path: str) -> ast.Module:
    return ast.parse(Path(path).read_text(encoding="utf-8"))


def _node(function: FunctionType) -> ast.FunctionDef | ast.Lambda:
    """Find the node of a function; of several lambdas in a line the one with the same code."""
    code = function.__code__
    found = [
        each
        for each in ast.walk(_module(code.co_filename))
        if isinstance(each, (ast.FunctionDef, ast.Lambda)) and _first_line(each) == code.co_firstlineno
    ]
    same = [each for each in found if len(found) == 1 or _code(each, function).co_code == code.co_code]
    assert same, f"no source of {function}"
    return same[0]


def _first_line(node: ast.FunctionDef | ast.Lambda) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


def _code(node: ast.FunctionDef | ast.Lambda, function: FunctionType) -> CodeType:
    """Compile a function inside another that has its free variables, so that they stay free."""
    names = function.__code__.co_freevars
    inner: ast.stmt = ast.Return(node) if isinstance(node, ast.Lambda) else copy.copy(node)
    if isinstance(inner, ast.FunctionDef):
        inner.name = "mutant"  # under its own name, a function that calls itself would have itself as a free variable
    body: list[ast.stmt] = [
        *[ast.Assign([ast.Name(name, ast.Store())], ast.Constant(None)) for name in names],
        inner,
    ]
    outer = ast.FunctionDef(
        "outer", ast.arguments([], [], None, [], [], None, []), body or [ast.Pass()], [], None, None
    )
    module = ast.fix_missing_locations(ast.Module([outer], []))
    compiled = compile(module, "<mutant>", "exec", flags=_future(function), dont_inherit=True)
    outer_code = next(each for each in compiled.co_consts if isinstance(each, CodeType))
    return next(each for each in outer_code.co_consts if isinstance(each, CodeType))


def _future(function: FunctionType) -> int:
    return function.__code__.co_flags & 0x1000000  # from __future__ import annotations


def _rebuilt(node: ast.FunctionDef | ast.Lambda, function: FunctionType) -> FunctionType:
    code = _code(node, function)
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    closure = tuple(cells[name] for name in code.co_freevars)
    made = FunctionType(code, function.__globals__, function.__name__, function.__defaults__, closure)
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def _reasons(function: ast.AST) -> frozenset[str]:
    """Names of the variables that hold a reason: those that are passed where only words go."""
    return frozenset(
        child.id
        for node in ast.walk(function)
        for name, value in ast.iter_fields(node)
        for index, child in enumerate(value if isinstance(value, list) else [value])
        if isinstance(child, ast.Name) and name == "args" and index == _SAID.get(_called(node), -1)
    )


def _called(node: ast.AST) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def _is_reason(node: ast.AST, reasons: frozenset[str]) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else []
    return any(isinstance(each, ast.Name) and each.id in reasons for each in targets)


def _walk(
    node: ast.AST, reasons: frozenset[str], where: Where = (), *, said: bool = False
) -> Iterator[tuple[Where, ast.AST, bool]]:
    """Give every node with its place, and whether it is only words."""
    yield where, node, said
    for name, value in ast.iter_fields(node):
        if name in {"decorator_list", "returns", "args"} and isinstance(node, (ast.FunctionDef, ast.Lambda)):
            continue
        if name == "annotation":
            continue
        children = value if isinstance(value, list) else [value]
        for index, child in enumerate(children):
            if not isinstance(child, ast.AST):
                continue
            words = said or _is_words(node, name, index) or (name == "body" and _is_docstring(node, index, child))
            words = words or _is_reason(child, reasons)
            place = (name, index if isinstance(value, list) else None)
            yield from _walk(child, reasons, (*where, place), said=words)


def _is_words(node: ast.AST, field: str, index: int) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in _SAID:
        return False
    keywords_say = not node.func.id.startswith("expect")
    return (field == "keywords" and keywords_say) or (field == "args" and index >= _SAID[node.func.id])


def _is_docstring(node: ast.AST, index: int, child: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and index == 0 and isinstance(child, ast.Expr)


def _changes(node: ast.AST) -> Iterator[tuple[int, str, Callable[[Any], ast.AST]]]:
    """Give what can be broken in a node: how telling that is (0 most), words, and the change."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        yield from _changes_of_call(node, node.func.id)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield 1, "a comparison turned round", _turn
    if isinstance(node, ast.BoolOp):
        yield 1, "and/or exchanged", _exchange
    if isinstance(node, (ast.If, ast.IfExp)):
        yield 1, "a condition negated", lambda each: _with(each, test=ast.UnaryOp(ast.Not(), each.test))
    if isinstance(node, ast.Constant):
        yield from _changes_of_constant(node)


def _changes_of_call(node: ast.Call, name: str) -> Iterator[tuple[int, str, Callable[[Any], ast.AST]]]:
    if name == "ok" and not isinstance(node.args[0], ast.Constant):
        yield 0, "always holds", lambda each: _with(each, args=[ast.Constant(value=True), *each.args[1:]])
        yield 0, "never holds", lambda each: _with(each, args=[ast.Constant(value=False), *each.args[1:]])
    if name == "ok" and isinstance(node.args[0], ast.Constant) and node.args[0].value is False:
        yield 0, "never complains", lambda each: _with(each, args=[ast.Constant(value=True), *each.args[1:]])
    if name in {"expect", "expect_set"}:
        for holds in (True, False):
            args = [ast.Constant(value=holds), node.args[2]]
            yield 0, f"always {holds}", lambda each, args=args: _with(each, func=_DECIDED, args=args, keywords=[])
    if name in _SWAPPED:
        yield 1, f"{name} exchanged", lambda each: _with(each, func=ast.Name(_SWAPPED[name], ast.Load()))
    if name in {"all_of", "any_of"} and len(node.args) > 1:
        for index in range(len(node.args)):
            if not isinstance(node.args[index], ast.Starred):
                yield 1, f"argument {index + 1} of {name} dropped", partial(_without, index=index)
    if name == "negate":
        yield 1, "a negation dropped", lambda each: each.args[0]


def _changes_of_constant(node: ast.Constant) -> Iterator[tuple[int, str, Callable[[Any], ast.AST]]]:
    value = node.value
    if isinstance(value, bool):
        yield 2, f"{value} replaced", lambda each: ast.Constant(value=not each.value)
    elif isinstance(value, (int, float)):
        yield 2, f"{value} replaced", lambda each: ast.Constant(value=each.value + 1)
    elif isinstance(value, str) and value:
        yield 2, f"{value!r} replaced", lambda each: ast.Constant(value=f"{each.value}-other")


def _with(node: ast.AST, **fields: Any) -> ast.AST:
    for name, value in fields.items():
        setattr(node, name, value)
    return node


def _without(node: ast.Call, index: int) -> ast.AST:
    return _with(node, args=[each for place, each in enumerate(node.args) if place != index])


def _turn(node: ast.Compare) -> ast.AST:
    return _with(node, ops=[_OPPOSITE[type(node.ops[0])]()])


def _exchange(node: ast.BoolOp) -> ast.AST:
    return _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())


def _changed(node: ast.AST, where: Where, change: Callable[[Any], ast.AST]) -> ast.AST:
    whole = copy.deepcopy(node)
    parent: Any = None
    target: Any = whole
    for name, index in where:
        parent = (target, name, index)
        target = getattr(target, name) if index is None else getattr(target, name)[index]
    replaced = change(target)
    if parent:
        owner, name, index = parent
        if index is None:
            setattr(owner, name, replaced)
        else:
            getattr(owner, name)[index] = replaced
    return ast.fix_missing_locations(whole)


def _helpers(function: FunctionType, seen: set[str]) -> Iterator[tuple[dict[str, Any], str, FunctionType]]:
    """Give the functions that a check calls and that lie in its own module, where they are found by name."""
    for name in sorted(_names(function.__code__)):
        value = function.__globals__.get(name)
        if isinstance(value, FunctionType) and value.__module__ == function.__module__ and name not in seen:
            seen.add(name)
            yield function.__globals__, name, value
            yield from _helpers(value, seen)


def _names(code: CodeType) -> set[str]:
    """Names that a function looks up, in the functions within it too."""
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return set(code.co_names).union(*(_names(each) for each in inner))


def mutants(check: Callable[..., Any]) -> list[Mutant]:
    """Make at most ``MOST`` mutants of a check and of the functions of its module that it calls; always the same ones.

    The most telling come first: the answer fixed, then conditions turned round or dropped, then constants replaced.
    Where there are more of a kind than room, they are taken evenly spread.
    """
    function = inspect.unwrap(check.func if isinstance(check, partial) else check)
    assert isinstance(function, FunctionType)
    places = [(function.__globals__, "", function), *_helpers(function, {function.__name__})]
    ranked: dict[int, list[Mutant]] = {0: [], 1: [], 2: []}
    for namespace, name, each in places:
        node = _node(each)
        for where, inner, said in _walk(node, _reasons(node)):
            for rank, words, change in [] if said else _changes(inner):
                made = _rebuilt(_changed(node, where, change), each)  # ty: ignore[invalid-argument-type]
                line = getattr(inner, "lineno", 0)
                ranked[rank].append(Mutant(f"{each.__name__}:{line}: {words}", (namespace, name, made)))
    chosen: list[Mutant] = []
    for rank in sorted(ranked):
        room = min(MOST - len(chosen), 3 if rank == 0 else MOST)
        listed = ranked[rank]
        step = max(1, len(listed) / room) if room else 1
        chosen.extend(listed[int(index * step)] for index in range(min(room, len(listed))))
    return chosen
