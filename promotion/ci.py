"""Approvals that people gave in the pipeline, from its server's answer, which the pipeline saves to a file.

GitHub Actions: ``GET /repos/{owner}/{repo}/actions/runs/{run_id}/approvals`` (GitHub docs, "REST API endpoints for
workflow runs", "Get the review history for a workflow run"): a list of ``{state, comment, user: {login},
environments: [{name}]}``. It says neither when somebody approved nor for which run, so the run comes from the
runner's own environment.

Azure Pipelines: ``GET {organization}/{project}/_apis/pipelines/approvals?approvalIds=…&$expand=steps`` (Microsoft
Learn, "Approvals - Query", API 7.1): ``{value: [{id, status, pipeline: {owner: {id}}, steps: [{status, comment,
assignedApprover, actualApprover: {uniqueName, displayName}}]}]}``. The answer does not name the environment whose
check it was; the pipeline, which knows it, adds ``environment`` to the file beside ``value``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from promotion.approval import Approval
from records.identity import Identity
from settings.promotion import Promotion
from settings.release import Release
from support.errors import Exit, OperationError

_Reviews = list[tuple[Identity, str, dict[str, str]]]
"""Who approved, with which comment, and the evidence."""


def from_ci(
    path: Path,
    stack: str,
    release: Release,
    rules: Promotion,
    now: datetime,
    environment: Mapping[str, str] = os.environ,
) -> tuple[Approval, ...]:
    """Return the approvals in a file that are for the pipeline's environment named like ``stack``.

    They are for the release that this run promotes, and hold from now on, since neither server says more.

    Raises:
        OperationError: exit code 2, the file is no such answer, or this is not a run of that pipeline.

    """
    data = _json(path)
    expires = now + timedelta(hours=rules.approval_hours)
    people = (
        _github(path, data, stack, environment) if isinstance(data, list) else _azure(path, data, stack, environment)
    )
    return tuple(
        Approval(release.id, release.hash, who, now, expires, note=note, evidence=tuple(sorted(proof.items())))
        for who, note, proof in people
    )


def _json(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OperationError(f"{path} cannot be read: {error.strerror}", Exit.BAD_INPUT) from None
    except ValueError as error:
        raise OperationError(f"{path} is not JSON: {error}", Exit.BAD_INPUT) from None


def _github(path: Path, data: list[Any], stack: str, environment: Mapping[str, str]) -> _Reviews:
    run = environment.get("GITHUB_RUN_ID")
    if environment.get("GITHUB_ACTIONS") != "true" or not run:
        raise OperationError(
            f"{path} is an answer of GitHub, which counts only in its own run of GitHub Actions (GITHUB_RUN_ID names "
            "it there). Elsewhere, approve with `./fabrix approve`.",
            Exit.BAD_INPUT,
        )
    reviews: _Reviews = []
    try:
        for review in data:
            names = [each["name"] for each in review["environments"]]
            # GitHub ignores the case of environment names.
            if review["state"] == "approved" and stack.lower() in [name.lower() for name in names]:
                login = review["user"]["login"]
                who = Identity(login, "github", (f"{login}@users.noreply.github.com",))
                # GitHub numbers no reviews; a second one of the same person, in a repeated run, is another decision.
                nth = 1 + sum(other.name == login for other, _, _ in reviews)
                proof = {"run": run, "environment": stack, "review": str(nth)}
                reviews.append((who, str(review.get("comment") or ""), proof))
    except (KeyError, TypeError, AttributeError) as error:
        raise _malformed(path, "GitHub's review history of a workflow run", error) from None
    return reviews


def _azure(path: Path, data: Any, stack: str, environment: Mapping[str, str]) -> _Reviews:  # noqa: ANN401
    run = environment.get("BUILD_BUILDID")
    if environment.get("TF_BUILD", "").lower() != "true" or not run:
        raise OperationError(
            f"{path} is an answer of Azure Pipelines, which counts only in its own run (BUILD_BUILDID names it "
            "there). Elsewhere, approve with `./fabrix approve`.",
            Exit.BAD_INPUT,
        )
    reviews: _Reviews = []
    try:
        if str(data["environment"]).lower() != stack.lower():
            return []
        for approval in data["value"]:
            owner = str(((approval.get("pipeline") or {}).get("owner") or {}).get("id") or run)
            if approval["status"] != "approved" or owner != run:
                continue
            for step in approval["steps"]:
                if step["status"] == "approved":
                    # A group may have been asked; then one of its members answered.
                    person = step.get("actualApprover") or step["assignedApprover"]
                    also = (person["displayName"],) if person.get("displayName") else ()
                    who = Identity(person["uniqueName"], "azuredevops", also)
                    proof = {"run": run, "environment": stack, "approval": str(approval["id"])}
                    reviews.append((who, str(step.get("comment") or ""), proof))
    except (KeyError, TypeError, AttributeError) as error:
        expected = "Azure Pipelines' list of approvals with `$expand=steps` and, beside `value`, the `environment`"
        raise _malformed(path, expected, error) from None
    return reviews


def _malformed(path: Path, expected: str, error: Exception) -> OperationError:
    return OperationError(
        f"{path} is not {expected}: {type(error).__name__} {error}. Save the server's answer unchanged.", Exit.BAD_INPUT
    )
