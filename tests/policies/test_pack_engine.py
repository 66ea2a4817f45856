"""The pack under the real engine, as a reviewer's preview runs it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.policies.harness import CANARY

TODAY = {"FABRIX_TODAY": "2026-11-24"}
"""A day on which the shipped waivers are in force."""

pytestmark = pytest.mark.engine


def _mandatory(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in document["policy"] if each["enforcementLevel"] == "mandatory"]


@pytest.mark.parametrize("stack", ["dev", "test", "prod"])
def test_a_shipped_stack_has_no_violation_and_nothing_open_in_its_first_preview(module_checkout, stack: str) -> None:
    arguments = ("preview", stack, "--policy-pack", "policies", "--json")
    document = module_checkout.fabrix(*arguments, environment=TODAY).must(0).document
    texts = [each["message"] for each in document["policy"]]
    assert [text for text in texts if " waived until " not in text] == []
    assert any("PG-05 waived until" in text for text in texts), "what is waived stays visible"


def test_the_profile_of_the_environment_variable_makes_a_small_stack_fail(module_checkout) -> None:
    arguments = ("preview", "dev", "--policy-pack", "policies", "--json")
    result = module_checkout.fabrix(*arguments, environment={**TODAY, "FABRIX_PROFILE": "prod"}).must(3)
    messages = [each["message"] for each in _mandatory(result.document)]
    assert any("PG-08 [high]" in text for text in messages), "7 days of backups are too few for production"
    assert CANARY not in result.stdout


def test_a_violation_is_found_before_anything_exists_and_names_its_resource(small_checkout) -> None:
    checkout = small_checkout
    checkout.edit("components/data/storage.py", ("enable_https_traffic_only=True", "enable_https_traffic_only=False"))
    result = checkout.fabrix("preview", "dev", "--policy-pack", "policies", "--json", environment=TODAY).must(3)
    found = [each for each in _mandatory(result.document) if "ST-01 [critical]" in each["message"]]
    assert {each["resourceUrn"].rsplit("::", 1)[-1] for each in found} >= {"storage-sdc-data"}


def test_a_safe_fix_is_made_only_when_it_is_asked_for(small_checkout) -> None:
    checkout = small_checkout
    checkout.edit("components/data/storage.py", ("enable_https_traffic_only=True", "enable_https_traffic_only=False"))
    environment = {**TODAY, "FABRIX_REMEDIATE": "1"}
    arguments = ("preview", "dev", "--policy-pack", "policies", "--json")
    assert _mandatory(checkout.fabrix(*arguments, environment=environment).must(0).document) == []


def test_a_broken_file_of_waivers_stops_the_preview_and_says_the_line(small_checkout) -> None:
    checkout = small_checkout
    checkout.edit("policies/waivers.yaml", ("rule: PG-05", "rule: PG-99"))
    result = checkout.fabrix("preview", "dev", "--policy-pack", "policies", environment=TODAY)
    assert result.code != 0
    log = checkout.root / ".fabrix" / "logs" / "dev-preview.out"
    said = result.stdout + result.stderr + (log.read_text(encoding="utf-8") if log.exists() else "")
    assert "there is no such rule" in said
    assert "policies/waivers.yaml:14" in said
