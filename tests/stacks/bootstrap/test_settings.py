"""The bootstrap's settings: exact subjects, and every mistake told at once with the way out."""

import json
from pathlib import Path
from typing import Any

import pytest

from settings import SettingsError, bootstrap

ROOT = Path(__file__).resolve().parents[3]
GOOD = bootstrap.load(ROOT, "bootstrap/Pulumi.bootstrap.yaml")


def changed(**changes: Any) -> bootstrap.BootstrapFile:
    raw = GOOD.model_dump(by_alias=True, mode="json")
    return bootstrap.config(json.loads(json.dumps({**raw, **changes})))


def subjects(settings: bootstrap.BootstrapFile, name: str) -> dict[str, tuple[str, str]]:
    return {trust.holder: (trust.issuer, trust.subject) for trust in settings.trusts if trust.name == name}


def test_github_tokens_are_trusted_by_environment_and_by_nothing_wider() -> None:
    found = subjects(GOOD, "github")
    assert {holder: subject for holder, (_, subject) in found.items()} == {
        name: f"repo:contoso/ai-platform:environment:{name}"
        for name in ("dev", "dev-plan", "test", "test-plan", "prod", "prod-plan")
    }
    assert {issuer for issuer, _ in found.values()} == {"https://token.actions.githubusercontent.com"}


def test_repositories_with_numbers_in_their_subjects_keep_them() -> None:
    prefix = "repo:contoso@123456/ai-platform@456789"
    github = {"organization": "contoso", "repository": "ai-platform", "subjectPrefix": prefix}
    assert subjects(changed(github=github), "github")["prod"][1] == f"{prefix}:environment:prod"


def test_both_kinds_of_service_connections_are_known() -> None:
    assert subjects(GOOD, "azure-devops")["prod"] == (
        "https://vstoken.dev.azure.com/5c1f7e0a-93b4-4d28-8f61-0a7d3e9c2b54",
        "sc://contoso/AI Platform/aifabrix-prod",
    )
    shown = "/eid1/c/pub/t/abc/a/def/sc/11111111-2222-3333-4444-555555555555/66666666-2222-3333-4444-555555555555"
    devops = {"organization": "contoso", "project": "AI Platform", "serviceConnections": {"prod": shown}}
    assert subjects(changed(azureDevOps=devops), "azure-devops") == {
        "prod": (f"https://login.microsoftonline.com/{GOOD.installation.tenant_id}/v2.0", shown)
    }


GITHUB = {"organization": "contoso", "repository": "ai-platform"}
DEVOPS = {"organization": "contoso", "project": "AI Platform"}
DEV = {"name": "dev", "subscriptionId": "1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b"}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a pattern as repository": ({"github": {**GITHUB, "repository": "*"}}, "letter by letter"),
    "a prefix of another repository": (
        {"github": {**GITHUB, "subjectPrefix": "repo:contoso@1/other@2"}}, "not of this repository",
    ),
    "a prefix that goes on": (
        {"github": {**GITHUB, "subjectPrefix": "repo:contoso/ai-platform:ref:main"}}, "not of this repository",
    ),
    "a connection by name without the organization's id": (
        {"azureDevOps": {**DEVOPS, "serviceConnections": {"dev": "fabrix-dev"}}}, "organizationId",
    ),
    "a connection of a stack that is not there": (
        {"azureDevOps": {**DEVOPS, "serviceConnections": {"stage": "/eid1/x"}}}, "unknown stacks: stage",
    ),
    "no pipeline at all": ({"github": None, "azureDevOps": None}, "no pipeline may act"),
    "a stack twice": ({"stacks": [DEV, DEV]}, "twice"),
    "a stack with the bootstrap's name": (
        {"stacks": [{**DEV, "name": "bootstrap"}]}, "its own|own",
    ),
    "a stack in the bootstrap's own subscription": (
        {"stacks": [DEV, {"name": "prod", "subscriptionId": GOOD.installation.subscription_id}]},
        "prod: in the bootstrap's own subscription",
    ),
    "two stacks in one subscription": (
        {"stacks": [DEV, {**DEV, "name": "test"}]}, "dev, test: in one subscription",
    ),
    "no stack": ({"stacks": []}, "too few"),
    "keys without an end": ({"keysExpire": "soon"}, "not a date"),
    "a network that is a subnet": ({"network": {"id": "/subscriptions/x/subnets/y", "subnet": "y"}}, "not the ARM id"),
    "a key that nobody knows": ({"ledgerDay": 3}, "ledgerDays"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "words"), WRONG.values(), ids=WRONG)
def test_it_is_refused_with_the_way_out(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words) as told:
        changed(**changes)
    assert "allowed:" in str(told.value)


def test_problems_of_the_file_have_lines(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.bootstrap.yaml").write_text(
        "config:\n  aifabrix-bootstrap:bootstrap:\n    protect: maybe\n    stacks: [{name: D}]\n"
    )
    with pytest.raises(SettingsError) as told:
        bootstrap.load(tmp_path, "Pulumi.bootstrap.yaml")
    assert len(told.value.problems) > 4
    assert {p.line for p in told.value.problems if p.path.endswith("protect")} == {3}
    (tmp_path / "Pulumi.bootstrap.yaml").write_text("config: {}\n")
    with pytest.raises(SettingsError, match="aifabrix-bootstrap:bootstrap is missing"):
        bootstrap.load(tmp_path, "Pulumi.bootstrap.yaml")
