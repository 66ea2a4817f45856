"""The benchmarks run and print what docs/benchmarks.md quotes; times are never asserted."""

import pytest

from tests.cli.json_contract import hold
from tests.conftest import Checkout, Result

pytestmark = [pytest.mark.engine, pytest.mark.slow]


def measured(checkout: Checkout, command: str) -> Result:
    return checkout.fabrix(*command.split(), "--json", timeout=600).must()


def test_bench_preview_prints_a_ratio(small_checkout) -> None:
    document = hold("bench preview", measured(small_checkout, "bench preview --stack dev --runs 1")).document
    assert 0 < document["ratio"] < 10
    assert document["resources"] >= 120


def test_bench_up_measures_the_whole_life_of_a_stack(small_checkout) -> None:
    counts = hold("bench up", measured(small_checkout, "bench up")).document["counts"]
    assert counts["second up"] == {}
    assert counts["destroy"]["delete"] == counts["up"]["create"]


def test_bench_policies_compares_the_pack_with_checkov(small_checkout) -> None:
    document = hold("bench policies", measured(small_checkout, "bench policies --stack dev --runs 1")).document
    assert set(document["costs"]) >= {"150", "300"}
    assert document["ratio"] > 0
    assert min(document["judging"]) > 0
