"""The table of commands, which ``--help`` lists without importing them, says what the commands say of themselves."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import test as test_command
from cli.app import COMMANDS, load

NO_COMMANDS = {"__init__", "__main__", "app", "options"}
ROOM = Path(__file__).resolve().parents[2] / "cli"


def test_every_file_is_a_command_of_the_table() -> None:
    assert {path.stem for path in ROOM.glob("*.py")} - NO_COMMANDS == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_of_the_table_begins_the_help_of_the_command(name: str) -> None:
    command = load(name)
    assert (command.help or "").splitlines()[0] == COMMANDS[name]
    assert len(COMMANDS[name]) <= 66, "longer lines are cut at 80 columns"


def test_the_fast_tests_say_what_they_leave_out(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(test_command, "_install", lambda _: None)
    monkeypatch.setattr(test_command.os, "execv", lambda _, arguments: started.append(arguments))
    monkeypatch.chdir(ROOM.parent)
    done = CliRunner().invoke(test_command.app, ["--fast", "-k", "something"])
    assert done.exit_code == 0, done.exception
    assert "leaves out every test that starts the engine or a server" in done.stderr
    assert "`./fabrix test` runs them all" in done.stderr
    (arguments,) = started
    assert arguments[3:5] == ["-m", test_command.FAST] and arguments[-2:] == ["-k", "something"]
