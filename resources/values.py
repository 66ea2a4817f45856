"""Three-valued reading of resource properties: the only way in which rules and proofs read a value.

A value is plain data, or one of three markers: ``ABSENT`` (not set, or null), ``UNKNOWN`` (known only once it is
deployed) and ``SECRET`` (set, but never kept). Every question is answered with ``True``, ``False`` or ``None``, which
means that it cannot be decided yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, NoReturn

Value = Any
"""Plain data or one of the markers below."""
Trilean = bool | None
"""``None`` is "cannot be decided yet"."""


class _Marker:
    """A value that equals only itself."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name

    def __copy__(self) -> _Marker:
        return self

    def __deepcopy__(self, _memo: object) -> _Marker:
        return self


class _Undecided(_Marker):
    """A marker with no truth value: a rule that uses it as a condition is wrong, and its finding says so."""

    def __bool__(self) -> NoReturn:
        message = f"{self._name} is neither true nor false; ask resources.values"
        raise TypeError(message)


class _Nothing(_Marker):
    """A marker that counts as false."""

    def __bool__(self) -> bool:
        return False


UNKNOWN: Final = _Undecided("UNKNOWN")
"""The value is known only once the deployment has run."""
SECRET: Final = _Undecided("SECRET")
"""The value is set and secret; it is kept nowhere."""
ABSENT: Final = _Nothing("ABSENT")
"""The property is not set."""


def known(value: object) -> bool:
    """Return whether the value can be read (an absent one can: it is known to be absent)."""
    return value is not UNKNOWN and value is not SECRET


@cache
def steps(path: str) -> tuple[str, ...]:
    """Split ``a.b[].c`` into ``a``, ``b``, ``[]``, ``c``; ``a[0]`` into ``a``, ``0``."""
    split: list[str] = []
    for part in path.split("."):
        name, *indexes = part.split("[")
        if name:
            split.append(name)
        split.extend("[]" if index == "]" else index.rstrip("]") for index in indexes)
    return tuple(split)


def _step(value: Value, step: str) -> Value:
    if not known(value) or value is ABSENT:
        return value
    if isinstance(value, Mapping):
        child = value.get(step, ABSENT)
    elif isinstance(value, (list, tuple)) and step.isdigit():
        child = value[int(step)] if int(step) < len(value) else ABSENT
    else:
        return ABSENT
    return ABSENT if child is None else child


def _start(source: Value) -> Value:
    return getattr(source, "props", source)


def get(source: Value, path: str, default: Value = ABSENT) -> Value:
    """Read ``properties.networkAcls.defaultAction`` of a resource's inputs or of a mapping.

    Returns the value, ``UNKNOWN``, ``SECRET``, or ``default`` where nothing, or null, is set. Pass what Azure does by
    default as ``default``.
    """
    value = _start(source)
    for step in steps(path):
        value = _step(value, step)
    return default if value is ABSENT else value


def text(source: Value, path: str) -> str | None:
    """Read a text; None where it is absent, empty, not known, or something else."""
    value = get(source, path)
    return value if isinstance(value, str) and value else None


def entries(source: Value, path: str) -> list[Any]:
    """Read the entries of a list that are known; none where the list is absent, not known, or something else."""
    value = get(source, path)
    return list(value) if isinstance(value, (list, tuple)) else []


def strings(value: Value) -> Iterator[tuple[str, str]]:
    """Yield every text inside ``value`` with its path; keys of mappings are paths, not texts."""
    pending: list[tuple[str, object]] = [("", value)]
    while pending:
        path, item = pending.pop()
        if isinstance(item, str):
            yield path, item
        elif isinstance(item, Mapping):
            pending += [(f"{path}.{key}".lstrip("."), inner) for key, inner in item.items()]
        elif isinstance(item, Sequence):
            pending += [(f"{path}[{index}]", inner) for index, inner in enumerate(item)]


def find(source: Value, path: str) -> Iterator[tuple[str, Any]]:
    """Yield every value that ``path`` with ``[]`` in it names, each with its own path (``rules[2].name``).

    An unknown list is one unknown value; an absent one yields nothing.
    """
    yield from _find(_start(source), steps(path), "")


def _find(value: Value, rest: tuple[str, ...], path: str) -> Iterator[tuple[str, Any]]:
    if value is ABSENT:
        return
    if not rest or not known(value):
        yield path, value
        return
    step, later = rest[0], rest[1:]
    if step != "[]":
        dot = "." if path else ""
        yield from _find(_step(value, step), later, f"{path}[{step}]" if step.isdigit() else f"{path}{dot}{step}")
        return
    elements = value if isinstance(value, (list, tuple)) else ()
    for index, element in enumerate(elements):
        yield from _find(ABSENT if element is None else element, later, f"{path}[{index}]")


def items(source: Value, path: str = "") -> Value:
    """Read a list: a list (empty when nothing is set), or ``UNKNOWN``."""
    value = get(source, path) if path else _start(source)
    if value is ABSENT:
        return []
    if not known(value):
        return UNKNOWN
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _fold(value: Value) -> Value:
    return value.casefold() if isinstance(value, str) else value


def equals(value: Value, expected: object) -> Trilean:
    """Return whether the value is ``expected``; text without regard to case, as Azure compares enumerations."""
    if not known(value):
        return None
    if isinstance(value, bool) != isinstance(expected, bool):
        return False
    return bool(_fold(value) == _fold(expected))


def one_of(value: Value, expected: Iterable[object]) -> Trilean:
    """Return whether the value is one of these; text without regard to case."""
    return any_of(*(equals(value, each) for each in expected)) if known(value) else None


def present(value: Value) -> Trilean:
    """Return whether something is set; empty text, list or mapping counts as not set, a secret as set."""
    if value is UNKNOWN:
        return None
    if value is SECRET:
        return True
    return value is not ABSENT and value not in ("", [], {}, ())


def at_least(value: Value, bound: float) -> Trilean:
    """Return whether a number is ``bound`` or more; what is absent or no number is not."""
    return _compare(value, lambda number: number >= bound)


def at_most(value: Value, bound: float) -> Trilean:
    """Return whether a number is ``bound`` or less; what is absent or no number is not."""
    return _compare(value, lambda number: number <= bound)


def _compare(value: Value, test: Callable[[float], bool]) -> Trilean:
    if not known(value):
        return None
    if isinstance(value, bool):
        return False
    try:
        return test(float(value))
    except (TypeError, ValueError):
        return False


def matches(value: Value, test: Callable[[Any], bool]) -> Trilean:
    """Apply ``test`` to a value that is known and set; an absent one fails it."""
    if not known(value):
        return None
    return value is not ABSENT and bool(test(value))


def negate(answer: Trilean) -> Trilean:
    """Negate an answer; undecided stays undecided."""
    return None if answer is None else not answer


def all_of(*answers: Trilean) -> Trilean:
    """Return whether all hold: one ``False`` decides whatever else is undecided; of no answers, all hold."""
    if any(answer is False for answer in answers):
        return False
    return None if any(answer is None for answer in answers) else True


def any_of(*answers: Trilean) -> Trilean:
    """Return whether one holds: one ``True`` decides whatever else is undecided; of no answers, none holds."""
    if any(answer is True for answer in answers):
        return True
    return None if any(answer is None for answer in answers) else False


def every(elements: Value, test: Callable[[Any], Trilean]) -> Trilean:
    """Return whether all elements of a list satisfy ``test``; an absent list does, an unknown one is undecided."""
    listed = items(elements)
    return None if listed is UNKNOWN else all_of(*(test(each) if each is not UNKNOWN else None for each in listed))


def some(elements: Value, test: Callable[[Any], Trilean]) -> Trilean:
    """Return whether an element of a list satisfies ``test``; an absent list has none, an unknown one is undecided."""
    listed = items(elements)
    return None if listed is UNKNOWN else any_of(*(test(each) if each is not UNKNOWN else None for each in listed))
