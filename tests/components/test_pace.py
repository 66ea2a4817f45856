"""What makes previews fast changes nothing but the time: outputs, failures and messages arrive as without it."""

import inspect
import json
import subprocess
import traceback
from pathlib import Path

import pytest
from pulumi.runtime import resource
from pulumi.runtime.proto import engine_pb2

from components import pace
from components.pace import _WithoutDebug

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import asyncio
import pulumi
from components import pace

pace.install()

async def later(value):
    await asyncio.sleep(0.05)
    return value

class Thing(pulumi.ComponentResource):
    def __init__(self, name, value):
        super().__init__("test:index:Thing", name)
        self.value = pulumi.Output.from_input(later(value))
        self.register_outputs({{"value": self.value}})

things = [Thing(f"thing-{{number}}", number) for number in range(20)]
total = pulumi.Output.all(*(thing.value for thing in things)).apply(sum)
pulumi.export("total", total.apply(lambda value: pulumi.Output.from_input(later(value + 1))))
pulumi.log.warn("a warning arrives")
{more}
"""


def run_program(folder: Path, environment: dict[str, str], engine, more: str = "") -> subprocess.CompletedProcess[str]:
    project = folder / "project"
    project.mkdir(exist_ok=True)
    options = {"toolchain": "pip", "virtualenv": str(ROOT / ".venv")}
    (project / "Pulumi.yaml").write_text(
        json.dumps({"name": "pace", "runtime": {"name": "python", "options": options}})
    )
    (project / "__main__.py").write_text(PROGRAM.format(more=more))

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(engine.pulumi), *words, "--stack", "dev"],
            cwd=project,
            env={**environment, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )

    run("stack", "init", "--non-interactive")
    done = run("up", "--yes", "--skip-preview", "--non-interactive")
    if done.returncode == 0:
        done.stdout += run("stack", "output", "--json").stdout
    return done


@pytest.mark.engine
def test_outputs_that_are_made_while_waiting_are_waited_for(tmp_path, engine, engine_environment) -> None:
    done = run_program(tmp_path, engine_environment(tmp_path), engine)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"total": 191' in done.stdout, "an output of an output was lost"
    assert "a warning arrives" in done.stdout + done.stderr, "only debug messages may be dropped"


@pytest.mark.engine
@pytest.mark.parametrize(
    "more",
    [
        "total.apply(lambda value: 1 / 0)",
        'pulumi.export("broken", pulumi.Output.from_input(later(1)).apply(lambda value: {}["missing"]))',
        'raise ValueError("at the end of the program")',
    ],
)
def test_a_failure_in_an_output_fails_the_program(tmp_path, engine, engine_environment, more) -> None:
    done = run_program(tmp_path, engine_environment(tmp_path), engine, more)
    assert done.returncode != 0, "a failing output must not pass silently"
    text = done.stdout + done.stderr
    assert any(name in text for name in ("ZeroDivisionError", "KeyError", "at the end of the program")), text


def test_only_debug_messages_are_dropped() -> None:
    class Engine:
        def __init__(self) -> None:
            self.said: list[int] = []

        def Log(self, request) -> None:  # noqa: N802 - the stub's method
            self.said.append(request.severity)

    engine = Engine()
    quiet = _WithoutDebug(engine)
    for severity in (engine_pb2.DEBUG, engine_pb2.INFO, engine_pb2.WARNING, engine_pb2.ERROR):
        quiet.Log(engine_pb2.LogRequest(severity=severity, message="x"))
    assert engine.said == [engine_pb2.INFO, engine_pb2.WARNING, engine_pb2.ERROR]
    assert quiet.said is engine.said, "everything else of the service is passed on"


def test_the_sdk_still_has_what_the_pace_is_set_through() -> None:
    """A new SDK version that moves these has to be measured again; this fails before a preview quietly gets slower."""
    from pulumi.runtime import settings

    assert isinstance(settings._get_rpc_manager().rpcs, list)
    assert hasattr(settings.SETTINGS, "outputs")
    assert inspect.iscoroutinefunction(__import__("pulumi.runtime.stack", fromlist=["x"]).wait_for_rpcs)


def test_source_positions_are_those_of_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "_get_source_position_for_frame"
    monkeypatch.setattr(resource, name, convert := getattr(resource, name))
    frames = [
        *traceback.extract_stack(),
        traceback.FrameSummary("", 1, "x"),
        traceback.FrameSummary("<string>", 2, "x"),
    ]
    expected = [convert(frame) for frame in frames]
    pace._convert_source_positions_once()
    assert getattr(resource, name) is not convert, "the SDK no longer has this function under this name"
    for _ in range(2):
        assert [getattr(resource, name)(frame) for frame in frames] == expected
    assert any(expected) and not all(expected)
