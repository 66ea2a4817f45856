"""The table of commands, which ``--help`` lists without importing them, says what the commands say of themselves."""

from pathlib import Path

import pytest

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
