"""Files are written whole or not at all."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from records.ledger import keys
from stacks.bootstrap.targets import AzureBootstrap
from support.checkout import ROOT
from support.files import create_once, replace_file, temporary_file, write_if_changed
from targets.local import LocalTarget


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


MAKE = """
import builtins, os, signal, sys
from pathlib import Path
from support.files import create_once

def killed(handle):
    os.kill(os.getpid(), signal.SIGKILL)

os.fsync = killed
create_once(Path(sys.argv[1]), b"passphrase")
"""


def test_a_passphrase_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    killed = subprocess.run([sys.executable, "-c", MAKE, str(path)], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not path.exists(), "a file without its content would be taken for the passphrase by every later run"
    assert create_once(path, b"first") == b"first"
    assert create_once(path, b"second") == b"first", "what was encrypted with it has to be decrypted again"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_all_get_the_passphrase_of_the_first(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda number: create_once(tmp_path / "new" / "passphrase", b"%d" % number), range(32)))
    assert len(found) == 1


def test_passphrases_and_the_local_key_are_created_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed as soon as the content is written, none of the three leaves a file that says nothing."""

    def full(_handle: int) -> None:
        raise OSError("the disk is full")

    bootstrap = AzureBootstrap()
    bootstrap.base = tmp_path
    monkeypatch.setattr("os.fsync", full)
    for make in (LocalTarget(tmp_path)._passphrase, bootstrap._passphrase_file, lambda: keys.local_keys(tmp_path)):
        with pytest.raises(OSError, match="full"):
            make()
        assert [one.name for one in tmp_path.iterdir() if one.is_file()] == []
