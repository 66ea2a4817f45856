"""What a command says when the engine did not succeed."""

from __future__ import annotations

import pytest

from stacks.events import Run
from stacks.report import raise_if_failed
from support.console import Console
from support.errors import Exit, OperationError

RIGHT = "urn:pulumi:prod::aifabrix::azure-native:authorization:RoleAssignment::flowlogs"


@pytest.mark.parametrize(
    ("code", "advised"), [("ScopeLocked", True), ("ResourceGroupNotFound", False)], ids=["locked", "something else"]
)
def test_what_a_lock_forbids_comes_with_the_way_on(code: str, advised: bool) -> None:
    failed = Run()
    failed.errors.append((RIGHT, f'error: Code="{code}"'))
    with pytest.raises(OperationError) as error:
        raise_if_failed("up", failed, 255, Console(as_json=True), {})
    assert error.value.code is Exit.FAILED
    assert ("security.locks: false" in str(error.value)) == advised
