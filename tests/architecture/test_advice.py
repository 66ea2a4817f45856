"""Every command that a message advises exists, with every option it is given."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.app import COMMANDS, load
from tests.architecture.test_house import ROOMS

ROOT = Path(__file__).resolve().parents[2]
COMMAND = re.compile(r"`\./fabrix ([^`]+)`")
PASSED_ON = {"test", "bench"}
"""Commands that pass further arguments to another program."""


def texts(tree: ast.AST) -> Iterator[str]:
    """Every text of a module, placeholders replaced by X."""
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.value


def advice() -> dict[str, str]:
    """Command → first file that names it."""
    found: dict[str, str] = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for text in texts(ast.parse(path.read_text(encoding="utf-8"))):
                for command in COMMAND.findall(" ".join(text.split())):
                    found.setdefault(command, str(path.relative_to(ROOT)))
    return found


ADVICE = advice()


def test_there_is_advice_to_check() -> None:
    assert len(ADVICE) > 30, "the messages name commands; if none is found, this looks in the wrong place"


@pytest.mark.parametrize("advice", sorted(ADVICE))
def test_the_command_that_a_message_names_exists(advice: str) -> None:
    name, *words = advice.split()
    assert name in COMMANDS, f"{ADVICE[advice]} names `./fabrix {advice}`, and there is no {name}"
    command: Any = load(name)
    while words and (commands := getattr(command, "commands", None)):
        name = words.pop(0)
        assert name in commands, f"{ADVICE[advice]} names `./fabrix {advice}`, and there is no {name}"
        command = commands[name]
    if command.name in PASSED_ON:
        return
    options = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    unknown = [word for word in words if word.startswith("-") and word.split("=")[0] not in options]
    assert not unknown, f"{ADVICE[advice]} names `./fabrix {advice}`, and {command.name} has no {', '.join(unknown)}"
