"""Evidence says what holds of what is deployed: five forms that agree, no secret, the same from the same state."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from junitparser import JUnitXml
from trestle.oscal.assessment_results import AssessmentResults

from emulator.store import Store
from judging.evidence import Evidence
from judging.proofs import PROOFS
from judging.reports import evidence_json, junit, oscal
from judging.reports.evidence_json import evidence_document
from judging.reports.findings import FindingOutcome
from judging.reports.html import code, evidence_page
from judging.reports.provenance import pack_hash
from policies.controls import FRAMEWORKS, coverage
from policies.rule import Rule
from policies.table import TABLE
from support.errors import Exit, OperationError
from tests.cli.test_secrets_stay_secret import leaks, secrets_of
from tests.conftest import ROOT, Checkout
from tests.judging.sample import CANARY, FINDINGS, JUDGEMENT, PROVENANCE, WAIVER

FORMS = {"evidence.json", "evidence.html", "findings.sarif", "findings.junit.xml", "assessment-results.json"}
LEDGER = "ledger.json"


def dangling(rules: Iterable[Rule]) -> tuple[str, ...]:
    """Mappings to controls that no catalogue has: ``ST-01 → A.8.99``."""
    return tuple(
        f"{rule.id} → {control.id}"
        for rule in rules
        for framework in FRAMEWORKS
        for control in getattr(rule, framework.key)
        if not framework.find(control.id)
    )


def oscal_of(file: Path) -> Any:
    """Read a file by the strict models of compliance-trestle, which refuse what OSCAL does not know."""
    read = AssessmentResults.oscal_read(file)
    assert isinstance(read, AssessmentResults)
    return read


class TestTheCatalogue:
    """Controls, rules and owners, each without a hole."""

    def test_no_rule_and_no_proof_names_a_control_that_does_not_exist(self) -> None:
        assert dangling((*TABLE, *PROOFS)) == ()

    def test_a_wrong_mapping_would_be_found(self) -> None:
        (first, *_) = TABLE
        wrong = dataclasses.replace(first, iso=(dataclasses.replace(first.iso[0], id="A.8.99"),))
        assert dangling([wrong]) == (f"{first.id} → A.8.99",)

    def test_every_control_has_an_owner_and_says_what_rules_do_not_show(self) -> None:
        for framework in FRAMEWORKS:
            ids = [requirement.id for requirement in framework.requirements]
            assert len(ids) == len(set(ids)), f"{framework.name} lists a control twice"
            for requirement in framework.requirements:
                assert requirement.title and requirement.owner and requirement.remains, requirement.id

    def test_annex_a_is_whole(self) -> None:
        (iso,) = (framework for framework in FRAMEWORKS if framework.key == "iso")
        counts = {theme: sum(each.id.startswith(f"A.{theme}.") for each in iso.requirements) for theme in (5, 6, 7, 8)}
        assert counts == {5: 37, 6: 8, 7: 14, 8: 34}, "the numbers of ISO/IEC 27001:2022, Annex A"

    def test_the_targets_of_the_rule_set_are_met(self) -> None:
        covered = {each.key: sum(bool(one.rules) for one in coverage(each, TABLE)) for each in FRAMEWORKS}
        assert covered["iso"] >= 40
        assert covered["hipaa"] >= 25
        assert covered["gdpr"] >= 17

    def test_a_range_of_articles_means_each_of_them(self) -> None:
        (gdpr,) = (framework for framework in FRAMEWORKS if framework.key == "gdpr")
        assert [each.id for each in gdpr.find("Art. 44-46")] == ["Art. 44", "Art. 45", "Art. 46"]

    @pytest.mark.parametrize(
        ("outcomes", "status"),
        [
            ({FindingOutcome.PASS}, "satisfied"),
            ({FindingOutcome.PASS, FindingOutcome.WAIVED}, "satisfied with waivers"),
            ({FindingOutcome.WAIVED, FindingOutcome.UNDETERMINED}, "undetermined"),
            ({FindingOutcome.PASS, FindingOutcome.FAIL, FindingOutcome.UNDETERMINED}, "not satisfied"),
            ({FindingOutcome.PASS, FindingOutcome.UNDETERMINED}, "undetermined"),
            ({FindingOutcome.NOT_APPLICABLE}, "no evidence"),
            (set(), "no evidence"),
        ],
    )
    def test_the_worst_outcome_is_the_status_of_a_control(self, outcomes: set[FindingOutcome], status: str) -> None:
        covered = next(each for each in coverage(FRAMEWORKS[0], TABLE) if each.rules)
        lines = [dataclasses.replace(FINDINGS[0], outcome=outcome) for outcome in outcomes]
        assert evidence_json.status(covered, lines) == status

    def test_a_control_without_rules_is_never_satisfied(self) -> None:
        bare = next(each for each in coverage(FRAMEWORKS[0], TABLE) if not each.rules)
        assert evidence_json.status(bare, []) == "not covered"


class TestTheForms:
    """JSON, HTML, SARIF, JUnit and OSCAL of a judgement with one line of each outcome."""

    def test_the_same_judgement_gives_the_same_bytes(self) -> None:
        assert Evidence(JUDGEMENT, PROVENANCE).texts() == Evidence(JUDGEMENT, PROVENANCE).texts()

    def test_only_the_time_differs_between_two_runs(self) -> None:
        later = dataclasses.replace(PROVENANCE, time="2031-01-01T00:00:00Z")
        first, second = Evidence(JUDGEMENT, PROVENANCE).texts(), Evidence(JUDGEMENT, later).texts()
        assert {name: text.replace(PROVENANCE.time, later.time) for name, text in first.items()} == second
        assert first["evidence.json"] != second["evidence.json"], "and the time is said"

    def test_json_has_the_whole_catalogue_and_what_was_judged_by_what(self) -> None:
        document = evidence_document(JUDGEMENT, PROVENANCE)
        assert [framework["key"] for framework in document["frameworks"]] == ["iso", "hipaa", "gdpr"]
        assert sum(document["frameworks"][0]["counts"].values()) == 93
        for control in (control for framework in document["frameworks"] for control in framework["controls"]):
            assert control["owner"] and control["notCovered"]
        assert document["counts"] == {"fail": 3, "undetermined": 1, "waived": 1, "pass": 1, "not applicable": 1}
        assert document["refused"] == 2
        assert document["waivers"][0]["expires"] == "2027-02-15"
        for key in ("pack_hash", "commit", "stack", "release", "tools", "time"):
            assert document["provenance"][key], f"{key} is missing"
        assert [each["type"] for each in document["resources"] if not each["judged"]] == [
            "random:index/randomPassword:RandomPassword"
        ], "a type that no rule knows is reported, never passed in silence"

    def test_oscal_is_read_by_strict_models(self, tmp_path: Path) -> None:
        file = tmp_path / "assessment-results.json"
        file.write_text(Evidence(JUDGEMENT, PROVENANCE).texts()["assessment-results.json"], encoding="utf-8")
        read = oscal_of(file)
        (result,) = read.results
        assert read.metadata.oscal_version.root.root == oscal.VERSION
        assert len(result.observations or ()) == 5, "one for each rule that had something to judge"
        assert [risk.status for risk in result.risks or ()], "the waiver is an accepted risk"
        states = {finding.target.target_id: finding.target.status.state for finding in result.findings or ()}
        covered = sum(bool(each.rules) for framework in FRAMEWORKS for each in coverage(framework, (*TABLE, *PROOFS)))
        assert len(states) == covered, "one finding for each control that has rules"
        storage = next(each for each in FINDINGS if each.rule.id == "ST-01").rule
        waived = next(each for each in FINDINGS if each.rule.id == "PG-05").rule
        only_waived = next(each.id for each in waived.iso if each.id not in {one.id for one in storage.iso})
        assert "not" in str(states[oscal.control_id("iso", only_waived)]), "a waiver accepts a risk, no more"
        for control in storage.iso:
            assert "not" in str(states[oscal.control_id("iso", control.id)]), "ST-01 fails, so its controls do"

    @pytest.mark.parametrize(
        ("framework", "control", "token"),
        [
            ("iso", "A.8.24", "iso27001-a.8.24"),
            ("hipaa", "164.312(e)(2)(ii)", "hipaa-164.312-e-2-ii"),
            ("gdpr", "Art. 32(1)(a)", "gdpr-art-32-1-a"),
        ],
    )
    def test_controls_have_tokens_of_their_own(self, framework: str, control: str, token: str) -> None:
        assert oscal.control_id(framework, control) == token

    def test_no_two_controls_share_a_token(self) -> None:
        tokens = [oscal.control_id(each.key, one.id) for each in FRAMEWORKS for one in each.requirements]
        assert len(tokens) == len(set(tokens))

    @pytest.mark.slow
    def test_junit_fits_its_schema(self, tmp_path: Path) -> None:
        """The schema of Jenkins' xUnit plugin, as pytest's own source carries it."""
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        where = ["--no-deps", "--no-binary", ":all:", "--dest", str(tmp_path), "pytest==9.2.0"]
        done = subprocess.run([*command, *where], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"no package index answers: {done.stderr.splitlines()[-1:]}")
        (archive,) = tmp_path.glob("pytest-*.tar.gz")
        with tarfile.open(archive) as opened:
            opened.extractall(tmp_path, filter="data")
        (schema,) = tmp_path.rglob("junit-10.xsd")
        report = junit.junit_xml([JUDGEMENT], {"dev": "why it does not deploy"})
        assert [error.reason for error in xmlschema.XMLSchema(str(schema)).iter_errors(report)] == []


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


class TestThePage:
    """One file that shows nothing it was not given and loads nothing."""

    def test_whatever_a_text_holds_is_shown_as_text(self) -> None:
        found = _Page(evidence_page(JUDGEMENT, PROVENANCE))
        assert "script" not in found.tags
        assert "".join(found.words).count(CANARY) >= 4, "it is there, to be read"

    def test_the_fix_of_a_rule_is_escaped_around_its_code(self) -> None:
        assert code("set `a < b` & <i>") == "set <code>a &lt; b</code> &amp; &lt;i&gt;"

    def test_it_needs_no_other_file(self) -> None:
        text = evidence_page(JUDGEMENT, PROVENANCE)
        assert all(address.startswith("#") for address in _Page(text).addresses)
        assert not re.search(r"@import|url\(|<link|<img", text)

    def test_it_prints(self) -> None:
        text = evidence_page(JUDGEMENT, PROVENANCE)
        assert "@media print" in text and "table-header-group" in text, "headings repeat on every sheet"

    def test_it_says_who_owns_what_no_rule_covers(self) -> None:
        words = "".join(_Page(evidence_page(JUDGEMENT, PROVENANCE)).words)
        for control in ("A.6.3", "164.310(b)", "Art. 35"):
            assert control in words
        assert "customer: legal and privacy" in words and WAIVER.approver in words


class TestTheRules:
    """The hash names the rules by which something was judged."""

    def test_the_hash_changes_with_a_rule_and_a_waiver_but_not_with_a_folder(self, tmp_path: Path) -> None:
        for name in ("policies/rules.py", "policies/waivers.yaml", "topology/claims.py"):
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text("one")
        first = pack_hash(tmp_path)
        (tmp_path / "policies" / "__pycache__").mkdir()
        (tmp_path / "policies" / "__pycache__" / "rules.pyc").write_text("compiled")
        assert pack_hash(tmp_path) == first
        (tmp_path / "policies/waivers.yaml").write_text("two")
        assert pack_hash(tmp_path) != first

    def test_a_folder_that_cannot_be_made_is_bad_input(self, tmp_path: Path) -> None:
        (tmp_path / "taken").write_text("a file")
        with pytest.raises(OperationError, match="cannot be written") as caught:
            Evidence(JUDGEMENT, PROVENANCE).write(tmp_path / "taken")
        assert caught.value.code is Exit.BAD_INPUT


@pytest.fixture(scope="module")
def deployed(module_checkout: Checkout, tmp_path_factory: pytest.TempPathFactory, dev_deployed: Any) -> Any:
    """The checkout, the folder of its evidence, and what the command said of it."""
    shutil.rmtree(module_checkout.root / ".fabrix", ignore_errors=True)
    dev_deployed(module_checkout)
    folder = tmp_path_factory.mktemp("evidence") / "dev"
    done = module_checkout.fabrix("evidence", "dev", "-o", str(folder), "--json").must()
    return module_checkout, folder, done.document


@pytest.mark.engine
class TestOfADeployedStack:
    """With the real engine: the development stack, deployed once."""

    def test_a_stack_without_state_says_so(self, module_checkout: Checkout, tmp_path: Path) -> None:
        done = module_checkout.fabrix("evidence", "test", "-o", str(tmp_path / "out")).must(1)
        assert "not deployed" in done.stderr and "fabrix up test" in done.stderr
        assert not (tmp_path / "out").exists()

    def test_the_ledger_is_part_of_it(self, deployed: Any) -> None:
        _, folder, document = deployed
        ledger = json.loads((folder / LEDGER).read_text(encoding="utf-8"))
        assert [entry["kind"] for entry in ledger["entries"]] == ["deployment"] and ledger["faults"] == []
        assert document["ledger"] == {"entries": 1, "faults": []}

    def test_five_files_that_agree(self, deployed: Any) -> None:
        checkout, folder, document = deployed
        assert {path.name for path in folder.iterdir()} == {*FORMS, LEDGER}
        evidence = json.loads((folder / "evidence.json").read_text(encoding="utf-8"))
        assert evidence["counts"] == document["counts"]
        assert evidence["provenance"]["stack"] == "dev" and evidence["provenance"]["profile"] == "dev"
        judged = {finding["rule"] for finding in evidence["findings"]}
        read = oscal_of(folder / "assessment-results.json")
        assert {(one.title or "").split()[0] for one in read.results[0].observations} == judged
        suites = JUnitXml.fromfile(str(folder / "findings.junit.xml"))
        named = {case.name.split()[0] for suite in suites for case in suite}
        assert judged <= named
        log = json.loads((folder / "findings.sarif").read_text(encoding="utf-8"))
        loud = {finding["rule"] for finding in evidence["findings"] if finding["verdict"] != "pass"}
        assert {result["ruleId"] for result in log["runs"][0]["results"]} == loud
        for result in log["runs"][0]["results"]:
            place = result["locations"][0]["physicalLocation"]
            lines = (ROOT / place["artifactLocation"]["uri"]).read_text(encoding="utf-8").splitlines()
            assert 0 < place["region"]["startLine"] <= len(lines), "every finding points at a line that exists"
        assert checkout.local.exists()

    def test_a_second_run_on_the_same_state_differs_only_in_its_time(self, deployed: Any, tmp_path: Path) -> None:
        checkout, folder, document = deployed
        again = checkout.fabrix("evidence", "dev", "-o", str(tmp_path / "again"), "--json").must().document
        for name in FORMS:
            first = (folder / name).read_text(encoding="utf-8")
            second = (tmp_path / "again" / name).read_text(encoding="utf-8")
            assert first.replace(document["provenance"]["time"], again["provenance"]["time"]) == second, name

    def test_no_form_and_no_output_holds_a_secret(self, deployed: Any, tmp_path: Path) -> None:
        checkout, folder, _ = deployed
        with closing(Store(checkout.local / "azure.db")) as store:
            secrets = secrets_of(store)
        assert len(secrets) >= 30
        done = checkout.fabrix("evidence", "dev", "-o", str(tmp_path / "out")).must()
        assert not leaks((done.stdout + done.stderr).encode(), secrets)
        for path in folder.iterdir():
            assert not leaks(path.read_bytes(), secrets), f"{path.name} repeats a secret"
