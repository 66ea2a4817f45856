"""`up --target azure` asks first, and stops before anything is changed."""

from __future__ import annotations

from typing import Any

import pytest

from cli.preflight import preflight_command
from cli.up import up
from stacks.session import Session
from support.errors import Exit, OperationError
from targets.name import TargetName

from .conftest import Served


class EngineStartedError(Exception):
    """The command went on to the engine, or to the state."""


@pytest.fixture
def azure(served: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    """The served Azure, for a release that is no example, and an engine that says when it is reached."""

    def started(_: Session) -> Any:
        raise EngineStartedError

    monkeypatch.setattr("stacks.session.release_problems", lambda *_: [])
    monkeypatch.setattr("stacks.preflight.run.questions_for", lambda *_: served.questions)
    monkeypatch.setattr(Session, "pulumi", property(started))
    monkeypatch.setattr(Session, "engine", property(started))
    return served


def test_a_failed_check_stops_it_and_names_every_check_that_failed(azure: Served) -> None:
    azure.instead["/permissions"] = (200, {"value": []})
    azure.instead["/geoRegions"] = (200, {"value": [{"name": "West Europe"}]})
    with pytest.raises(OperationError, match=r"2 of \d+ checks failed: rights, plans\. Nothing was changed") as caught:
        up("dev", TargetName.AZURE, yes=True)
    assert caught.value.code is Exit.REFUSED
    fix, _, answer = str(caught.value).partition("Then run the command again.")
    assert "rights: Give the roles of docs/azure.md" in fix and "plans: Set compute.plan.sku" in fix
    assert "--answer-for rights --answer-for plans" in answer, "how to fix it comes first"
    posted = [one for one in azure.asked if not one.startswith("GET ")]
    assert all("checknameavailability" in one.lower() for one in posted)


def test_it_goes_on_where_nothing_failed_or_somebody_answers_for_it(azure: Served) -> None:
    with pytest.raises((EngineStartedError, OperationError)) as fine:
        up("dev", TargetName.AZURE, yes=True)
    assert "checks failed" not in str(fine.value) and azure.asked
    azure.instead["/permissions"] = (200, {"value": []})
    with pytest.raises((EngineStartedError, OperationError)) as answered:
        up("dev", TargetName.AZURE, yes=True, answer_for=["rights"])
    assert "checks failed" not in str(answered.value)


def test_what_was_set_aside_is_handed_to_the_record(azure: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def recorded(_: Session, reason: str, exceptions: Any) -> Any:
        assert reason == ""
        raise EngineStartedError(exceptions)

    monkeypatch.setattr("cli.up.direct_run", recorded)
    monkeypatch.setattr("cli.up.refuse_forbidden_steps", lambda _: None)
    monkeypatch.setattr("cli.up.refuse_replacement", lambda _, asked: asked)
    azure.instead["/permissions"] = (200, {"value": []})
    with pytest.raises(EngineStartedError) as both:
        up("dev", TargetName.AZURE, yes=True, answer_for=["rights", "names"], replace_installation="aifabrix")
    assert both.value.args[0] == {"answeredFor": ["rights"], "replacedInstallation": "aifabrix"}
    with pytest.raises(EngineStartedError) as neither:
        up("dev", TargetName.LOCAL, yes=True)
    assert neither.value.args[0] == {}


@pytest.mark.parametrize("command", [up, preflight_command], ids=["up", "preflight"])
def test_on_the_local_azure_nothing_is_answered_for(azure: Served, command: Any) -> None:
    confirmed = {"yes": True} if command is up else {}
    with pytest.raises(OperationError, match="on the local Azure nothing has to be answered for") as caught:
        command("dev", TargetName.LOCAL, answer_for=["rights"], **confirmed)
    assert caught.value.code is Exit.BAD_INPUT and not azure.asked


def test_the_local_azure_is_deployed_to_without_asking(azure: Served) -> None:
    with pytest.raises(EngineStartedError):
        up("dev", TargetName.LOCAL, yes=True)
    assert not azure.asked
