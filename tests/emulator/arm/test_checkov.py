"""Another judge reads our templates: Checkov's ARM framework parses every resource and finds the faults put there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from bench.checkov import checkov_python, checkov_report
from emulator.arm_template import Exported, template
from emulator.facts import TABLE
from emulator.ids import arm_id
from tests.emulator.laws.memory import SUBSCRIPTION, TENANT, changed
from tests.emulator.laws.valid import VALID

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def checkov() -> Path:
    """Python of an environment with Checkov in it."""
    return checkov_python()


def exported(changes: dict[str, dict[str, Any]] | None = None) -> list[Exported]:
    """The valid installation of the law tests, with ``changes`` by kind."""
    found = []
    for kind, inputs in VALID.items():
        own = changed(inputs, (changes or {}).get(kind, {}))
        fact = TABLE[f"azure-native:{kind}"]
        where = arm_id(fact, own, SUBSCRIPTION, TENANT)
        assert where
        found.append(Exported(token=fact.token, id=where, name=where.rsplit("/", 1)[-1], inputs=own))
    return found


def test_every_resource_is_parsed_and_judged(checkov: Path, tmp_path: Path) -> None:
    given = template(exported())
    report = checkov_report(checkov, tmp_path, given)
    assert report["summary"]["parsing_errors"] == 0, report["results"].get("parsing_errors")
    assert report["summary"]["resource_count"] == len(given["resources"]), "each resource counts, none is skipped"
    checks = [*report["results"]["passed_checks"], *report["results"]["failed_checks"]]
    judged = {check["resource"].rsplit(".", 1)[0] for check in checks}
    wanted = {
        "Microsoft.KeyVault/vaults",
        "Microsoft.Storage/storageAccounts",
        "Microsoft.Web/sites",
        "Microsoft.Web/serverfarms",
        "Microsoft.ContainerRegistry/registries",
        "Microsoft.Network/networkSecurityGroups",
    }
    assert wanted <= judged, f"Checkov has rules for these and must have found them: {wanted - judged}"


FAULTS = {
    "CKV_AZURE_3": ("storage:StorageAccount", "enableHttpsTrafficOnly", True, False),
    "CKV_AZURE_109": (
        "keyvault:Vault",
        "properties.networkAcls",
        {"defaultAction": "Deny"},
        {"defaultAction": "Allow"},
    ),
    "CKV_AZURE_14": ("web:WebApp", "httpsOnly", True, False),
    "CKV_AZURE_137": ("containerregistry:Registry", "adminUserEnabled", False, True),
    "CKV_AZURE_110": ("keyvault:Vault", "properties.enablePurgeProtection", True, False),
}
"""Checkov's rule → kind, input, a value that it passes and one that it fails."""


def test_faults_are_found_under_their_names_on_the_wire(checkov: Path, tmp_path: Path) -> None:
    for column, verdict in ((2, "passed_checks"), (3, "failed_checks")):
        changes: dict[str, dict[str, Any]] = {}
        for row in FAULTS.values():
            changes.setdefault(row[0], {})[row[1]] = row[column]
        found = {
            check["check_id"]
            for check in checkov_report(checkov, tmp_path, template(exported(changes)))["results"][verdict]
        }
        assert set(FAULTS) <= found, (
            f"our template must spell what these rules read as Azure does: {set(FAULTS) - found}"
        )


def test_the_environment_is_not_the_projects_own(checkov: Path) -> None:
    assert checkov.parent.parent != Path(sys.prefix), "Checkov's pins must not reach the program"
