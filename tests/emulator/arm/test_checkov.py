"""Another judge reads our templates: Checkov's ARM framework parses every resource and finds the faults put there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from emulator.arm import Exported, template
from emulator.facts import TABLE
from emulator.places import arm_id
from tests.emulator.laws.memory import SUBSCRIPTION, TENANT, changed
from tests.emulator.laws.valid import VALID

VERSION = "3.3.30"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def checkov() -> Path:
    """Python of an environment with Checkov in it, made once per user and version.

    Checkov pins many packages to versions of its own, so it never shares the project's environment.
    """
    home = Path(platformdirs.user_cache_dir("aifabrix")) / "tests" / f"checkov-{VERSION}"
    python = home / "bin" / "python"
    if not (home / "complete").exists():
        venv.EnvBuilder(with_pip=True, clear=True).create(home)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"checkov=={VERSION}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"no package index answers: {done.stderr.splitlines()[-1:]}")
        (home / "complete").touch()
    return python


def judge(python: Path, folder: Path, given: dict[str, Any]) -> dict[str, Any]:
    """Checkov's report on a template."""
    (folder / "deploymentTemplate.json").write_text(json.dumps(given, indent=2))
    done = subprocess.run(
        [str(python), "-m", "checkov.main", "-d", str(folder), "--framework", "arm", "-o", "json"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LOG_LEVEL": "ERROR", "BC_SKIP_MAPPING": "TRUE"},
        cwd=folder,
    )
    assert done.stdout.strip().startswith("{"), f"Checkov says: {done.stdout}{done.stderr}"
    return json.loads(done.stdout)


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
    report = judge(checkov, tmp_path, given)
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
            check["check_id"] for check in judge(checkov, tmp_path, template(exported(changes)))["results"][verdict]
        }
        assert set(FAULTS) <= found, (
            f"our template must spell what these rules read as Azure does: {set(FAULTS) - found}"
        )


def test_the_environment_is_not_the_projects_own(checkov: Path) -> None:
    assert checkov.parent.parent != Path(sys.prefix), "Checkov's pins must not reach the program"
