"""What the ledger says of an `up` without a promotion: the release, and every safeguard that was set aside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from promotion.direct_run import EXCEPTIONS, direct_run
from records.ledger import open_ledger
from records.ledger.entry import Entry
from stacks.events import ResourceStep, Run
from stacks.slots import STACK
from support.errors import Exit, OperationError
from tests.promotion.cases import NEW, OLD, Case

URN = "urn:pulumi:prod::aifabrix::azure-native:web:WebApp::app-flowise"


def changed() -> Run:
    """A run that created one site."""
    kind = "azure-native:web:WebApp"
    return Run(finished=[ResourceStep("create", URN, kind, None, {}, (), {})])


def up(case: Case, done: Run, reason: str = "", exceptions: Mapping[str, Any] | None = None, **replaced: Any) -> None:
    """Do what `up` does but for the engine's part."""
    with direct_run(case.session("prod", **replaced), reason, exceptions) as run:
        run.record(done)


def entries(case: Case) -> list[Entry]:
    """The entries of a ledger that verifies."""
    ledger = open_ledger(case.target, "prod")
    assert not ledger.verify()
    return list(ledger.entries("deployment"))


def test_where_nothing_can_be_recorded_the_order_holds_all_the_same(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a ledger key that is missing on Azure: a variable less must not open a way past the gates."""
    deployed = {"deployment": {"resources": [{"type": STACK, "outputs": {"release": {"running": {"id": OLD.id}}}}]}}
    monkeypatch.setattr("promotion.direct_run._missing_records", lambda _: "no key")
    monkeypatch.setattr("promotion.direct_run.deployed_state", lambda _: deployed)
    monkeypatch.setattr("promotion.direct_run.recover_from_crash", lambda _: [])
    with pytest.raises(OperationError, match="promote test prod") as refused:
        up(case, changed(), release=NEW)
    assert refused.value.code is Exit.REFUSED
    up(case, changed(), "the database is down", release=NEW)


def test_a_deployment_is_recorded_without_exceptions_that_nobody_made(case: Case) -> None:
    up(case, changed())
    (entry,) = entries(case)
    assert entry.predicate["words"] == f"prod runs {OLD.id} (up)"
    assert entry.predicate["counts"] == {"create": 1}
    assert not {"withoutPromotion", *EXCEPTIONS} & entry.predicate.keys()


def test_every_safeguard_that_was_set_aside_is_recorded_by_name(case: Case) -> None:
    set_aside = {"answeredFor": ["rights", "plans"], "replacedInstallation": "aifabrix"}
    up(case, changed(), "the database is down", set_aside, release=NEW)
    (entry,) = entries(case)
    assert entry.predicate["withoutPromotion"] == "the database is down"
    assert {key: entry.predicate[key] for key in set_aside} == set_aside
    assert entry.summary() == (
        f"prod runs {NEW.id} (up), bypassing the gates: the database is down; "
        "answering for failed checks: rights, plans; giving up the installation aifabrix"
    )
    assert entry.subjects == {f"release/{NEW.id}": NEW.hash.removeprefix("sha256:")}


@pytest.mark.parametrize("exceptions", [None, {"answeredFor": ["rights"]}], ids=["none", "answered for"])
def test_a_run_that_changed_nothing_is_recorded_once(case: Case, exceptions: Mapping[str, Any] | None) -> None:
    for _ in range(2):
        up(case, Run(), exceptions=exceptions)
    assert len(entries(case)) == 1


def test_a_change_of_the_same_release_is_recorded_again(case: Case) -> None:
    up(case, changed())
    up(case, changed(), exceptions={"answeredFor": ["quotas"]})
    assert [one.predicate.get("answeredFor") for one in entries(case)] == [None, ["quotas"]]
