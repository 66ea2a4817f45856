"""The templates are what their servers expect, and keep the rules of this house about credentials and approvals."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.azure import expanded, scalars
from tests.pipelines.files import AZURE, GITHUB, ROOT, load
from tests.pipelines.tools import actionlint

WORKFLOWS = sorted(GITHUB.glob("*.yml"))
FIRST_INSTALLATION = 180
"""Minutes: a database server with a standby and a managed cache alone take up to an hour."""
CHANGES = ("deploy", "apply", "rollback")
RUNS = [
    {"operation": operation, "stack": stack}
    for operation, stack in (
        ("automatic", "test"),
        ("promote", "test"),
        ("promote", "prod"),
        ("rollback", "prod"),
        ("rollback", "dev"),
        ("deploy", "prod"),
        ("drift", "test"),
    )
]


def named(run: dict[str, str]) -> str:
    return "-".join(run.values())


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path in WORKFLOWS:
        for name, job in load(path)["jobs"].items():
            yield path.name, name, job


JOBS = [pytest.param(job, id=f"{file}-{name}") for file, name, job in jobs()]


def azure_jobs(run: dict[str, str]) -> Iterator[tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]]:
    """Stage, job and steps of everything that a run consists of."""
    for stage in expanded("aifabrix.yml", **run)["stages"]:
        for job in stage["jobs"]:
            yield stage, job, job.get("steps") or job["strategy"]["runOnce"]["deploy"]["steps"]


def schema_faults(schema: str, path: Path) -> str:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema", "--regex-variant", "nonunicode"),
            *("--builtin-schema", schema, str(path)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


class TestFormats:
    """As the servers read them."""

    @pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
    def test_workflows_fit_the_schema_of_github(self, path: Path) -> None:
        assert not schema_faults("vendor.github-workflows", path)

    @pytest.mark.parametrize("run", RUNS, ids=named)
    def test_every_run_of_the_template_fits_the_schema_of_azure_pipelines(
        self, run: dict[str, str], tmp_path: Path
    ) -> None:
        path = tmp_path / "azure-pipelines.json"
        path.write_text(json.dumps(scalars(expanded("aifabrix.yml", **run))))
        assert not schema_faults("vendor.azure-pipelines", path)

    @pytest.mark.slow
    def test_actionlint_has_nothing_to_say(self, tmp_path: Path) -> None:
        place = tmp_path / ".github" / "workflows"
        place.mkdir(parents=True)
        for path in WORKFLOWS:
            shutil.copy2(path, place)
        subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
        done = subprocess.run([str(actionlint())], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


class TestCredentials:
    """Nothing is stored, and every job has what it needs and no more."""

    @pytest.mark.parametrize("path", [*WORKFLOWS, *sorted(AZURE.glob("*.yml"))], ids=lambda path: path.name)
    def test_there_is_no_secret_but_the_token_of_the_run(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert set(re.findall(r"secrets\.(\w+)", text)) <= {"GITHUB_TOKEN"}, "sign in with OIDC, store nothing"
        assert not re.search(
            r"client-secret|creds:|servicePrincipalKey|ARM_CLIENT_SECRET|password", text, re.IGNORECASE
        )
        assert "inherit" not in text, "a called workflow gets no secrets"

    @pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
    def test_every_action_is_pinned_by_its_commit_and_says_which_version_that_is(self, path: Path) -> None:
        for line in path.read_text(encoding="utf-8").splitlines():
            if (match := re.search(r"uses: (\S+)(.*)", line)) and not match[1].startswith("./"):
                assert re.fullmatch(r"[\w.-]+(/[\w.-]+)+@[0-9a-f]{40}", match[1]), f"pin by commit: {line.strip()}"
                assert re.fullmatch(r" # v\d+\.\d+\.\d+", match[2]), f"say the version: {line.strip()}"

    def test_the_read_me_lists_exactly_the_actions_that_are_used(self) -> None:
        used = {f"{a}@{b}" for path in WORKFLOWS for a, b in re.findall(r"uses: ([\w./-]+)@(\w+)", path.read_text())}
        page = (ROOT / "pipelines" / "README.md").read_text(encoding="utf-8")
        assert used == {f"{a}@{b}" for a, b in re.findall(r"`([\w./-]+)@([0-9a-f]{40})`", page)}

    @pytest.mark.parametrize("job", JOBS)
    def test_every_job_says_what_it_may_do_and_how_long(self, job: dict[str, Any]) -> None:
        assert isinstance(job.get("permissions"), dict), "permissions, one by one"
        assert "uses" in job or 0 < job["timeout-minutes"] <= FIRST_INSTALLATION, "a time limit"
        assert "uses" in job or job["concurrency"]["group"], "a concurrency group"

    def test_workflows_grant_nothing_by_default(self) -> None:
        for path in WORKFLOWS:
            assert load(path)["permissions"] == {}, path.name

    @pytest.mark.parametrize("job", JOBS)
    def test_who_signs_in_to_azure_cannot_write_to_the_repository(self, job: dict[str, Any]) -> None:
        granted = job["permissions"]
        writes = {scope for scope, access in granted.items() if access == "write"}
        assert writes == {"id-token"} or "id-token" not in granted

    def test_code_of_a_pull_request_runs_without_any_right_to_write(self) -> None:
        job = load(GITHUB / "aifabrix.yml")["jobs"]["check"]
        assert job["permissions"] == {"contents": "read"}
        for stage, job, steps in azure_jobs(RUNS[0]):
            if (stage["stage"], job.get("job")) == ("check", "check"):
                assert "AzureCLI@2" not in json.dumps(steps) and "System.AccessToken" not in json.dumps(steps)

    @pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
    def test_pull_requests_are_never_run_with_the_rights_of_the_target(self, path: Path) -> None:
        assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(load(path)["on"])

    @pytest.mark.parametrize("job", JOBS)
    def test_a_check_out_keeps_no_credential_unless_the_job_pushes(self, job: dict[str, Any]) -> None:
        for step in job.get("steps", ()):
            if step.get("uses", "").startswith("actions/checkout@") and job["permissions"].get("contents") != "write":
                assert step["with"]["persist-credentials"] is False


class TestInput:
    """What somebody types or names reaches a script as a variable, never as a part of the script."""

    @pytest.mark.parametrize("job", JOBS)
    def test_no_expression_is_put_into_a_script_of_github(self, job: dict[str, Any]) -> None:
        for step in job.get("steps", ()):
            assert "${{" not in step.get("run", ""), f"give it by env: {step.get('name')}"
            assert "run" not in step or step["shell"] == "bash"

    @pytest.mark.parametrize("path", sorted(AZURE.glob("*.yml")), ids=lambda path: path.name)
    def test_no_expression_is_put_into_a_script_of_azure_pipelines(self, path: Path) -> None:
        for script in _scripts(load(path)):
            assert "${{" not in script
            assert not re.search(r"\$\((?:Build|System|Agent|Pipeline|Environment|variables|parameters)\b", script)
            assert script.startswith(("set -euo pipefail", "if [ -f")), "it stops where something fails"


class TestTime:
    """A change is never cut off half-way: that leaves its lock and unfinished operations behind."""

    def test_a_first_installation_fits_into_every_change_on_github(self) -> None:
        assert load(GITHUB / "aifabrix-stack.yml")["jobs"]["stack"]["timeout-minutes"] == FIRST_INSTALLATION

    @pytest.mark.parametrize("run", RUNS, ids=named)
    def test_a_first_installation_fits_into_every_change_on_azure_pipelines(self, run: dict[str, str]) -> None:
        for _, job, _ in azure_jobs(run):
            if "deployment" in job:
                assert job["timeoutInMinutes"] == FIRST_INSTALLATION


class TestPromotion:
    """Onto the next stack only, by a plan that somebody approved."""

    @pytest.mark.parametrize(("stack", "source"), [("test", "dev"), ("prod", "test")])
    def test_a_release_comes_from_the_neighbour(self, stack: str, source: str) -> None:
        workflow = load(GITHUB / "aifabrix.yml")["jobs"]
        for job in ("plan", "apply"):
            said = workflow[job]["with"]["from"]
            assert said == "${{ inputs.stack == 'prod' && 'test' || 'dev' }}", "dev, test, prod, in this order"
        for _, _, steps in azure_jobs({"operation": "promote", "stack": stack}):
            for step in steps:
                if step.get("task") == "AzureCLI@2":
                    assert (step["env"]["STACK"], step["env"]["FROM"]) == (stack, source)

    def test_what_would_change_is_shown_before_the_environment_is_asked(self) -> None:
        workflow = load(GITHUB / "aifabrix.yml")["jobs"]
        assert workflow["deploy"]["needs"] == "preview"
        stages = {stage["stage"]: stage for stage, _, _ in azure_jobs({"operation": "deploy", "stack": "prod"})}
        assert stages["deploy"]["dependsOn"] == "preview"

    def test_dev_is_not_promoted_onto(self) -> None:
        assert "inputs.stack != 'dev'" in load(GITHUB / "aifabrix.yml")["jobs"]["plan"]["if"]
        plan = next(stage for stage, _, _ in azure_jobs({"operation": "promote", "stack": "dev"}))
        assert "ne('dev', 'dev')" in plan["condition"]

    def test_every_change_on_github_waits_for_its_environment_and_its_turn(self) -> None:
        for name, job in load(GITHUB / "aifabrix.yml")["jobs"].items():
            given = job.get("with", {})
            if given.get("operation") in CHANGES:
                assert given["environment"] == given["stack"], f"{name}: the environment is named like the stack"
            elif given:
                assert given["environment"] == f"{given['stack']}-plan", f"{name}: it reads with another identity"
        job = load(GITHUB / "aifabrix-stack.yml")["jobs"]["stack"]
        assert job["environment"] == "${{ inputs.environment }}"
        assert job["concurrency"]["group"].startswith("aifabrix-${{ inputs.stack }}-")
        assert job["concurrency"]["cancel-in-progress"] is False, "a change is never cut off"

    @pytest.mark.parametrize("run", RUNS, ids=named)
    def test_every_change_on_azure_pipelines_waits_for_its_environment_and_its_turn(self, run: dict[str, str]) -> None:
        for stage, job, steps in azure_jobs(run):
            limit = FIRST_INSTALLATION if "deployment" in job else 60
            assert 0 < job["timeoutInMinutes"] <= limit
            for step in steps:
                if step.get("task") != "AzureCLI@2":
                    continue
                given, connection = step["env"], step["inputs"]["azureSubscription"]
                if given["OPERATION"] in CHANGES:
                    assert job["environment"] == given["STACK"] and stage["lockBehavior"] == "sequential"
                    assert connection == f"aifabrix-{given['STACK']}"
                else:
                    assert connection == f"aifabrix-{given['STACK']}-plan"

    def test_changes_come_from_the_default_branch_only(self) -> None:
        workflow = load(GITHUB / "aifabrix.yml")
        assert workflow["on"]["push"]["branches"] == ["main"]
        for name in ("plan", "rollback", "preview"):
            assert "github.ref_name == github.event.repository.default_branch" in workflow["jobs"][name]["if"]
        for run in RUNS:
            for stage, _, steps in azure_jobs(run):
                if "AzureCLI@2" in json.dumps(steps) and "dependsOn" in stage and not stage["dependsOn"]:
                    assert "eq(variables['Build.SourceBranch'], 'refs/heads/main')" in stage["condition"]

    def test_both_templates_call_the_same_commands(self) -> None:
        """What differs is where the run keeps its files."""
        github = {_call(line) for job in jobs() for script in _scripts(job[2]) for line in _commands(script)}
        azure = {_call(line) for path in AZURE.glob("*.yml") for s in _scripts(load(path)) for line in _commands(s)}
        assert github == azure
        assert len(github) == 10, github


def _scripts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("run", "bash", "inlineScript") and isinstance(value, str):
                yield value
            else:
                yield from _scripts(value)
    elif isinstance(node, list):
        for each in node:
            yield from _scripts(each)


def _commands(script: str) -> Iterator[str]:
    yield from re.findall(r"\./fabrix [^|>\n]*", script)


def _call(command: str) -> str:
    return re.sub(r'"[^"]*/([\w.]+)"', r"\1", command).removesuffix("2").split(" 2>")[0].strip()
