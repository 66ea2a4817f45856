"""Data export of a workspace: tables, destination, and how many rules there may be."""

from __future__ import annotations

import pytest

from .cases import Case, decide
from .memory import GONE, ask, changed, codes
from .valid import ACCOUNT, VALID, VAULT, world

EXPORT, STORAGE = "operationalinsights:DataExport", "storage:StorageAccount"

CASES = {
    "the rule of the platform": Case(EXPORT, {}),
    "a rule without tables": Case(EXPORT, {"tableNames": []}, "BadRequest"),
    "a table twice": Case(EXPORT, {"tableNames": ["Heartbeat", "Heartbeat"]}, "BadRequest"),
    "a table of 61 characters": Case(EXPORT, {"tableNames": ["T" * 61]}, "BadRequest"),
    "an unknown table": Case(EXPORT, {"tableNames": ["Nothing_CL"]}),
    "a vault as destination": Case(EXPORT, {"resourceId": VAULT}, "BadRequest"),
    "an account that does not exist": Case(EXPORT, {"resourceId": f"{ACCOUNT}x"}, "InvalidResourceReference"),
    "an event hub in an account": Case(EXPORT, {"eventHubName": "logs"}, "BadRequest"),
    "other tables later": Case(EXPORT, {"tableNames": ["Heartbeat"]}, olds={}),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_azure_decides_on(case: Case) -> None:
    decide(case)


@pytest.mark.parametrize(
    ("change", "words"), [({"location": "northeurope"}, "region"), ({"sku": {"name": "Premium_LRS"}}, "Standard")]
)
def test_the_destination_is_a_standard_account_of_the_same_region(change: dict, words: str) -> None:
    there = world(EXPORT, STORAGE)
    there.add(STORAGE, changed(VALID[STORAGE], change))
    texts = ask(there, EXPORT, VALID[EXPORT])
    assert codes(texts) == {"BadRequest"}
    assert words in texts[0], "the refusal says what is allowed"


def test_a_destination_belongs_to_one_rule() -> None:
    decide(Case(EXPORT, {"dataExportName": "second"}, "BadRequest"), world())


def test_ten_rules_may_be_on_and_any_number_off() -> None:
    there = world(EXPORT)
    for number in range(10):
        account = changed(VALID[STORAGE], {"accountName": f"st{number:03}"})
        there.add(STORAGE, account)
        target = ACCOUNT.replace("stone", f"st{number:03}")
        there.add(
            EXPORT, changed(VALID[EXPORT], {"dataExportName": f"rule{number}", "resourceId": target, "enable": GONE})
        )
    decide(Case(EXPORT, {}, "BadRequest"), there)
    decide(Case(EXPORT, {"enable": False}), there)
