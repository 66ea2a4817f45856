"""The environment in which the engine runs offline, and the plugins that it finds there."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import sys
from pathlib import Path

from engine import hosting
from engine.locate import Engine

COLLECTION = "GOGC"
GROWTH = "400"
"""Percent by which the engine's memory grows before it collects garbage. Against Go's 100 it takes four fifths of the
CPU time and 50 MB more (of 220, a preview of 300 resources)."""


def variables(engine: Engine, home: Path, backend_url: str, passphrase: str) -> dict[str, str]:
    """Return the environment variables to set for the engine, on top of the caller's own.

    With them the engine uses no network: no update check, no download of plugins.

    Args:
        engine: the engine to run.
        home: Pulumi's own folder (plugins, credentials).
        backend_url: where the state is kept.
        passphrase: encrypts the secrets in the state.
    """
    return {
        # our interpreter second: Pulumi's own language host uses the first python3 that it finds
        "PATH": os.pathsep.join(
            [str(engine.bin_dir), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
        ),
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": backend_url,
        "PULUMI_CONFIG_PASSPHRASE": passphrase,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK": "true",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "FABRIX_PYTHON": sys.executable,
        COLLECTION: os.environ.get(COLLECTION, GROWTH),
    }


def keep_no_logs(home: Path) -> None:
    """Keep the engine from logging every property of every resource into ``home``, which has no switch of its own.

    It makes a folder ``logs`` and goes on without where it cannot (``logging.StartLogging`` of the engine), so a file
    takes the folder's place. An engine that logs takes 1.8 times the CPU time, and 2 MB a run.
    """
    place = home / "logs"
    if place.is_symlink():
        place.unlink(missing_ok=True)
    elif place.is_dir():
        shutil.rmtree(place, ignore_errors=True)
    with contextlib.suppress(FileExistsError):  # another command was faster, or it is there since the last one
        place.touch(exist_ok=False)


def install_plugin(home: Path, name: str, version: str, command: list[str]) -> bool:
    """Install ``command`` as the resource plugin ``name`` of this version in ``home``; return whether that changed it.

    The engine adds its address as the last argument. It requires exactly the version of the SDK package. The file is
    replaced atomically, so that an engine that starts meanwhile finds the old plugin or the new one.
    """
    folder = home / "plugins" / f"resource-{name}-v{version.removeprefix('v')}"
    text = f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n'
    return hosting.write_executable(folder / f"pulumi-resource-{name}", text)
