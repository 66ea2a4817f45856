"""After a deployment every application has its secrets, or the command says which it lacks and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from cli.up import _settle_references
from settings import load
from stacks.cloud.arm import UnreachableError
from stacks.cloud.model import SecretReference
from stacks.events import ResourceStep, Run
from stacks.references import References, Settled, changed_secrets
from stacks.slots import DeployedApp
from support.checkout import ROOT
from support.console import Console
from support.errors import OperationError

APP = DeployedApp(
    key="flowise", site_urn="", slot_urn="", site_id="/site", slot_id="/site/slots/staging", host="", slot_host="",
    health_path="/", image="", slot_image="",
)  # fmt: skip


@dataclass
class Azure:
    """A cloud whose rights spread after some refreshes."""

    after: int = 0
    refreshed: list[str | None] = field(default_factory=list)

    def references(self, site_id: str, slot: str | None = None) -> list[SecretReference]:  # noqa: ARG002 - the protocol's
        done = len([one for one in self.refreshed if one == slot]) >= self.after
        status = "Resolved" if done else "AccessToKeyVaultDenied"
        return [SecretReference(setting="DB_PASSWORD", secret="flowise-db", status=status)]

    def refresh_references(self, site_id: str, slot: str | None = None) -> None:  # noqa: ARG002 - the protocol's
        self.refreshed.append(slot)


def settled(azure: Any, changed: tuple[str, ...] = (), **options: Any) -> Settled:
    return References(cloud=azure, every=0, **options).settle([APP], changed)


def test_what_is_resolved_is_left_alone() -> None:
    azure = Azure()
    assert settled(azure) == Settled(2), "production and slot"
    assert azure.refreshed == [], "a refresh restarts the application"


def test_rights_that_spread_late_are_waited_for_on_site_and_slot() -> None:
    azure = Azure(after=3)
    settled(azure)
    assert sorted(azure.refreshed, key=str) == [None] * 3 + ["staging"] * 3


def test_who_refers_to_a_changed_secret_is_told_to_fetch_it() -> None:
    azure = Azure()
    settled(azure, ("flowise-db",))
    assert azure.refreshed == [None, "staging"]
    settled(azure, ("another",))
    assert azure.refreshed == [None, "staging"]


def test_what_stays_unresolved_is_named_with_application_setting_and_reason() -> None:
    with pytest.raises(OperationError) as caught:
        settled(Azure(after=10**9), timeout=0)
    text = str(caught.value)
    assert "flowise: DB_PASSWORD refers to flowise-db, status AccessToKeyVaultDenied" in text
    assert "flowise (slot staging)" in text and "fabrix access" in text


def test_a_secret_that_the_customer_supplies_is_fetched_and_never_waited_for() -> None:
    azure = Azure(after=10**9)
    found = settled(azure, supplied=("flowise-db",))
    assert found == Settled(0, ("flowise-db",)), "what is not resolved does not count"
    assert (
        str(found) == "0 references of applications to secrets are resolved; not yet, since you supply them: flowise-db"
    )
    assert azure.refreshed == [None, "staging"], "it may have been put into the vault since"
    assert settled(Azure(after=1), supplied=("flowise-db",)) == Settled(2)


@pytest.mark.parametrize("error", [UnreachableError("Azure cannot be reached: no login"), OperationError("refused")])
def test_a_finished_deployment_does_not_fail_because_nobody_can_ask(
    error: OperationError, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Gone:
        def references(self, *_: Any) -> list[SecretReference]:
            raise error

    class Session:
        stack, target, settings = "dev", None, load.stack(ROOT, "dev")
        console = Console(as_json=False)
        pulumi = type("Pulumi", (), {"export": lambda _: {"deployment": {}}})()

    monkeypatch.setattr("cli.up.open_cloud", lambda *_: Gone())
    monkeypatch.setattr("cli.up.deployed_apps", lambda *_: [APP])
    if isinstance(error, UnreachableError):
        _settle_references(Session(), Run())  # ty: ignore[invalid-argument-type]
        said = capsys.readouterr().err
        assert "dev is deployed" in said and "no login" in said and "are resolved" not in said
    else:
        with pytest.raises(OperationError, match="refused"):
            _settle_references(Session(), Run())  # ty: ignore[invalid-argument-type]


def test_only_a_new_value_counts_as_a_change() -> None:
    def step(operation: str, path: str) -> ResourceStep:
        new = {"inputs": {"secretName": f"{operation}-{path}"}}
        token = "azure-native_keyvault_v20260201:keyvault:Secret"
        return ResourceStep(operation, "urn", token, None, new, (path,), {path: "update"})

    run = Run()
    run.finished += [step("update", "properties.value"), step("update", "tags"), step("create", "properties.value")]
    assert changed_secrets(run) == {"update-properties.value"}
