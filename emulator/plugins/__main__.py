"""Starts a local provider: ``python -m emulator.plugins <azure-native|azuread|random> [engine-address]``.

The store's path is in the environment variable ``FABRIX_AZURE_DB``.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any

# Before gRPC is imported: it would report the engine's way of closing connections on stderr.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

STORE_VARIABLE = "FABRIX_AZURE_DB"
"""Environment variable with the path of the store."""


def main(arguments: list[str]) -> int:
    """Serve the provider that ``arguments`` name; return the exit code (2 for invalid arguments)."""
    package = arguments[0] if arguments else ""
    engine = arguments[1] if len(arguments) > 1 else None
    if package not in {"azure-native", "azuread", "random"}:
        sys.stderr.write("usage: python -m emulator.plugins <azure-native|azuread|random> [engine-address]\n")
        return 2
    if package != "random" and not os.environ.get(STORE_VARIABLE):
        sys.stderr.write(f"{STORE_VARIABLE} is not set; it names the file that holds the local Azure\n")
        return 2
    from emulator.plugins.server import serve

    return serve(lambda ended: _provider(package, ended), engine)


def _provider(package: str, ended: threading.Event) -> Any:
    """Return the servicer. Each is imported only in its own process, as facts, laws and gRPC take time to load."""
    if package == "random":
        from emulator.plugins.random import Random

        return Random(ended)
    from emulator.store import Store

    store = Store(Path(os.environ[STORE_VARIABLE]))
    if package == "azuread":
        from emulator.plugins.azuread import AzureAD

        return AzureAD(ended, store)
    from emulator.plugins.azure_native import AzureNative

    return AzureNative(ended, store)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
