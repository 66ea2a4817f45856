"""The house keeps its shape: import directions, file sizes, and what must never be written down."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "support",
    "targets",
    "records",
    "stacks",
    "judging",
    "rehearsal",
    "promotion",
    "fleet",
    "cli",
    "settings",
    "components",
    "policies",
    "topology",
    "database",
    "resources",
    "emulator",
    "engine",
    "bootstrap",
    "restore",
    "bench",
)
LONGEST = 400
"""Lines; a longer file holds more than one idea."""


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]


def test_imports_go_down_only() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (
        f"a room imports what lies above it (.importlinter has the contracts):\n{done.stdout}{done.stderr}"
    )


@pytest.mark.parametrize("room", ROOMS)
def test_no_file_outgrows_its_idea(room: str) -> None:
    long = {
        str(p.relative_to(ROOT)): n
        for p in tracked(f"{room}/*.py")
        if (n := len(p.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert not long, f"split these: {long}"


def test_the_program_is_forty_lines_at_most() -> None:
    lines = (ROOT / "__main__.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 40, "__main__.py only ties settings to components"


def test_the_help_imports_no_sdk() -> None:
    """``./fabrix --help`` answers at once; an SDK import would cost more than a second."""
    script = """if True:
        import sys
        sys.argv = ["fabrix", "--help"]
        import cli.app
        try:
            cli.app.main()
        except SystemExit:
            pass
        heavy = {"pulumi", "grpc", "pydantic", "pulumi_azure_native"}
        print(sorted(heavy & {name.split(".")[0] for name in sys.modules}))
    """
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]"), f"imported by --help: {done.stdout.strip().splitlines()[-1]}"


def test_nothing_names_a_machine_path() -> None:
    pattern = re.compile(r"(?<![\w.])/(?:work|root|tmp)/\w")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked("*.py", "*.md", "*.yaml", "*.toml", "fabrix", ".ci/run")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, f"paths of one machine mean nothing on another: {found}"


def test_no_component_creates_a_resource_inside_apply() -> None:
    """Such resources are invisible to preview and plans."""
    creating = re.compile(r"\.apply\(\s*(?:lambda[^:]*:|[\w.]*)\s*\w+\.[A-Z]\w+\(")
    found = [
        str(p.relative_to(ROOT)) for p in tracked("components/*.py") if creating.search(p.read_text(encoding="utf-8"))
    ]
    assert not found, f"resources made inside apply: {found}"


def test_components_know_no_environment() -> None:
    """Size, resilience and protection are settings; the name of an environment decides nothing."""
    asking = re.compile(
        r"""get_stack\(|pulumi\.Config\(|==\s*["'](?:dev|tst|pro|prod|test)["']|os\.environ|datetime\.now|time\.time"""
    )
    found = [
        f"{p.relative_to(ROOT)}:{n}"
        for p in tracked("components/*.py")
        for n, line in enumerate(p.read_text(encoding="utf-8").splitlines(), 1)
        if asking.search(line)
    ]
    assert not found, f"components read config, environment or clock: {found}"
