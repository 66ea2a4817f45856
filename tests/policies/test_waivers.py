"""The file of waivers: complete, narrow and limited in time, or refused with the line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from policies import waivers
from policies.files import PolicyFileError
from policies.table import RULES

TODAY = date(2026, 11, 24)
FIELDS = {
    "rule": "PG-05",
    "urn": "dbforpostgresql:Server::postgres-sdc",
    "owner": "team@contoso.example",
    "reason": "Keycloak cannot present Entra tokens to PostgreSQL",
    "ticket": "SEC-1",
    "approver": "officer@contoso.example",
    "expires": '"2027-02-01"',
}


@pytest.fixture
def write(tmp_path: Path):
    def write(**changes: str | None) -> Path:
        fields = {**FIELDS, **changes}
        lines = [f"    {key}: {value}" for key, value in fields.items() if value is not None]
        text = "waivers:\n  -" + "\n".join(lines)[3:] + "\n"
        (tmp_path / "w.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def _load(root: Path, today: date = TODAY) -> waivers.Waivers:
    return waivers.load(today, root, "w.yaml")


def _fault(root: Path) -> str:
    with pytest.raises(PolicyFileError) as caught:
        _load(root)
    return str(caught.value)


def test_a_whole_waiver_is_in_force(write) -> None:
    (waiver,) = _load(write()).in_force
    assert (waiver.rule, waiver.expires, waiver.where) == ("PG-05", date(2027, 2, 1), "w.yaml:2")


def test_it_covers_the_resources_that_its_pattern_names_and_no_other(write) -> None:
    (waiver,) = _load(write(urn="dbforpostgresql:Server::postgres-*")).in_force
    urn = "urn:pulumi:dev::aifabrix::aifabrix:data:Postgres$azure-native:dbforpostgresql/v20240801:Server::{}"
    assert waiver.covers("PG-05", urn.format("postgres-sdc"))
    assert not waiver.covers("PG-05", urn.format("other"))
    assert not waiver.covers("PG-04", urn.format("postgres-sdc"))
    assert not waiver.covers("PG-05", urn.format("postgres-sdc").replace("Server", "Database"))


def test_it_holds_through_its_last_day_and_expires_after(write) -> None:
    root = write()
    assert len(_load(root, date(2027, 2, 1)).in_force) == 1
    late = _load(root, date(2027, 2, 2))
    assert late.in_force == ()
    assert late.problems == ("w.yaml:2: the waiver of PG-05 expired on 2027-02-01; renew it, or fix what it waives",)


def test_it_does_not_hold_before_it_was_granted(write) -> None:
    found = _load(write(granted='"2026-12-01"'))
    assert found.in_force == ()
    assert found.problems == ("w.yaml:2: the waiver of PG-05 is granted from 2026-12-01 on and waives nothing before",)
    assert len(_load(write(granted='"2026-12-01"'), date(2026, 12, 1)).in_force) == 1


@pytest.mark.parametrize("key", waivers.REQUIRED)
def test_a_missing_field_is_refused(write, key: str) -> None:
    report = _fault(write(**{key: None}))
    assert f"waivers[0].{key}" in report
    assert "w.yaml:2" in report


@pytest.mark.parametrize(
    ("changes", "line", "words"),
    [
        ({"rule": "PG-99"}, 2, "there is no such rule"),
        ({"owners": "x"}, 9, "did you mean owner"),
        ({"urn": "'*'"}, 3, "a pattern is <type>::<name>"),
        ({"urn": "'*::postgres-sdc'"}, 3, "the type has no wildcard"),
        ({"urn": "'dbforpostgresql:Server::*'"}, 3, "covers anything"),
        ({"urn": "'dbforpostgresql:Server::[a-z]*'"}, 3, "covers anything"),
        ({"urn": "'storage:StorageAccount::files-sdc'"}, 3, "does not judge this type"),
        ({"owner": '""'}, 4, "every waiver has this field"),
        ({"reason": "needed"}, 5, "another person can judge"),
        ({"expires": '"tomorrow"'}, 8, "not a date"),
        ({"expires": "2027-02-01"}, 8, "quotes"),
        ({"expires": '"2027-06-01"'}, 8, "the term is too long"),
        ({"environments": "[staging]"}, 9, "not environments"),
    ],
)
def test_a_fault_is_refused_with_its_line(write, changes: dict[str, str], line: int, words: str) -> None:
    report = _fault(write(**changes))
    assert words in report
    assert f"w.yaml:{line}:" in report


def test_a_waiver_that_leaves_out_prod_may_run_longer(write) -> None:
    assert _load(write(expires='"2027-10-01"', environments="[dev, test]")).in_force


def test_the_term_counts_from_the_day_of_granting(write) -> None:
    assert "the term is too long" in _fault(write(granted='"2026-10-01"'))


@pytest.mark.parametrize("text", ["waivers: {}\n", "waiver: []\n", "- a\n", "waivers:\n\t- a\n", "waivers: [7]\n"])
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "w.yaml").write_text(text, encoding="utf-8")
    if text == "waivers: {}\n":
        assert _load(tmp_path).in_force == ()
    else:
        assert "w.yaml:" in _fault(tmp_path)


def test_an_empty_file_has_no_waivers(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text("# none\n", encoding="utf-8")
    assert _load(tmp_path) == waivers.Waivers((), ())


def test_a_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in _fault(tmp_path)


def test_all_faults_are_told_at_once(write) -> None:
    assert _fault(write(rule="PG-99", reason="short", expires='"soon"')).startswith("3 problems")


def test_the_shipped_waivers_are_whole_and_in_force(today: date) -> None:
    shipped = waivers.load(today)
    assert shipped.in_force
    assert shipped.expired == ()
    assert {each.rule for each in shipped.in_force} <= set(RULES)


def test_a_waiver_with_several_patterns_is_one_for_each(write) -> None:
    found = _load(write(urn="[dbforpostgresql:Server::postgres-a, dbforpostgresql:Server::postgres-b]")).in_force
    assert [each.urn[-1] for each in found] == ["a", "b"]
    assert "every waiver has this field" in _fault(write(urn="[]"))
    assert "covers anything" in _fault(write(urn="['dbforpostgresql:Server::postgres-a', 'dbforpostgresql:Server::*']"))
