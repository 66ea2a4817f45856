"""Findings at lines of the checkout: in the table for people, and in SARIF and JUnit for tools."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import tarfile
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from junitparser import JUnitXml
from rich.console import Console

from judging.origins import SET_BY, class_of
from judging.reports import junit, sarif, table
from policies.table import RULES
from settings.load import PREFIX
from settings.schema import stack_schema
from tests.conftest import ROOT
from tests.judging.sample import FINDINGS, JUDGEMENT


class TestTheTable:
    """People see what to do first, and one row for findings that differ only in the resource."""

    class Words:
        def __init__(self) -> None:
            self.text = StringIO()
            self.out = Console(file=self.text, highlight=False, soft_wrap=True)

        def result(self, text: str, *, style: str | None = None) -> None:
            self.out.print(text, style=style, markup=False)

    @pytest.mark.parametrize("width", ["200", "80"])
    def test_rule_severity_resource_reason_and_fix_are_there(self, width: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", width)
        words = self.Words()
        table.print_findings(JUDGEMENT, words)  # ty: ignore[invalid-argument-type]
        text = words.text.getvalue()
        for expected in ("ST-01", "critical", "storage-sdc-data", "fail (mandatory)", "reason of ST-01", "Pulumi.prod"):
            assert expected in text, f"{expected} is missing at {width} columns"
        assert text.count("critical") == 1, "two accounts with the same fault are one row"
        assert text.index("ST-01") < text.index("WB-12") < text.index("PL-02") < text.index("PG-05")
        assert "KV-01" not in text, "what holds is only counted"
        assert "2027-02-15" in text, "until when it is waived"


class TestOrigins:
    """Findings name a line: of the stack file where a setting decides, of the component otherwise."""

    def test_every_setting_that_is_named_exists(self) -> None:
        schema = stack_schema()
        for rule, paths in SET_BY.items():
            assert rule in RULES
            for path in paths:
                assert _in_schema(schema, schema, [*map(str, PREFIX), *path.split(".")]), f"{rule}: no setting {path}"

    def test_a_state_without_positions_is_found_by_the_component(self) -> None:
        urn = (
            "urn:pulumi:dev::aifabrix::aifabrix:platform:Platform$aifabrix:security:KeyVault"
            "$azure-native:keyvault:Vault::vault-sdc"
        )
        (place,) = class_of(urn)
        line = (ROOT / place.file).read_text(encoding="utf-8").splitlines()[place.line - 1]
        assert line.startswith("class KeyVault("), "the nearest component, not the platform"


class TestReports:
    """SARIF and JUnit say the same as the table, in the words of their formats."""

    def test_sarif_separates_failures_what_is_open_and_what_is_waived(self) -> None:
        (run,) = sarif.sarif_document([JUDGEMENT], "0.1.0")["runs"]
        by_rule = {result["ruleId"]: result for result in run["results"]}
        assert (by_rule["ST-01"]["kind"], by_rule["ST-01"]["level"]) == ("fail", "error")
        assert by_rule["WB-12"]["level"] == "note", "advisory and low"
        assert (by_rule["PL-02"]["kind"], by_rule["PL-02"]["level"]) == ("open", "none")
        assert by_rule["PG-05"]["suppressions"][0]["status"] == "accepted"
        assert "KV-01" not in by_rule and "ST-16" not in by_rule
        place = by_rule["ST-01"]["locations"][0]["physicalLocation"]
        assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("Pulumi.prod.yaml", 7)
        for result in run["results"]:
            assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]

    def test_a_fingerprint_survives_a_move_of_lines_but_no_other_resource(self) -> None:
        first, second = [each for each in FINDINGS if each.rule.id == "ST-01"]
        moved = dataclasses.replace(first, origins=(second.origins[1],))
        prints = [_fingerprint(each) for each in (first, moved, second)]
        assert prints[0] == prints[1] != prints[2]

    def test_junit_fails_mandatory_violations_and_skips_the_rest_with_reasons(self) -> None:
        xml = JUnitXml.fromstring(junit.junit_xml([JUDGEMENT], {"dev": "the subnet is too small"}).encode())
        cases = {case.name.split()[0]: case for suite in xml for case in suite}
        assert [type(result).__name__ for result in cases["ST-01"].result] == ["Failure"]
        assert "storage-sdc-files" in cases["ST-01"].result[0].text
        for rule, word in (("WB-12", "advisory"), ("PL-02", "undetermined"), ("PG-05", "waived")):
            assert cases[rule].result[0].message == word
        assert cases["KV-01"].result == []
        assert cases["deployment"].result[0].message == "the subnet is too small"

    @pytest.mark.slow
    def test_sarif_fits_its_schema(self, tmp_path: Path) -> None:
        """The schema of OASIS, as Microsoft's package for npm carries it."""
        package = ["npm", "pack", "--silent", "@microsoft/jest-sarif@1.0.0-beta.0"]
        try:
            done = subprocess.run(package, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
        except FileNotFoundError:
            pytest.skip("no npm to fetch the schema with")
        if done.returncode != 0:
            pytest.skip(f"no package index answers: {done.stderr.splitlines()[-1:]}")
        with tarfile.open(tmp_path / done.stdout.strip()) as archive:
            archive.extractall(tmp_path, filter="data")
        schema = json.loads((tmp_path / "package/lib/schemas/sarif-2.1.0-rtm.5.json").read_text())
        validator = jsonschema.validators.validator_for(schema)(schema)
        faults = [error.message for error in validator.iter_errors(sarif.sarif_document([JUDGEMENT], "0.1.0"))]
        assert faults == []


def _fingerprint(line: Any) -> str:
    return sarif._fingerprint(line, "prod")


def _in_schema(schema: dict[str, Any], node: dict[str, Any], path: list[str]) -> bool:
    if "$ref" in node:
        return _in_schema(schema, schema["$defs"][node["$ref"].rsplit("/", 1)[-1]], path)
    options = [*node.get("anyOf", ()), *node.get("oneOf", ())]
    if options:
        return any(_in_schema(schema, option, path) for option in options)
    if not path:
        return True
    inner = node.get("properties", {}).get(path[0])
    return inner is not None and _in_schema(schema, inner, path[1:])
