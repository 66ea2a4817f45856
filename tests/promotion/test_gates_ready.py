"""A promotion asks what `up` asks: steps that Azure does not make at once, rotations in order, the preflight."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from promotion import gates
from promotion.candidate import Candidate
from promotion.gates.source_and_target import preflight, steps
from promotion.model import GateOutcome
from stacks.preflight.checks import CHECKS
from stacks.preflight.model import Finding, Level
from stacks.preflight.run import Verdict
from support.console import Console
from targets.azure import AzureTarget
from tests.promotion.cases import ANNA, NEW, Case, hours

PASSED, FAILED, NOT_APPLICABLE = GateOutcome.PASSED, GateOutcome.FAILED, GateOutcome.NOT_APPLICABLE

SMALLER = {
    "urn": "urn:pulumi:prod::p::azure-native:dbforpostgresql:Server::x",
    "type": "azure-native:dbforpostgresql:Server",
    "inputs": {
        "sku": {"name": "Standard_D4ds_v5", "tier": "GeneralPurpose"},
        "highAvailability": {"mode": "SameZone"},
        "storage": {"storageSizeGB": 64},
    },
    "outputs": {"storage": {"storageSizeGB": 65536}},
}
"""A server whose standby would move between zones, and whose storage would shrink."""


def on_azure(candidate: Candidate) -> Candidate:
    candidate.target.target = AzureTarget()
    return candidate


def state(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"deployment": {"resources": list(resources)}}


def test_steps_that_azure_does_not_make_at_once_stop_it_all_of_them_by_line(case: Case) -> None:
    verdict = steps(on_azure(case.candidate(known={"state": state(SMALLER)})))
    assert verdict.outcome is FAILED
    places = [step["path"].removeprefix("config.aifabrix:platform.data.postgres.") for step in verdict.facts["steps"]]
    assert places == ["highAvailability", "storageGib"]
    assert "Pulumi.prod.yaml:" in verdict.reason and "Two runs: first data.postgres.highAvailability" in verdict.reason
    assert "./fabrix up prod" in verdict.way_forward


def test_the_local_azure_refuses_such_steps_itself(case: Case) -> None:
    assert steps(case.candidate(known={"state": state(SMALLER)})).outcome is PASSED


def test_a_rotation_that_skips_stops_it_on_the_local_azure_too(case: Case) -> None:
    candidate = case.candidate(known={"state": state(SMALLER)})
    settings = candidate.settings
    secret = next(one for one in settings.secrets if one.opens_database)
    counted = settings.security.model_copy(update={"rotations": {secret.name: 3}})
    file = settings.file.model_copy(update={"security": counted})
    candidate.target.__dict__["settings"] = dataclasses.replace(settings, file=file)
    vault = {
        "urn": "urn:pulumi:prod::p::azure-native:keyvault:Secret::s",
        "type": "azure-native:keyvault:Secret",
        "inputs": {"secretName": secret.name},
    }
    candidate.known["state"] = state(vault)
    verdict = steps(candidate)
    assert verdict.outcome is FAILED
    assert f"./fabrix rotate prod {secret.name}" in verdict.reason and "counted one by one" in verdict.reason


def test_where_nothing_is_deployed_it_cannot_be_decided(case: Case) -> None:
    candidate = on_azure(case.candidate())
    del candidate.known["settings_problems"]
    candidate.known["state"] = LookupError("nothing is deployed")
    (verdict,) = gates.evaluate_gates(candidate, Console(as_json=True), only={"steps"})
    assert verdict.outcome is FAILED and "could not be decided" in verdict.reason


def checked(**levels: Level) -> list[Verdict]:
    return [
        Verdict(check, (Finding(levels.get(check.id, Level.PASS), f"what {check.id} found", "The way out."),))
        for check in CHECKS
    ]


def test_the_preflight_is_asked_on_azure_alone(case: Case) -> None:
    known = {"preflight": checked(rights=Level.FAIL)}
    assert preflight(case.candidate(known=dict(known))).outcome is NOT_APPLICABLE
    verdict = preflight(on_azure(case.candidate(known=dict(known))))
    assert verdict.outcome is FAILED
    assert "rights: what rights found. The way out." in verdict.reason
    assert f"./fabrix approve prod {NEW.id} --allow-loss preflight-rights" in verdict.way_forward
    assert verdict.facts["checks"]["rights"] == "FAIL"
    warned = preflight(on_azure(case.candidate(known={"preflight": checked(licences=Level.WARN)})))
    assert warned.outcome is PASSED and "1 warn" in warned.reason


def test_every_check_that_fails_is_named(case: Case) -> None:
    found = checked(rights=Level.FAIL, quotas=Level.FAIL)
    verdict = preflight(on_azure(case.candidate(known={"preflight": found})))
    assert f"2 of {len(CHECKS)} checks fail" in verdict.reason
    assert verdict.way_forward.endswith("--allow-loss preflight-rights --allow-loss preflight-quotas --target azure`.")


def test_no_quota_holds_up_the_way_back(case: Case) -> None:
    candidate = on_azure(case.candidate(source=None, known={"preflight": checked(quotas=Level.FAIL)}))
    assert preflight(candidate).outcome is NOT_APPLICABLE


@pytest.mark.parametrize("approvals", [0, 1])
def test_a_failure_is_accepted_by_name(case: Case, monkeypatch: pytest.MonkeyPatch, approvals: int) -> None:
    answered: list[list[str]] = []

    def asked(stack: str, target: object, settings: object, names: list[str]) -> list[Verdict]:
        assert settings == ("prod", candidate.staged), "what the release needs is asked for, not what runs"
        answered.append(names)
        return []

    monkeypatch.setattr("promotion.candidate.preflight", asked)
    monkeypatch.setattr("promotion.candidate.read_settings", lambda stack, line: (stack, line))
    named = ("preflight-rights", "preflight-no-such-check", "postgres-sdc")
    candidate = case.candidate(promotion={"approvals": approvals}, allow_loss=named)
    if approvals:
        case.now -= hours(1)
        case.approve(ANNA, allow_loss=named)
    assert candidate.preflight == []
    assert answered == [["rights"]]


def test_a_plan_may_be_made_while_the_preflight_fails_and_not_while_a_step_is_refused() -> None:
    assert "preflight" in gates.MAY_WAIT and "steps" not in gates.MAY_WAIT
