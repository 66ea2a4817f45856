"""The pack as a process, as the engine starts it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty  # ty: ignore[missing-module-member] - made at run time
from pulumi.runtime.proto import analyzer_pb2_grpc

ROOT = Path(__file__).resolve().parents[2]
PLATFORM = '{"installation": {"environment": "dev", "subscriptionId": "11111111-1111-1111-1111-111111111111"}}'


def _start(folder: Path, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(folder)],
        cwd=folder,
        env={**os.environ, "FABRIX_TARGET": "local", "FABRIX_TODAY": "2026-11-24", **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    running: list[subprocess.Popen[str]] = []
    yield running
    for each in running:
        each.kill()
        each.communicate()


def _policies(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    port = process.stdout.readline()
    assert port.strip().isdigit(), f"the first line is the port and nothing else: {port!r}"
    with grpc.insecure_channel(f"127.0.0.1:{port.strip()}") as channel:
        stub = analyzer_pb2_grpc.AnalyzerStub(channel)
        return [each.description for each in stub.GetAnalyzerInfo(Empty(), wait_for_ready=True, timeout=20).policies]


@pytest.mark.slow
def test_it_says_its_port_first_and_takes_the_profile_from_the_stack(started) -> None:
    started.append(_start(ROOT / "policies", PULUMI_CONFIG=f'{{"aifabrix:platform": {_quoted(PLATFORM)}}}'))
    assert any("in dev" in text for text in _policies(started[0]))


@pytest.mark.slow
def test_without_a_stack_it_is_as_strict_as_for_prod(started) -> None:
    started.append(_start(ROOT / "policies"))
    assert any("in prod" in text for text in _policies(started[0]))


@pytest.mark.slow
def test_a_rule_that_prints_does_not_disturb_the_handshake(started, tmp_path: Path) -> None:
    copied = _copy(tmp_path)
    storage = copied / "policies" / "rules" / "storage" / "__init__.py"
    storage.write_text(storage.read_text(encoding="utf-8") + "\nprint('noise')\n", encoding="utf-8")
    started.append(_start(copied / "policies"))
    assert _policies(started[0])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "text", "env", "words"),
    [
        ("waivers.yaml", "waivers:\n  - rule: PG-99\n", {}, "policies/waivers.yaml:2"),
        ("profiles.yaml", "levels:\n  ST-99: {dev: advisory}\n", {}, "policies/profiles.yaml:2"),
        ("profiles.yaml", "levels: {}\n", {"FABRIX_PROFILE": "staging"}, "FABRIX_PROFILE=staging"),
    ],
)
def test_a_broken_file_or_profile_stops_it_before_the_port(
    started, tmp_path: Path, file: str, text: str, env: dict[str, str], words: str
) -> None:
    copied = _copy(tmp_path)
    (copied / "policies" / file).write_text(text, encoding="utf-8")
    process = _start(copied / "policies", **env)
    started.append(process)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


def _copy(folder: Path) -> Path:
    for room in ("policies", "resources", "settings"):
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    return folder
