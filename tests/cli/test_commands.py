"""The table of commands, which ``--help`` lists without importing them, says what the commands say of themselves."""

import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import app
from cli import test as test_command
from cli.app import COMMANDS, WITHOUT_TARGET, lacks_target, load
from support.errors import OperationError

NO_COMMANDS = {"__init__", "__main__", "app", "options"}
ROOM = Path(__file__).resolve().parents[2] / "cli"


def test_every_file_is_a_command_of_the_table() -> None:
    assert {path.stem for path in ROOM.glob("*.py")} - NO_COMMANDS == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_of_the_table_begins_the_help_of_the_command(name: str) -> None:
    command = load(name)
    assert (command.help or "").splitlines()[0] == COMMANDS[name]
    assert len(COMMANDS[name]) <= 66, "longer lines are cut at 80 columns"


def takes_target(command: Any) -> bool:
    """Whether a command, or any of a group, has ``--target``."""
    commands = getattr(command, "commands", None)
    if commands:
        return any(map(takes_target, commands.values()))
    return any("--target" in each.opts for each in command.params)


def test_the_commands_that_act_on_no_target_are_known() -> None:
    assert {name for name in COMMANDS if not takes_target(load(name))} == WITHOUT_TARGET


@pytest.mark.parametrize(
    ("words", "message", "lacks"),
    [
        ("up dev --target azure", "go on: `./fabrix drift dev` shows it", True),
        ("up dev --target=azure --yes", "go on: `./fabrix drift dev` shows it", True),
        ("up dev", "go on: `./fabrix drift dev` shows it", False),
        ("up dev --target local", "go on: `./fabrix drift dev` shows it", False),
        ("up dev --target azure", "`./fabrix up dev --target azure --secrets-provider URL`", False),
        ("up dev --target azure", "`./fabrix up dev --target azure`, then `./fabrix status dev`", True),
        ("up dev --target azure", "`./fabrix doctor` checks this machine", False),
        ("up dev --target azure", "--target azure: leave `./fabrix shell` first", False),
        ("up dev --target azure", "run `pulumi cancel dev` in `./fabrix shell`", True),
        ("up dev --target azure", "Azure refuses", False),
    ],
)
def test_an_error_on_azure_says_that_the_commands_it_names_need_the_target(
    words: str, message: str, lacks: bool
) -> None:
    assert lacks_target(["fabrix", *words.split()], message) is lacks


def test_the_line_stands_below_the_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(**_: Any) -> None:
        raise OperationError("dev was changed: `./fabrix drift dev` shows what")

    monkeypatch.setattr(app, "app", fail)
    for target, last in (("azure", "Here these commands need --target azure, too."), ("local", "shows what")):
        monkeypatch.setattr(sys, "argv", ["fabrix", "up", "dev", "--target", target])
        with pytest.raises(SystemExit):
            app.main()
        assert capsys.readouterr().err.rstrip().endswith(last)


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
