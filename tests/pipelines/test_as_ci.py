"""The steps of the pipelines, in the order in which a release takes them, on the local Azure as CI would call them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml

from rehearsal.comment import MARKER
from tests.conftest import Checkout, Result, make_checkout, shrink
from tests.pipelines import github
from tests.pipelines.server import TOKEN, Server, serving

OLD, NEW = "2026.11.0", "2026.12.0"

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(shutil.which("jq") is None or shutil.which("curl") is None, reason="no jq or no curl"),
]


class Runner:
    """Machine of a pipeline: a clone, a temporary folder for each job, a server that says who approved."""

    def __init__(self, checkout: Checkout, folder: Path, server: Server) -> None:
        self.checkout, self.folder, self.server, self.jobs = checkout, folder, server, 0
        self.plan: Path | None = None
        self.temporary = folder

    def commit(self, words: str) -> None:
        self.checkout.git("add", "-A")
        self.checkout.git("commit", "-q", "-m", words)

    def job(self) -> None:
        """Begin a job: an empty temporary folder."""
        self.jobs += 1
        self.temporary = self.folder / f"job-{self.jobs}"
        (self.temporary / "report").mkdir(parents=True)
        (self.temporary / "summary.md").touch()
        (self.temporary / "output.txt").touch()

    def environment(self) -> dict[str, str]:
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTOR": "release-manager",
            "GITHUB_API_URL": self.server.url,
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_RUN_ID": "42",
            "GITHUB_STEP_SUMMARY": str(self.temporary / "summary.md"),
            "GITHUB_OUTPUT": str(self.temporary / "output.txt"),
            "RUNNER_TEMP": str(self.temporary),
        }

    def step(self, file: str, job: str, name: str, values: Mapping[str, str]) -> Result:
        given = {f"vars.{name}": "" for name in VARIABLES} | {"secrets.GITHUB_TOKEN": TOKEN} | dict(values)
        return github.run(file, job, name, self.checkout.root, given, self.environment())

    def stack(self, name: str, stack: str, source: str = "", release: str = "", refresh: str = "") -> Result:
        """Run a step of the workflow that is about one stack."""
        values = {
            "inputs.stack": stack, "inputs.from": source, "inputs.release": release, "inputs.refresh": refresh,
        }  # fmt: skip
        return self.step("aifabrix-stack.yml", "stack", name, values)


VARIABLES = (
    *("FABRIX_STATE_URL", "FABRIX_LEDGER_KEY"),
    *("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_SUBSCRIPTION_ID"),
)


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Generator[Runner]:
    folder = tmp_path_factory.mktemp("ci")
    checkout = make_checkout(folder / "checkout")
    shrink(checkout, stacks=("dev", "test", "prod"))
    checkout.git("init", "-q", "-b", "main")
    with serving() as server:
        runner = Runner(checkout, folder, server)
        runner.commit("what runs today")
        yield runner


def release(checkout: Checkout, old: str, new: str) -> None:
    """Make a release whose images differ from the old one's."""
    text = (checkout.root / "releases" / f"{old}.yaml").read_text(encoding="utf-8").replace(old, new)
    first = text.index("sha256:", text.index("images:")) + len("sha256:")
    digit = "0" if text[first] != "0" else "1"
    (checkout.root / "releases" / f"{new}.yaml").write_text(text[:first] + digit + text[first + 1 :], encoding="utf-8")


def approved(stack: str, login: str) -> list[dict[str, Any]]:
    """As GitHub tells who approved a run."""
    return [{"state": "approved", "comment": "", "user": {"login": login}, "environments": [{"name": stack}]}]


class TestReleaseTakesItsWay:
    """Every test goes on where the one before it ended."""

    def test_a_pull_request_is_judged_and_told(self, runner: Runner) -> None:
        runner.checkout.edit("Pulumi.dev.yaml", ("maxInstances: 2", "maxInstances: 3"))
        runner.commit("more instances")
        runner.job()
        runner.step("aifabrix.yml", "check", "Check", {}).must()
        found = runner.temporary / "check"
        plan = (found / "plan.md").read_text(encoding="utf-8")
        assert plan.startswith(MARKER) and "### `dev`" in plan and "`test`" not in plan, "only dev's file changed"
        assert "- `autoscale-sdc` (`monitor:AutoscaleSetting`) is updated" in plan, plan
        assert len(json.loads((found / "results.sarif").read_text())["runs"]) == 1
        assert sum(suite.failures for suite in JUnitXml.fromfile(str(found / "results.xml"))) == 0
        runner.step("aifabrix.yml", "check", "Summary", {}).must()
        assert (runner.temporary / "summary.md").read_text(encoding="utf-8") == plan

    def test_main_is_deployed_to_dev(self, runner: Runner) -> None:
        runner.job()
        runner.stack("Deploy", "dev").must()
        assert runner.checkout.fabrix("up", "test", "--yes").must(), "test was installed before there was a pipeline"
        release(runner.checkout, OLD, NEW)
        runner.checkout.edit("Pulumi.dev.yaml", (f"release: {OLD}", f"release: {NEW}"))
        runner.checkout.edit("Pulumi.test.yaml", ("approvals: 0", "approvals: 1"))
        runner.commit("the next release")
        runner.job()
        runner.stack("Deploy", "dev").must()
        runner.stack("Summary", "dev").must()
        assert (runner.temporary / "summary.md").read_text().startswith("    "), "words, as code"

    def test_the_promotion_is_planned(self, runner: Runner) -> None:
        runner.job()
        runner.stack("Plan", "test", "dev").must()
        assert (runner.temporary / "output.txt").read_text() == "planned=true\n"
        assert json.loads((runner.temporary / "promotion.json").read_text())["ok"] is True
        runner.plan = runner.temporary / "promotion.plan"
        assert runner.plan.stat().st_size > 1000

    def test_without_an_approval_it_is_refused(self, runner: Runner) -> None:
        done = self._apply(runner, [])
        assert done.code == 3, done.stdout + done.stderr
        assert "approv" in done.stdout + done.stderr
        assert f"release: {OLD}" in (runner.checkout.root / "Pulumi.test.yaml").read_text(), "nothing was changed"

    def test_with_one_it_is_applied_and_one_line_has_to_be_recorded(self, runner: Runner) -> None:
        self._apply(runner, approved("test", "reviewer")).must()
        numbers = runner.checkout.git("diff", "--numstat").strip()
        assert numbers == "1\t1\tPulumi.test.yaml"
        assert f"running: {NEW}" in runner.checkout.git("diff")
        runner.commit("recorded")

    def _apply(self, runner: Runner, approvals: list[dict[str, Any]]) -> Result:
        runner.job()
        assert runner.plan
        shutil.copy2(runner.plan, runner.temporary / "promotion.plan")
        runner.server.answers["/repos/o/r/actions/runs/42/approvals"] = approvals
        runner.stack("Approvals of this run", "test").must()
        return runner.stack("Apply", "test", "dev")

    def test_a_release_that_runs_already_needs_no_plan(self, runner: Runner) -> None:
        runner.job()
        runner.stack("Plan", "test", "dev").must()
        assert (runner.temporary / "output.txt").read_text() == "", "nothing to apply"

    def test_the_night_finds_no_drift_after_it(self, runner: Runner) -> None:
        runner.job()
        runner.stack("Drift", "test").must()
        assert json.loads((runner.temporary / "report" / "drift.json").read_text())["ok"] is True
        assert (runner.temporary / "report" / "drift.txt").read_text(encoding="utf-8").strip()

    def test_the_night_finds_drift(self, runner: Runner) -> None:
        name = "vnet-aifabrix-tst-sdc-001"
        runner.checkout.fabrix("azure", "set", name, "tags.owner", "nobody").must()
        runner.job()
        done = runner.stack("Drift", "test")
        assert done.code == 1, done.stdout + done.stderr
        assert "tags.owner" in (runner.temporary / "report" / "drift.txt").read_text(encoding="utf-8")

    def test_one_button_puts_it_right(self, runner: Runner) -> None:
        runner.job()
        runner.stack("Preview", "test").must()
        runner.stack("Summary", "test").must()
        assert "test: 1 to change" in (runner.temporary / "summary.md").read_text(), "what reviewers are shown"
        runner.job()
        runner.stack("Deploy", "test", refresh="yes").must()
        runner.stack("Drift", "test").must()

    def test_another_brings_the_old_release_back(self, runner: Runner) -> None:
        runner.job()
        runner.stack("Roll back", "test").must()
        assert f"running: {OLD}" in runner.checkout.git("diff"), "this line has to be recorded, too"
