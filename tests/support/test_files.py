"""Files are written whole or not at all."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from support.files import replace_file, temporary_file, write_if_changed


def test_a_file_is_replaced_and_nothing_else_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "made" / "file"
    replace_file(path, "old\r\n")
    replace_file(path, b"new\r\n")
    assert path.read_bytes() == b"new\r\n", "line ends stay as they are"
    assert list(path.parent.iterdir()) == [path]


def test_a_private_file_is_for_its_owner_alone_even_where_it_was_open_before(tmp_path: Path) -> None:
    path = tmp_path / "plan"
    path.write_text("open to all", encoding="utf-8")
    replace_file(path, "private", private=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_write_that_fails_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="folder"):
        replace_file(tmp_path / "folder", "a file cannot replace a folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_temporary_file_never_takes_over_one_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"somebody else's")
    with pytest.raises(FileExistsError), temporary_file(path, b"ours", private=True):
        pass
    assert path.read_bytes() == b"somebody else's"


def test_an_equal_file_is_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_if_changed(path, "text")
    before = path.stat().st_ino
    write_if_changed(path, "text")
    assert path.stat().st_ino == before
    write_if_changed(path, "another")
    assert path.read_text(encoding="utf-8") == "another"
