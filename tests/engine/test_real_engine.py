"""What the real engine sees of our language host."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from engine import locate

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine")]

Project = Any  # the fixture of conftest.py

TWO = """
import pulumi, pulumi_random as random
first = random.RandomPet("first", keepers={"seconds": "%s"})
second = random.RandomPet("second", keepers={"first": first.id})
pulumi.export("setting", pulumi.Config().get("setting"))
"""
PACK = """
import pulumi
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy
def rule(args, report):
    if args.resource_type == "random:index/randomPet:RandomPet":
        report(f"judged for {pulumi.get_project()}/{pulumi.get_stack()} with {pulumi.Config().get('setting')}")
level = EnforcementLevel.MANDATORY
PolicyPack("judge", policies=[ResourceValidationPolicy("no-pets", "No pets.", rule, enforcement_level=level)])
"""


def wait_until(what: Any, seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture(autouse=True)
def _our_host() -> None:
    engine = locate.find()
    if engine and engine.language_host == "official":
        pytest.skip("this machine's engine has Pulumi's own language host, ours is not used")


def test_a_program_runs_with_its_configuration(project: Project) -> None:
    project.program(TWO % 0)
    assert project.run("config", "set", "setting", "blue")[0] == 0
    assert project.run("config", "set", "--secret", "password", "hidden")[0] == 0
    code, output = project.run("up", "--yes", "--skip-preview")
    assert code == 0, output
    assert "3 created" in output
    assert json.loads(project.run("stack", "output", "--json")[1]) == {"setting": "blue"}


def test_a_secret_of_the_configuration_is_known_as_secret_to_the_program(project: Project) -> None:
    project.program("import pulumi\npulumi.export('it', pulumi.Config().require_secret('password'))\n")
    project.run("config", "set", "--secret", "password", "hidden")
    code, output = project.run("up", "--yes", "--skip-preview")
    assert code == 0, output
    assert "hidden" not in output
    assert "[secret]" in project.run("stack", "output")[1]


def test_an_error_of_the_program_is_shown_once_with_the_users_lines_only(project: Project) -> None:
    project.program("def deep():\n    raise ValueError('the reason')\ndeep()\n")
    code, output = project.run("preview")
    assert code != 0
    assert output.count("ValueError: the reason") == 1, "the engine shows a program's error once"
    assert output.count("Traceback") == 1
    assert "fabrix-host" not in output, "a user has no use for the host's own lines"
    assert "non-zero exit code" not in output, "what was shown already is not summed up again (bail)"


def test_a_program_that_exits_by_itself_is_an_error_with_its_code(project: Project) -> None:
    project.program("import sys\nsys.exit(3)\n")
    code, output = project.run("preview")
    assert code != 0
    assert "program exited with non-zero exit code: 3" in output


def test_a_program_that_is_killed_is_an_error_that_names_the_signal(project: Project) -> None:
    project.program("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    code, output = project.run("preview")
    assert code != 0
    assert "ended by SIGKILL" in output


def test_a_missing_virtual_environment_is_named_with_its_remedy(project: Project) -> None:
    (project.folder / "Pulumi.yaml").write_text(
        "name: probe\nruntime: {name: python, options: {toolchain: pip, virtualenv: nowhere}}\n", encoding="utf-8"
    )
    project.program("")
    code, output = project.run("preview")
    assert code != 0
    assert "nowhere" in output
    assert "pulumi install" in output
    assert "Traceback" not in output


def test_the_projects_virtual_environment_runs_the_program(project: Project) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(project.folder / "own")], check=True)
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    (next((project.folder / "own" / "lib").glob("python*")) / "site-packages" / "shared.pth").write_text(
        packages, encoding="utf-8"
    )
    (project.folder / "Pulumi.yaml").write_text(
        "name: probe\nruntime: {name: python, options: {toolchain: pip, virtualenv: own}}\n", encoding="utf-8"
    )
    project.program("import os, sys, pulumi\nprint('prefix', sys.prefix, os.environ['VIRTUAL_ENV'])\n")
    code, output = project.run("preview")
    assert code == 0, output
    assert f"prefix {project.folder}/own {project.folder}/own" in output


def test_the_program_may_lie_outside_of_the_projects_folder(project: Project) -> None:
    local = project.folder / ".fabrix" / "local"
    local.mkdir(parents=True)
    (project.folder / "Pulumi.yaml").replace(local / "Pulumi.yaml")
    with (local / "Pulumi.yaml").open("a", encoding="utf-8") as file:
        file.write("main: ../..\n")
    (project.folder / "neighbour.py").write_text("WORD = 'hello'\n", encoding="utf-8")
    project.program("import os, neighbour\nprint(neighbour.WORD, 'from', os.getcwd())\n")
    code, output = project.run("preview", "--stack", "dev", "--cwd", str(local))
    assert code == 0, output
    assert f"hello from {project.folder}" in output, "the program's own folder is its working directory"


def test_about_lists_the_interpreter_and_what_is_installed(project: Project) -> None:
    project.program("")
    about = json.loads(project.run("about", "--json")[1])
    assert about["runtime"]["executable"] == sys.executable
    assert {"name": "pulumi_policy", "version": "1.21.0"} in about["dependencies"]
    assert {plugin["name"] for plugin in about["plugins"]} >= {"python", "random", "azure-native"}


def test_a_policy_pack_judges_and_knows_project_stack_and_configuration(project: Project) -> None:
    project.program(TWO % 0)
    project.run("config", "set", "setting", "blue")
    code, output = project.run("preview", "--policy-pack", str(project.pack(PACK)))
    assert code == 1, "a mandatory violation ends the preview with an error"
    assert "judged for probe/dev with blue" in output


def test_a_refused_preview_ends_as_fast_as_an_accepted_one(project: Project) -> None:
    project.program(TWO % 0)
    pack = project.pack(PACK)
    began = time.monotonic()
    project.run("preview", "--policy-pack", str(pack))
    refused = time.monotonic() - began
    project.pack(PACK.replace("MANDATORY", "ADVISORY"))
    began = time.monotonic()
    code, output = project.run("preview", "--policy-pack", str(pack))
    accepted = time.monotonic() - began
    assert code == 0, output
    assert refused < accepted + 3, "the engine waits five seconds for a host that does not end when it is interrupted"


def test_a_policy_pack_that_cannot_start_says_why_once(project: Project) -> None:
    project.program(TWO % 0)
    code, output = project.run("preview", "--policy-pack", str(project.pack("import nothing_of_this_name\n")))
    assert code != 0
    summary = output.split("Diagnostics:")[1]
    assert summary.count("No module named 'nothing_of_this_name'") == 1
    assert "did not start" in output


def test_a_policy_that_raises_is_named_with_its_pack_and_line(project: Project) -> None:
    project.program(TWO % 0)
    pack = project.pack(PACK.replace("def rule(args, report):", "def rule(args, report):\n    {}['hunter2']"))
    code, output = project.run("preview", "--policy-pack", str(pack))
    assert code != 0
    assert f"policy no-pets of the pack {pack} raised KeyError in {pack}/__main__.py, line 5" in output
    assert "hunter2" not in output, "the text of an exception may be a secret that the policy read"


def test_an_interrupt_ends_the_update_cleanly(project: Project) -> None:
    project.program(TWO % 2)
    process = project.start("up", "--yes", "--skip-preview")
    assert wait_until(lambda: any("provider.py" in words for words in project.processes()))
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    assert process.returncode != 0
    assert "Traceback" not in output, "an interrupt is no error of the program"
    assert "KeyboardInterrupt" not in output
    assert wait_until(lambda: not project.processes(), 1), "nothing that the engine started is left"


def test_nothing_is_left_soon_after_the_engine_is_killed(project: Project) -> None:
    project.program(TWO % 60 + "import subprocess\nsubprocess.Popen(['sleep', '300'])\n")
    process = project.start(
        "up", "--yes", "--skip-preview", "--policy-pack", str(project.pack(PACK.replace("MANDATORY", "ADVISORY")))
    )
    expected = ("provider.py", "fabrix-host", "python-exec", "policies.py", "sleep 300")
    running = project.processes
    assert wait_until(lambda: all(any(part in words for words in running()) for part in expected)), running()
    process.kill()
    process.wait()
    assert wait_until(lambda: not running()), f"still running after the engine was killed: {running()}"


def test_nothing_is_left_when_the_host_itself_is_killed(project: Project) -> None:
    project.program(TWO % 60)
    process = project.start("up", "--yes", "--skip-preview")
    assert wait_until(lambda: any("python-exec" in words for words in project.processes()))
    hosts = subprocess.run(
        ["pgrep", "-P", str(process.pid), "-f", "fabrix-host"], capture_output=True, text=True, check=True
    )
    subprocess.run(["kill", "-9", *hosts.stdout.split()], check=True)
    assert wait_until(lambda: not any("python-exec" in words for words in project.processes())), (
        "a program dies with its host"
    )
    process.kill()
    process.communicate()
    assert wait_until(lambda: not project.processes())


def test_the_dependencies_of_a_project_are_installed_into_its_virtual_environment(project: Project) -> None:
    (project.folder / "Pulumi.yaml").write_text(
        "name: probe\nruntime: {name: python, options: {toolchain: pip, virtualenv: own}}\n", encoding="utf-8"
    )
    package = project.folder / "pkg"
    package.mkdir()
    (project.folder / "requirements.txt").write_text("# nothing to install\n", encoding="utf-8")
    project.program("")
    code, output = project.run("install", "--no-plugins")
    assert code == 0, output
    assert (project.folder / "own" / "bin" / "python").exists(), "a virtual environment that is missing is made"


def test_code_generation_is_refused_in_one_sentence(project: Project) -> None:
    project.program(TWO % 0)
    source = project.folder.parent / "source"
    source.mkdir()
    (source / "main.pp").write_text('output "x" { value = "y" }\n', encoding="utf-8")
    target = str(project.folder.parent / "out")
    code, output = project.run(
        "convert", "--from", "pcl", "--language", "python", "--cwd", str(source), "--out", target
    )
    assert code != 0
    assert "needs Pulumi's own Python language host" in output
    assert "Traceback" not in output
