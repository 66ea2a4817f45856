"""The optional Azure packages, which only the azure target needs."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from support.errors import Exit, OperationError

INSTALL = ".venv/bin/python -m pip install -r requirements-azure.txt"
"""Installs them, run in the folder of the checkout."""


@contextmanager
def azure_packages(purpose: str) -> Generator[None]:
    """Report a package that the block cannot import; ``purpose`` is e.g. ``the ledger's Key Vault key``.

    Raises:
        OperationError: exit code 4, with the command that installs them.

    """
    try:
        yield
    except ImportError as error:
        raise OperationError(
            f"{purpose} needs the Azure packages of Python, and {error.name or error} is not installed. "
            f"Install them with: {INSTALL}",
            Exit.ENGINE_MISSING,
        ) from None
