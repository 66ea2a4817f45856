"""The benchmarks run and print what docs/benchmarks.md quotes; times are never asserted."""

from typing import Any

import pytest

from tests.cli import json_contract
from tests.conftest import Checkout

pytestmark = [pytest.mark.engine, pytest.mark.slow]


def measured(checkout: Checkout, command: str) -> dict[str, Any]:
    """What a benchmark prints, whose keys are a contract as those of every command."""
    done = checkout.fabrix(*command.split(), "--json", timeout=600).must()
    assert not json_contract.differences(" ".join(command.split()[:2]), command, done)
    return done.document


def test_bench_preview_prints_a_ratio(small_checkout) -> None:
    document = measured(small_checkout, "bench preview --stack dev --runs 1")
    assert 0 < document["ratio"] < 10
    assert document["resources"] >= 120


def test_bench_up_measures_the_whole_life_of_a_stack(small_checkout) -> None:
    counts = measured(small_checkout, "bench up")["counts"]
    assert counts["second up"] == {}
    assert counts["destroy"]["delete"] == counts["up"]["create"]


def test_bench_policies_compares_the_pack_with_checkov(small_checkout) -> None:
    document = measured(small_checkout, "bench policies --stack dev --runs 1")
    assert set(document["costs"]) >= {"150", "300"}
    assert document["ratio"] > 0
    assert min(document["judging"]) > 0
