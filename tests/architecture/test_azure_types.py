"""Every Azure type that a component makes is decided about by builder, judges and local Azure (ADR 0014).

``azure_types.tsv`` has the decisions: ``yes``, or why not. A failure names the file to edit.
"""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pulumi_azure_native
import pytest

from components.shared.diagnostics import CATEGORIES
from components.shared.endpoints import ENDPOINTS
from emulator.facts import TABLE
from emulator.laws import LAWS
from policies.rules.diagnostics.categories import LOGGING
from policies.rules.governance.facts import STATEFUL
from policies.rules.privatelink.endpoints import SERVICES
from resources.arm import PATHS
from topology import services
from topology.questions import QUESTIONS

ROOT = Path(__file__).resolve().parents[2]
FILE = "tests/architecture/azure_types.tsv"
SDK = Path(pulumi_azure_native.__file__).parent


def _file_of_class(module: str, name: str) -> Path:
    """File of a resource class in the SDK: one of its own, named in snake case; enumerations and inputs have none."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    return SDK / module / f"{snake}.py"


def _made() -> dict[str, str]:
    """Type → the first line of a component that names its class."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "components").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
        modules = {
            alias.asname or alias.name: alias.name
            for node in imports
            if node.module == "pulumi_azure_native"
            for alias in node.names
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
                module = modules[node.value.id]
                if _file_of_class(module, node.attr).exists():
                    found.setdefault(f"{module}:{node.attr}", f"{path.relative_to(ROOT).as_posix()}:{node.lineno}")
    return found


def _decisions() -> dict[str, dict[str, str]]:
    lines = (ROOT / FILE).read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
    return {row["type"]: row for row in rows}


MADE, DECISIONS = _made(), _decisions()

ANSWERS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "laws": (lambda kind: f"azure-native:{kind}" in LAWS, "emulator/laws/SUBJECT.py"),
    "path": (lambda kind: kind in PATHS, "resources/arm.py: PATHS"),
    "diagnostics": (
        lambda kind: kind in CATEGORIES,
        "components/shared/diagnostics.py: CATEGORIES",
    ),
    "private link": (lambda kind: kind in SERVICES, "policies/rules/privatelink/endpoints.py: SERVICES"),
    "stateful": (lambda kind: kind in STATEFUL, "policies/rules/governance/facts.py: STATEFUL"),
    "rights": (lambda kind: kind in QUESTIONS, "topology/questions.py: QUESTIONS"),
}
"""Column → what the code says, and where it says so."""


def test_the_table_has_the_types_that_components_make_and_no_others() -> None:
    missing = [f"{kind} ({MADE[kind]})" for kind in sorted(MADE.keys() - DECISIONS.keys())]
    assert not missing, f"add a row with a decision in each column to {FILE} for: {missing}"
    assert not DECISIONS.keys() - MADE.keys(), f"{FILE}: no component makes {sorted(DECISIONS.keys() - MADE.keys())}"


@pytest.mark.parametrize("kind", sorted(MADE))
def test_the_local_azure_knows_the_facts_of(kind: str) -> None:
    assert f"azure-native:{kind}" in TABLE, (
        f"{MADE[kind]} makes {kind}: add its row to emulator/facts/FAMILY.py; without one only its shape is checked"
    )


@pytest.mark.parametrize("column", ANSWERS)
@pytest.mark.parametrize("kind", sorted(DECISIONS))
def test_the_decision_is_what_the_code_does(kind: str, column: str) -> None:
    answer, place = ANSWERS[column]
    decision = DECISIONS[kind][column]
    assert decision, f"{FILE}: {kind} has no decision in column {column!r}: write yes, or the reason why not"
    if decision == "yes":
        assert answer(kind), f"{FILE} says yes for {column} of {kind}, and it is not in {place}"
    else:
        assert not answer(kind), f"{place} has {kind}, and {FILE} says of {column}: {decision!r}; write yes there"


@pytest.mark.parametrize("kind", sorted(kind for kind in DECISIONS if DECISIONS[kind]["diagnostics"] == "yes"))
def test_what_logs_is_asked_for_its_logs(kind: str) -> None:
    assert kind in LOGGING, f"{kind} has a diagnostic setting that no rule asks for: add it to LOGGING of the judges"


@pytest.mark.parametrize("kind", sorted(kind for kind in DECISIONS if DECISIONS[kind]["private link"] == "yes"))
def test_what_has_private_endpoints_is_known_to_builder_and_proofs(kind: str) -> None:
    built = {endpoint.group_id for endpoint in ENDPOINTS.values()}
    assert built & set(SERVICES[kind].groups), f"components/shared/endpoints.py: ENDPOINTS has no endpoint for {kind}"
    assert kind in services.KINDS, f"topology/services.py: KINDS does not know {kind}, so no proof is about it"


@pytest.mark.parametrize("kind", sorted(PATHS.keys() & MADE.keys()))
def test_judges_and_local_azure_agree_on_the_path_of(kind: str) -> None:
    ours, theirs = (
        re.sub(r"\{\w+\}", "{}", path).lower() for path in (PATHS[kind], TABLE[f"azure-native:{kind}"].path)
    )
    assert ours.replace("/default", "/{}") == theirs.replace("/default", "/{}"), (
        f"resources/arm.py and emulator/facts disagree about {kind}"
    )
