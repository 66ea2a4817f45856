"""Earlier revisions are read from git without touching the work tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.errors import Exit, OperationError
from support.git import changed_files, commit_of, extract


def test_an_unknown_revision_is_bad_input() -> None:
    with pytest.raises(OperationError, match="no revision 'no-such'") as caught:
        commit_of("no-such")
    assert caught.value.code is Exit.BAD_INPUT


def test_a_revision_that_looks_like_an_option_is_no_option() -> None:
    with pytest.raises(OperationError, match="no revision"):
        commit_of("--help")


def test_the_files_of_a_revision_are_all_there(tmp_path: Path) -> None:
    folder = extract(commit_of("HEAD"), tmp_path / "earlier")
    assert (folder / "__main__.py").is_file() and (folder / "components" / "base.py").is_file()
    assert not (folder / ".git").exists(), "it is a copy, not a work tree of the repository"


def test_changed_files_count_those_that_git_does_not_know() -> None:
    assert all(not Path(name).is_absolute() for name in changed_files(commit_of("HEAD")))
