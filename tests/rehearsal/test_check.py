"""``check`` as a reviewer of a change uses it: what is wrong, at which line, what the change destroys, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from junitparser import JUnitXml

from rehearsal.check import affected_stacks
from tests.cli.json_contract import hold
from tests.conftest import Checkout, make_checkout, shrink


def committed(folder: Path) -> Checkout:
    checkout = make_checkout(folder)
    checkout.git("init", "-q")
    checkout.git("add", "-A")
    checkout.git("commit", "-q", "-m", "before the change")
    return checkout


@pytest.fixture
def place(tmp_path: Path) -> Checkout:
    """A checkout whose present state is a commit."""
    return committed(tmp_path / "checkout")


class TestBadInput:
    """Everything that can be wrong is said before anything is deployed."""

    def test_the_way_back_needs_a_way_there(self, checkout: Checkout) -> None:
        assert "--from" in checkout.fabrix("check", "dev", "--and-back").must(2).stderr

    def test_every_wrong_stack_file_is_reported_at_once(self, checkout: Checkout) -> None:
        checkout.edit("Pulumi.dev.yaml", ("size: m", "size: huge"))
        checkout.edit("Pulumi.test.yaml", ("edition: enterprise", "edition: gold"))
        done = checkout.fabrix("check", "--json").must(2)
        files = {problem["file"] for problem in done.document["problems"]}
        assert files == {"Pulumi.dev.yaml", "Pulumi.test.yaml"}

    def test_an_unknown_stack_and_an_unknown_revision(self, place: Checkout) -> None:
        assert "there is no stack 'staging'" in place.fabrix("check", "staging").must(2).stderr
        assert "no revision 'nowhere'" in place.fabrix("check", "dev", "--from", "nowhere").must(2).stderr

    def test_a_broken_waiver_stops_before_the_rehearsal_with_its_line(self, checkout: Checkout) -> None:
        checkout.edit("policies/waivers.yaml", ("rule: PG-05", "rule: PG-99"))
        done = checkout.fabrix("check", "dev").must(2)
        lines = (checkout.root / "policies/waivers.yaml").read_text().splitlines()
        number = next(n for n, text in enumerate(lines, 1) if "PG-99" in text)
        assert f"policies/waivers.yaml:{number}" in done.stderr
        assert "rehearsing" not in done.stderr


class TestNarrowing:
    """``--changed-since`` leaves out stacks that the change cannot concern."""

    ALL = ("dev", "test", "prod")

    @pytest.mark.parametrize(
        ("changed", "concerned"),
        [
            ("Pulumi.test.yaml", ("test",)),
            ("components/data/redis.py", ALL),
            ("policies/waivers.yaml", ALL),
            ("__main__.py", ALL),
            ("releases/2026.11.0.yaml", ALL),
            ("releases/2031.1.0.yaml", ()),
            ("docs/adr/0001.md", ()),
            ("tests/rehearsal/test_check.py", ()),
        ],
    )
    def test_a_file_concerns_the_stacks_that_read_it(self, changed: str, concerned: tuple[str, ...]) -> None:
        assert tuple(affected_stacks(self.ALL, [changed])) == concerned

    def test_nothing_changed_is_nothing_to_do(self, place: Checkout) -> None:
        done = place.fabrix("check", "--changed-since", "HEAD", "--json").must()
        assert done.document["stacks"] == []
        assert "no stack is affected" in done.stderr


@pytest.mark.engine
class TestRehearsing:
    """With the real engine."""

    def test_a_setting_that_breaks_a_rule_is_refused_at_its_line(self, place: Checkout, tmp_path: Path) -> None:
        place.edit("Pulumi.prod.yaml", ("retentionDays: 365", "retentionDays: 90"))
        log, xml = tmp_path / "reports" / "check.sarif", tmp_path / "check.xml"
        done = place.fabrix("check", "prod", "--json", "--sarif", str(log), "--junit", str(xml)).must(3)
        assert done.stderr.splitlines()[0].startswith("Target: throwaway local Azure"), "it says where it acts, first"
        (stack,) = done.document["stacks"]
        finding = next(f for f in stack["findings"] if f["rule"] == "DG-03" and f["verdict"] == "fail")
        number = _line_of(place, "Pulumi.prod.yaml", "retentionDays: 90")
        assert finding["level"] == "mandatory" and finding["places"][0] == f"Pulumi.prod.yaml:{number}"
        results = json.loads(log.read_text())["runs"][0]["results"]
        result = next(r for r in results if r["ruleId"] == "DG-03" and r["kind"] == "fail")
        assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == number
        assert any(suite.failures for suite in JUnitXml.fromfile(str(xml)))
        assert not (place.root / ".fabrix" / "local").exists(), "the checkout's own local Azure is not touched"

    def test_a_component_that_breaks_a_rule_is_refused_at_its_line(self, place: Checkout) -> None:
        shrink(place)
        place.edit("components/data/storage.py", ("enable_https_traffic_only=True", "enable_https_traffic_only=False"))
        done = place.fabrix("check", "dev", "--json").must(3)
        found = [f for f in done.document["stacks"][0]["findings"] if f["rule"] == "ST-01"]
        number = _line_of(place, "components/data/storage.py", "storage.StorageAccount(")
        assert {f["places"][0] for f in found} == {f"components/data/storage.py:{number}"}
        assert all(f["verdict"] == "fail" for f in found)

    def test_a_change_that_destroys_nothing_and_its_way_back(self, place: Checkout) -> None:
        shrink(place)
        place.git("commit", "-qam", "two applications")
        place.edit("Pulumi.dev.yaml", ("instances: 1, maxInstances: 2", "instances: 1, maxInstances: 3"))
        done = hold("check", place.fabrix("check", "dev", "--from", "HEAD", "--and-back", "--json")).must()
        (stack,) = done.document["stacks"]
        assert stack["replacedOrDeleted"] == [] and stack["withoutDependency"] == []
        assert stack["wayBack"] == {"endsWhereItBegan": True, "differences": []}
        assert "nothing is replaced or deleted" in done.stderr
        assert stack["notes"] == []

    def test_an_app_that_goes_takes_its_data_along_and_cannot_come_back_at_once(self, place: Checkout) -> None:
        only = "    applications:\n      catalogue: [miso-controller, keycloak, dataplane, flowise]\n"
        place.edit("Pulumi.dev.yaml", ("    applications:\n", only))
        done = place.fabrix("check", "dev", "--from", "HEAD", "--and-back", "--json").must(1)
        (stack,) = done.document["stacks"]
        lost = {loss["type"] for loss in stack["replacedOrDeleted"] if loss["stateful"]}
        assert {"azure-native:dbforpostgresql:Database", "azure-native:storage:FileShare"} <= lost
        assert stack["withoutDependency"] == [], "the apps that stay do not use what only the removed one used"
        approval = [f for f in stack["findings"] if f["rule"] == "GV-07" and f["verdict"] == "fail"]
        assert {f["resource"] for f in approval} >= {"postgres-sdc-openwebui"}, "losing data needs an approval"
        assert stack["wayBack"]["endsWhereItBegan"] is False, "the names of deleted secrets are held by the vault"

    def test_what_does_not_deploy_is_told_and_ends_with_1(self, place: Checkout) -> None:
        shrink(place)
        place.edit("components/data/storage.py", ("account_name=", "acount_name="))
        done = place.fabrix("check", "dev", "--json").must(1)
        (stack,) = done.document["stacks"]
        assert stack["errors"] and stack["profile"] is None
        assert "does not deploy" in done.stderr

    def test_a_new_stack_has_no_earlier_one(self, place: Checkout) -> None:
        text = (place.root / "Pulumi.test.yaml").read_text(encoding="utf-8")
        place.git("rm", "-q", "Pulumi.test.yaml")
        place.git("commit", "-q", "-m", "two stacks")
        (place.root / "Pulumi.test.yaml").write_text(text, encoding="utf-8")
        done = place.fabrix("check", "test", "--from", "HEAD", "--and-back", "--changed-since", "HEAD", "--json")
        (stack,) = done.document["stacks"]
        assert stack["notes"] == ["the stack is new: HEAD has no Pulumi.test.yaml"]
        assert stack["counts"]["pass"] > 100, "it is judged all the same"
        assert stack["wayBack"] is None, "there is nothing to go back to"


def _line_of(checkout: Checkout, name: str, text: str) -> int:
    lines = (checkout.root / name).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)
