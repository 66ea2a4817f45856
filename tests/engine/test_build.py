"""Building the engine: a stand-in for Go, so that what surrounds the six minutes is tested in one second."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import cache, go, locate, source
from engine.step import Step

ROOT = Path(__file__).parents[2]
GO = """#!/bin/sh
echo "$$ $*" >> {log}
case "$1 $2" in
  "version ") echo go version go1.26.8 linux/amd64 ;;
  "list -deps") echo "go: downloading example.com/module v1.0.0"; for n in 1 2 3 4; do echo package/$n; done ;;
  "list -m") echo '{{"Dir": "{sdk}"}}' ;;
  "build -v")
    env > {env}
    {before}
    for n in 1 2 3 4; do echo package/$n; done
    while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done
    printf '#!/bin/sh\\necho v3.259.0\\n' > $out; chmod +x $out; mkdir -p $GOCACHE/00; touch $GOCACHE/00/object ;;
esac
"""


@pytest.fixture
def machine(tmp_path: Path, empty_machine: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with a stand-in for Go and no release; returns the cache's folder."""
    helper = tmp_path / "sdk" / "python" / "cmd" / "pulumi-language-python-exec"
    helper.parent.mkdir(parents=True)
    helper.write_text("#!/usr/bin/env python\n", encoding="utf-8")
    install_go(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("FABRIX_ENGINE_RELEASES", "http://127.0.0.1:9")
    return empty_machine


def install_go(folder: Path, before: str = ":") -> None:
    text = GO.format(log=folder / "go.log", sdk=folder / "sdk", env=folder / "go.env", before=before)
    (folder / "go").write_text(text, encoding="utf-8")
    (folder / "go").chmod(0o755)


def ensure_in_a_process() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "engine", "ensure"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for(text: str, file: Path) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if file.exists() and text in file.read_text(encoding="utf-8"):
            return
        time.sleep(0.02)
    raise AssertionError(f"{text!r} never came into {file}")


def test_a_build_makes_the_cached_engine_and_tells_how_far_it_is(machine: Path) -> None:
    steps: list[Step] = []
    engine = locate.ensure(steps.append)
    assert (engine.source, engine.language_host) == ("built", "python")
    building = [step for step in steps if step.title == "building the engine"]
    assert [step.fraction for step in building] == sorted(step.fraction or 0 for step in building), (
        "it only goes forward"
    )
    assert all(step.expected for step in building), "each report says how long it takes"
    assert any("example.com/module" in step.detail for step in steps), "downloads are told"
    names = {entry.name for entry in machine.iterdir()}
    assert names == {"3.259.0", "3.259.0.lock"}, "the build's own caches are removed"


def test_a_build_is_reproducible_and_takes_nothing_from_the_callers_go_settings(
    machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOS", "plan9")
    monkeypatch.setenv("GOFLAGS", "-mod=mod")
    locate.ensure(lambda _: None)
    environ = dict(
        line.split("=", 1) for line in (tmp_path / "go.env").read_text(encoding="utf-8").splitlines() if "=" in line
    )
    assert environ["GOFLAGS"] == "-mod=readonly -trimpath", "the committed checksums decide"
    assert environ["GOTOOLCHAIN"] == "local", "Go downloads no other Go"
    assert environ["CGO_ENABLED"] == "0"
    assert "GOOS" not in environ
    assert Path(environ["GOCACHE"]).is_relative_to(machine), "the build cache is the build's own"
    assert "Version=v3.259.0" in (tmp_path / "go.log").read_text(encoding="utf-8")


def test_of_two_at_once_one_builds_and_the_other_waits_and_says_so(machine: Path, tmp_path: Path) -> None:
    install_go(tmp_path, before="sleep 1")
    first = ensure_in_a_process()
    wait_for("build -v", tmp_path / "go.log")
    second = ensure_in_a_process()
    said = [process.communicate(timeout=20)[0] for process in (first, second)]
    assert [process.returncode for process in (first, second)] == [0, 0], said
    assert "waiting for another process" in said[1]
    assert str(first.pid) in said[1], "it says who is waited for"
    assert (tmp_path / "go.log").read_text(encoding="utf-8").count("build -v") == 1, "it is built once"


def test_a_build_that_is_killed_ends_go_and_the_next_one_succeeds(
    machine: Path, tmp_path: Path, alive: Callable[[int], bool]
) -> None:
    install_go(tmp_path, before="sleep 60")
    process = ensure_in_a_process()
    wait_for("build -v", tmp_path / "go.log")
    process.kill()
    process.communicate()
    pid = next(line.split()[0] for line in (tmp_path / "go.log").read_text().splitlines() if "build -v" in line)
    time.sleep(0.2)
    assert not alive(int(pid)), "Go dies with us"
    assert list(machine.glob("unfinished-*")), "a killed process cannot clean up after itself"
    (next(machine.glob("unfinished-*")) / "read-only").mkdir(mode=0o500)
    install_go(tmp_path)
    assert locate.ensure(lambda _: None).source == "built"
    assert not list(machine.glob("unfinished-*")), "the next one cleans up"


def test_an_interrupted_build_leaves_nothing(machine: Path, tmp_path: Path) -> None:
    install_go(tmp_path, before="sleep 60")
    process = ensure_in_a_process()
    wait_for("build -v", tmp_path / "go.log")
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in output
    assert {entry.name for entry in machine.iterdir()} <= {"3.259.0.lock"}


def test_a_failed_compilation_is_told_with_the_compilers_words(machine: Path, tmp_path: Path) -> None:
    install_go(tmp_path, before="echo 'main.go:3: undefined: x'; exit 1")
    with pytest.raises(Exception, match=r"building the engine failed\n.*undefined: x"):
        locate.ensure(lambda _: None)
    assert cache.read_record() is None


def test_the_module_files_fix_every_module_and_the_wheel_every_digest() -> None:
    assert "github.com/pulumi/pulumi/pkg/v3 v3.259.0" in (go.BUILD / "go.mod").read_text(encoding="utf-8")
    sums = (go.BUILD / "go.sum").read_text(encoding="utf-8").splitlines()
    assert len(sums) > 300
    assert all(line.split()[2].startswith("h1:") for line in sums)
    assert go.wheel_version() >= go.GO
    assert (go.BUILD / "go-tool.txt").read_text(encoding="utf-8").count("--hash=sha256:") == 4


def test_the_share_of_time_grows_with_the_share_of_packages() -> None:
    shares = [source._share(part / 100) for part in range(101)]
    assert shares[0] == 0
    assert shares[-1] == 1
    assert shares == sorted(shares)


@pytest.mark.slow
def test_the_committed_module_files_are_complete_for_all_platforms() -> None:
    """Go resolves every package of the engine with these files alone, for each platform that is offered."""
    found = go.on_path()
    if found is None or found[1] < go.GO:
        pytest.skip("needs Go")
    asked = subprocess.run([str(found[0]), "env", "GOMODCACHE"], capture_output=True, text=True, check=True)
    if not Path(asked.stdout.strip(), "github.com", "pulumi").exists():
        pytest.skip("would fetch 1.4 GB of modules")
    for system, machine in (("linux", "amd64"), ("linux", "arm64"), ("darwin", "amd64"), ("darwin", "arm64")):
        environ = {
            **os.environ,
            "GOOS": system,
            "GOARCH": machine,
            "GOFLAGS": "-mod=readonly",
            "CGO_ENABLED": "0",
            "GOWORK": "off",
        }
        said = subprocess.run(
            [str(found[0]), "list", "-deps", source.PACKAGE],
            cwd=go.BUILD,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert said.returncode == 0, f"{system}/{machine}: {said.stderr}"
