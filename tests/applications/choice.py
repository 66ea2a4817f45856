"""Which real applications a run of the tests boots: none, unless they are asked for."""

from __future__ import annotations

import os
import shutil
import sys

import pytest

VARIABLE = "FABRIX_TEST_APPLICATIONS"
"""Names of applications, divided by commas, or ``all``."""


def needs(name: str) -> list[pytest.MarkDecorator]:
    """Return the marks of a module that boots ``name``: it downloads packages and takes minutes."""
    chosen = os.environ.get(VARIABLE, "").replace(" ", "").split(",")
    reason = f"asked for by {VARIABLE}={name}, as in `{VARIABLE}={name} ./fabrix test tests/applications`"
    able = sys.platform == "linux" and shutil.which("unshare")
    return [
        pytest.mark.engine,
        pytest.mark.slow,
        pytest.mark.skipif(not {name, "all"} & set(chosen), reason=reason),
        pytest.mark.skipif(not able, reason="a mount namespace is made by Linux's `unshare`"),
    ]
