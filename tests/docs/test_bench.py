"""The benchmarks run and print what docs/benchmarks.md quotes; times are never asserted."""

import pytest

pytestmark = [pytest.mark.engine, pytest.mark.slow]


def test_bench_preview_prints_a_ratio(small_checkout) -> None:
    done = small_checkout.fabrix("bench", "preview", "--stack", "dev", "--runs", "1", "--json").must()
    assert 0 < done.document["ratio"] < 10
    assert done.document["resources"] >= 120


def test_bench_up_measures_the_whole_life_of_a_stack(small_checkout) -> None:
    done = small_checkout.fabrix("bench", "up", "--json").must()
    assert done.document["counts"]["second up"] == {}
    assert done.document["counts"]["destroy"]["delete"] == done.document["counts"]["up"]["create"]


def test_bench_policies_compares_the_pack_with_checkov(small_checkout) -> None:
    done = small_checkout.fabrix("bench", "policies", "--stack", "dev", "--runs", "1", "--json", timeout=600).must()
    assert set(done.document["costs"]) >= {"150", "300"}
    assert done.document["ratio"] > 0
    assert min(done.document["judging"]) > 0
