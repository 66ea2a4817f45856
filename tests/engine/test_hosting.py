"""How our language host gets beside the engine and stays independent of any checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import hosting


def launch(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(folder / "pulumi-language-python"), "127.0.0.1:1"],
        env={"PATH": "/usr/bin:/bin", **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )


def test_the_host_is_written_once_and_again_only_when_it_changes(tmp_path: Path) -> None:
    hosting.install(tmp_path, "3.259.0")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    hosting.install(tmp_path, "3.259.0")
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_the_copied_host_names_no_file_of_the_checkout(tmp_path: Path) -> None:
    hosting.install(tmp_path, "3.259.0")
    checkout = str(Path(__file__).parents[2])
    texts = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*") if path.is_file()]
    assert len(texts) > 8
    assert not [text for text in texts if checkout in text.replace(sys.executable, "")]


def test_our_host_is_told_apart_from_pulumis_own(tmp_path: Path) -> None:
    hosting.install(tmp_path, "3.259.0")
    official = tmp_path / "official"
    official.write_bytes(b"\x7fELF" + bytes(1000))
    official.chmod(0o755)
    assert not hosting.is_official(tmp_path / "pulumi-language-python")
    assert hosting.is_official(official)
    assert not hosting.is_official(tmp_path / "nothing")


def test_an_interpreter_without_the_sdk_is_named_with_the_remedy(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    hosting.install(tmp_path, "3.259.0")
    said = launch(tmp_path, FABRIX_PYTHON=str(tmp_path / "bare" / "bin" / "python"))
    assert said.returncode == 1
    assert str(tmp_path / "bare") in said.stderr
    assert "requirements.txt" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("given", ["", "/gone/bin/python"])
def test_a_missing_interpreter_gives_way_to_the_recorded_one(tmp_path: Path, given: str) -> None:
    hosting.install(tmp_path, "3.259.0")
    process = subprocess.Popen(
        [str(tmp_path / "pulumi-language-python"), "127.0.0.1:1"],
        env={"PATH": "/usr/bin:/bin", "FABRIX_PYTHON": given},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert int(process.stdout.readline()) > 0, "the first line is the port"
    process.terminate()
    assert process.wait(5) == 0, "a signal ends the host quietly"
    process.stdout.close()


def test_the_host_ends_when_the_process_that_started_it_is_gone(tmp_path: Path, alive: Callable[[int], bool]) -> None:
    hosting.install(tmp_path, "3.259.0")
    command = f"'{tmp_path}/pulumi-language-python' 127.0.0.1:1 & echo $!; sleep 60"
    shell = subprocess.Popen(["/bin/sh", "-c", command], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert shell.stdout is not None
    host = int(shell.stdout.readline())
    assert int(shell.stdout.readline()) > 0
    shell.kill()
    shell.wait()
    end = time.monotonic() + 2
    while alive(host) and time.monotonic() < end:
        time.sleep(0.02)
    assert not alive(host), "a host without engine ends within a second or so"
    os.killpg(shell.pid, 9)
    shell.stdout.close()
