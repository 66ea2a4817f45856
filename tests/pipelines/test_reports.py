"""What the pipelines write into pull requests and issues: their own scripts, against a server like theirs."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from rehearsal.comment import MARKER
from tests.conftest import Result
from tests.pipelines import github
from tests.pipelines.azure import expanded
from tests.pipelines.server import TOKEN, Server, serving

OURS = {"login": "github-actions[bot]"}
COMMENTS = "/repos/o/r/issues/7/comments"
THREADS = "/o/p/_apis/git/repositories/id/pullRequests/7/threads"

needs_jq = pytest.mark.skipif(shutil.which("jq") is None or shutil.which("curl") is None, reason="no jq or no curl")
pytestmark = needs_jq


@pytest.fixture
def server() -> Generator[Server]:
    with serving() as running:
        yield running


def github_step(job: str, name: str, folder: Path, server: Server, **values: str) -> Result:
    environment = {
        "GITHUB_API_URL": server.url,
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_RUN_ID": "42",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_REF_NAME": "main",
        "RUNNER_TEMP": str(folder / "temporary"),
    }
    given = {
        "secrets.GITHUB_TOKEN": TOKEN,
        "github.event.pull_request.number": "7",
        **{key.replace("_", "."): value for key, value in values.items()},
    }
    return github.run("aifabrix.yml", job, name, folder, given, environment)


def azure_step(run: dict[str, str], job: str, name: str, folder: Path, server: Server) -> Result:
    document = expanded("aifabrix.yml", **run)
    (found,) = [
        step
        for stage in document["stages"]
        for each in stage["jobs"]
        if each.get("job") == job
        for step in each["steps"]
        if step.get("displayName") == name
    ]
    environment = {
        "SYSTEM_COLLECTIONURI": f"{server.url}/o/",
        "SYSTEM_TEAMPROJECTID": "p",
        "SYSTEM_PULLREQUEST_PULLREQUESTID": "7",
        "SYSTEM_JOBATTEMPT": "1",
        "BUILD_REPOSITORY_ID": "id",
        "BUILD_BUILDID": "42",
        "BUILD_SOURCEBRANCH": "refs/heads/main",
        "PIPELINE_WORKSPACE": str(folder),
        "AGENT_TEMPDIRECTORY": str(folder / "temporary"),
        **{key: TOKEN if value == "$(System.AccessToken)" else str(value) for key, value in found["env"].items()},
    }
    return github.bash(found["bash"], folder, environment)


class TestComment:
    """One comment a pull request, however often somebody pushes."""

    BODY = f'{MARKER}\n## Rehearsal: `a`\n"quoted" & ünïcode\n'

    @pytest.fixture(autouse=True)
    def _written(self, tmp_path: Path) -> None:
        for folder in ("check", "CodeAnalysisLogs"):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "plan.md").write_text(self.BODY, encoding="utf-8")

    def test_the_first_push_makes_it(self, tmp_path: Path, server: Server) -> None:
        server.answers[COMMENTS] = []
        github_step("report", "Comment", tmp_path, server).must()
        assert server.changes == [("POST", COMMENTS, {"body": self.BODY})]

    def test_the_next_push_replaces_it(self, tmp_path: Path, server: Server) -> None:
        """Somebody else's comment with our first line is not ours, nor is ours on something else."""
        others = [{"id": n, "user": {"login": "somebody"}, "body": f"{MARKER} mine"} for n in range(100)]
        server.answers[f"{COMMENTS}?per_page=100&page=1"] = others
        server.answers[f"{COMMENTS}?per_page=100&page=2"] = [
            {"id": 500, "user": OURS, "body": "of another workflow"},
            {"id": 501, "user": OURS, "body": f"{MARKER}\nearlier"},
        ]
        github_step("report", "Comment", tmp_path, server).must()
        assert server.changes == [("PATCH", "/repos/o/r/issues/comments/501", {"body": self.BODY})]

    @pytest.mark.parametrize("token", [TOKEN, "of somebody else"])
    def test_a_server_that_refuses_fails_the_step(self, token: str, tmp_path: Path, server: Server) -> None:
        """It knows no such pull request, or not who asks."""
        values = {"secrets.GITHUB_TOKEN": token, "github.event.pull_request.number": "7"}
        environment = {"GITHUB_API_URL": server.url, "GITHUB_REPOSITORY": "o/r"}
        done = github.run("aifabrix.yml", "report", "Comment", tmp_path, values, environment)
        assert done.code != 0 and server.changes == []

    def test_azure_devops_has_one_thread_too(self, tmp_path: Path, server: Server) -> None:
        run = {"operation": "automatic", "stack": "test"}
        server.answers[THREADS] = {
            "value": [{"id": 1, "comments": [{"content": "of somebody"}]}, {"id": 2, "comments": []}]
        }
        azure_step(run, "report", "Comment", tmp_path, server).must()
        (method, path, document) = server.changes.pop()
        assert (method, path) == ("POST", f"{THREADS}?api-version=7.1")
        assert document["comments"][0]["content"] == self.BODY
        server.answers[THREADS]["value"].append({"id": 3, "comments": [{"content": f"{MARKER}\nearlier"}]})
        azure_step(run, "report", "Comment", tmp_path, server).must()
        assert server.changes == [("PATCH", f"{THREADS}/3/comments/1?api-version=7.1", {"content": self.BODY})]


class TestDriftIssue:
    """One issue, updated each night, closed when nothing is left."""

    ISSUES = "/repos/o/r/issues"

    def _report(self, folder: Path, server: Server, result: str) -> list[tuple[str, str, Any]]:
        for stack in ("dev", "prod"):
            (folder / "drift" / f"drift-{stack}").mkdir(parents=True, exist_ok=True)
            (folder / "drift" / f"drift-{stack}" / "drift.txt").write_text(
                f"{stack}: `x` @everyone\n", encoding="utf-8"
            )
        values = {"secrets.GITHUB_TOKEN": TOKEN, "needs.drift.result": result}
        environment = {
            "GITHUB_API_URL": server.url,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_RUN_ID": "42",
        }
        github.run("aifabrix.yml", "drift-report", "Issue", folder, values, environment).must()
        return server.changes

    def test_drift_opens_it_with_the_words_as_code(self, tmp_path: Path, server: Server) -> None:
        server.answers[self.ISSUES] = [{"number": 1, "user": {"login": "somebody"}, "body": "<!-- fabrix drift -->"}]
        ((method, path, document),) = self._report(tmp_path, server, "failure")
        assert (method, path) == ("POST", self.ISSUES)
        assert "\n    prod: `x` @everyone\n" in document["body"], "indented by four, it is code and mentions nobody"

    def test_the_next_night_updates_it_and_a_clean_one_closes_it(self, tmp_path: Path, server: Server) -> None:
        server.answers[self.ISSUES] = [
            {"number": 3, "user": OURS, "body": None},
            {"number": 4, "user": OURS, "body": "<!-- fabrix drift -->\nearlier"},
        ]
        self._report(tmp_path, server, "failure")
        self._report(tmp_path, server, "success")
        assert [(method, path, document["state"]) for method, path, document in server.changes] == [
            ("PATCH", f"{self.ISSUES}/4", "open"),
            ("PATCH", f"{self.ISSUES}/4", "closed"),
        ]

    def test_without_drift_there_is_none(self, tmp_path: Path, server: Server) -> None:
        server.answers[self.ISSUES] = []
        assert self._report(tmp_path, server, "success") == []


class TestRecord:
    """The release line goes to main by a pull request, and nothing else does."""

    @pytest.fixture
    def clone(self, tmp_path: Path) -> Path:
        """A clone whose origin accepts branches."""
        origin, clone = tmp_path / "origin.git", tmp_path / "clone"
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(origin)], check=True)
        subprocess.run(["git", "clone", "-q", str(origin), str(clone)], check=True, capture_output=True)
        (clone / "Pulumi.prod.yaml").write_text("release: 2026.11.0 # both\nsize: l\n", encoding="utf-8")
        (clone / ".gitignore").write_text("temporary/\nstack-file-prod/\n*.json\n", encoding="utf-8")
        who = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"]
        subprocess.run(["git", "add", "-A"], cwd=clone, check=True)
        subprocess.run(["git", *who, "commit", "-q", "-m", "first"], cwd=clone, check=True)
        subprocess.run(["git", "push", "-q", "origin", "HEAD:main"], cwd=clone, check=True, capture_output=True)
        return clone

    def _written(self, clone: Path, text: str) -> None:
        for folder in (clone / "temporary" / "stack-file", clone / "stack-file-prod"):
            folder.mkdir(parents=True)
            (folder / "Pulumi.prod.yaml").write_text(text, encoding="utf-8")

    def test_a_changed_line_becomes_a_pull_request(self, clone: Path, server: Server) -> None:
        self._written(clone, "release: {running: 2026.12.0, standby: 2026.11.0} # both\nsize: l\n")
        github_step("record", "Pull request", clone, server, inputs_stack="prod").must()
        ((method, path, document),) = server.changes
        assert (method, path, document["base"]) == ("POST", "/repos/o/r/pulls", "main")
        shown = subprocess.run(
            ["git", "show", f"{document['head']}:Pulumi.prod.yaml"],
            cwd=clone.parent / "origin.git",
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        assert shown.startswith("release: {running: 2026.12.0")

    def test_azure_devops_makes_one_too(self, clone: Path, server: Server) -> None:
        self._written(clone, "release: {running: 2026.12.0, standby: 2026.11.0} # both\nsize: l\n")
        azure_step({"operation": "promote", "stack": "prod"}, "record", "Pull request", clone, server).must()
        ((_, path, document),) = server.changes
        assert path == "/o/p/_apis/git/repositories/id/pullrequests?api-version=7.1"
        assert document["targetRefName"] == "refs/heads/main"
        assert document["sourceRefName"].startswith("refs/heads/aifabrix/prod-42")

    def test_an_unchanged_file_makes_none(self, clone: Path, server: Server) -> None:
        self._written(clone, "release: 2026.11.0 # both\nsize: l\n")
        github_step("record", "Pull request", clone, server, inputs_stack="prod").must()
        assert server.changes == []

    def test_a_file_that_differs_in_more_is_refused(self, clone: Path, server: Server) -> None:
        self._written(clone, "release: 2026.12.0 # both\nsize: xl\n")
        done = github_step("record", "Pull request", clone, server, inputs_stack="prod").must(1)
        assert "more than the release line" in done.stdout
        assert server.changes == []


class TestApprovals:
    """Who approved is asked of the server, in the form that `promote --ci-approval` reads."""

    def test_of_a_run_of_azure_pipelines(self, tmp_path: Path, server: Server) -> None:
        steps = expanded("aifabrix-stack.yml", operation="apply", stack="prod", connection="c")["steps"]
        (step,) = [each for each in steps if each.get("displayName") == "Approvals of this run"]
        server.answers["/o/p/_apis/build/builds/42/timeline"] = {
            "records": [
                {"type": "Stage", "id": "s-1", "identifier": "plan"},
                {"type": "Stage", "id": "s-2", "identifier": "apply"},
                {"type": "Checkpoint", "id": "c-1", "parentId": "s-1"},
                {"type": "Checkpoint", "id": "c-2", "parentId": "s-2"},
                {"type": "Checkpoint.Approval", "id": "a-0", "parentId": "c-1"},
                {"type": "Checkpoint.Approval", "id": "a-1", "parentId": "c-2"},
                {"type": "Task", "id": "t-1", "parentId": "s-2"},
            ]
        }
        approved = {"value": [{"id": "a-1", "status": "approved", "steps": []}]}
        server.answers["/o/p/_apis/pipelines/approvals?approvalIds=a-1&$expand=steps&api-version=7.1"] = approved
        environment = {
            "SYSTEM_COLLECTIONURI": f"{server.url}/o/",
            "SYSTEM_TEAMPROJECTID": "p",
            "BUILD_BUILDID": "42",
            "AGENT_TEMPDIRECTORY": str(tmp_path),
            "SYSTEM_ACCESSTOKEN": TOKEN,
            "STACK": step["env"]["STACK"],
            "SYSTEM_STAGENAME": "apply",
        }
        github.bash(step["bash"], tmp_path, environment).must()
        assert json.loads((tmp_path / "approvals.json").read_text()) == {**approved, "environment": "prod"}
        server.answers["/o/p/_apis/build/builds/42/timeline"] = {"records": []}
        github.bash(step["bash"], tmp_path, environment).must()
        assert json.loads((tmp_path / "approvals.json").read_text()) == {"value": [], "environment": "prod"}


class TestTokensOfGitHub:
    """The steps that sign in: whatever talks to Azure exchanges the token in a file, which ends with the job."""

    ASKED = "/oidc?api-version=2.0&audience=api://AzureADTokenExchange"

    def _run(self, name: str, folder: Path, server: Server) -> Result:
        _, step = github.step_of("aifabrix-stack.yml", "stack", name)
        environment = {
            "RUNNER_TEMP": str(folder),
            "GITHUB_ENV": str(folder / "environment"),
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{server.url}/oidc?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": TOKEN,
        }
        return github.bash(step["run"], folder, environment, "--noprofile", "--norc", "-eo", "pipefail")

    def test_a_token_is_in_the_file_that_the_next_steps_read_and_gone_afterwards(
        self, tmp_path: Path, server: Server
    ) -> None:
        server.answers[self.ASKED] = {"value": "fresh"}
        self._run("Tokens", tmp_path, server).must()
        file = tmp_path / "federated-token"
        assert (file.read_text(), file.stat().st_mode & 0o077) == ("fresh", 0), "nobody else reads it"
        assert (tmp_path / "environment").read_text() == f"AZURE_FEDERATED_TOKEN_FILE={file}\n"
        self._run("Forget the token", tmp_path, server).must()
        assert [path.name for path in tmp_path.iterdir()] == ["environment"]

    def test_a_server_that_refuses_fails_the_step(self, tmp_path: Path, server: Server) -> None:
        assert self._run("Tokens", tmp_path, server).code != 0
        self._run("Forget the token", tmp_path, server).must()


class TestStepOfAzurePipelines:
    """The one script of its stack template, with a stand-in that only says how it was called."""

    STAND_IN = '#!/bin/sh\necho "$@"\ncat "$AZURE_FEDERATED_TOKEN_FILE"\n[ "$1" != drift ]\n'

    @pytest.mark.parametrize(
        ("operation", "release", "code", "called"),
        [
            ("deploy", "slot", 0, "up test --yes --target local"),
            ("rollback", "slot", 0, "rollback test --yes --target local"),
            (
                "rollback",
                "2026.11.0",
                0,
                "rollback test --to 2026.11.0 --ci-approval approvals.json --yes --target local",
            ),
            (
                "apply",
                "slot",
                0,
                "promote dev test --plan promotion.plan --ci-approval approvals.json --yes --target local",
            ),
            ("drift", "slot", 1, "ledger verify test --target local"),
        ],
    )
    def test_it_calls_the_command_with_a_fresh_token_and_ends_as_it_does(
        self, operation: str, release: str, code: int, called: str, tmp_path: Path, server: Server
    ) -> None:
        server.answers["POST /oidc"] = {"oidcToken": "fresh"}
        (tmp_path / "fabrix").write_text(self.STAND_IN)
        (tmp_path / "fabrix").chmod(0o755)
        (tmp_path / "report").mkdir()
        given = {"operation": operation, "stack": "test", "connection": "c", "from": "dev", "release": release}
        steps = expanded("aifabrix-stack.yml", **given)["steps"]
        (step,) = [each for each in steps if each.get("task") == "AzureCLI@2"]
        environment = {
            "AGENT_TEMPDIRECTORY": str(tmp_path),
            "PIPELINE_WORKSPACE": str(tmp_path),
            "SYSTEM_OIDCREQUESTURI": f"{server.url}/oidc",
            "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "connection",
            "servicePrincipalId": "client",
            "tenantId": "tenant",
            **step["env"],
            "SYSTEM_ACCESSTOKEN": TOKEN,
        }
        done = github.bash(step["inputs"]["inlineScript"], tmp_path, environment).must(code)
        words = (tmp_path / "report" / "words.txt").read_text(encoding="utf-8")
        assert called in " ".join(Path(word).name for word in words.split()) and words.rstrip().endswith("fresh")
        assert server.changes == [("POST", "/oidc?api-version=7.1&serviceConnectionId=connection", None)]
        assert f"##vso[task.uploadsummary]{tmp_path}/report/summary.md" in done.stdout
        assert not (tmp_path / "federated-token").exists(), "the token does not outlive the step"
