"""A rollback of what was never deployed: refused before anything is locked or made."""

from __future__ import annotations

import pytest

from settings import manifest
from support.checkout import ROOT
from tests.conftest import Checkout


@pytest.mark.parametrize("way", [(), ("--to", manifest.known(ROOT)[0])], ids=["swap", "earlier release"])
def test_a_stack_that_was_never_deployed_has_nothing_to_roll_back(checkout: Checkout, way: tuple[str, ...]) -> None:
    done = checkout.fabrix("rollback", "test", *way, "--yes", "--json").must(1)
    assert "test is not deployed" in done.document["error"] and "nothing to roll back" in done.document["error"]
    assert "`./fabrix up test`" in done.document["error"]
    assert not (checkout.local / "state").exists(), "looking makes no stack"
