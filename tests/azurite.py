"""A real blob service for tests: Azurite from npm, installed once for this user, started anew for each run of tests.

``tests/conftest.py`` offers it to the whole suite: a test asks for ``azurite`` by name and is marked ``slow``. Where
npm is missing or the registry does not answer, such tests are skipped and say why.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
import platformdirs
import pytest

VERSION = "3.35.0"
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Microsoft Learn, "Use the Azurite emulator": the account that every Azurite has; it opens nothing else."""

_INSTALL_SECONDS = 300.0
_START_SECONDS = 30.0


@dataclass(frozen=True)
class Azurite:
    """A running Azurite."""

    port: int

    @property
    def endpoint(self) -> str:
        """Address of the account; plain HTTP on this machine."""
        return f"http://127.0.0.1:{self.port}/{ACCOUNT}"

    @property
    def connection_string(self) -> str:
        """For ``AZURE_STORAGE_CONNECTION_STRING``: names the blob service alone."""
        return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={self.endpoint};"

    def environment(self) -> dict[str, str]:
        """What the engine and our own commands need to find it by an address like ``azblob://CONTAINER``."""
        return {"AZURE_STORAGE_CONNECTION_STRING": self.connection_string}

    def service(self) -> Any:
        """A client of the account."""
        from azure.storage.blob import BlobServiceClient

        return BlobServiceClient.from_connection_string(self.connection_string)

    def container(self, name: str = "") -> str:
        """Make a container, of a name that no other test has if none is given; one that exists already stays."""
        from azure.core.exceptions import ResourceExistsError

        name = name or f"test-{uuid.uuid4().hex[:12]}"
        with suppress(ResourceExistsError):
            self.service().create_container(name)
        return name


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """An Azurite for this run of tests; it ends with it."""
    program = _installed()
    port = _free_port()
    folder = tmp_path_factory.mktemp("azurite")
    process = subprocess.Popen(
        [
            str(program),
            "--skipApiVersionCheck",
            "--blobHost",
            "127.0.0.1",
            "--blobPort",
            str(port),
            "--location",
            str(folder),
            "--silent",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=(folder / "errors").open("wb"),
    )
    try:
        _wait(process, port, folder / "errors")
        yield Azurite(port)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _installed() -> Path:
    """Return Azurite's program, installing it once for this user."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("Azurite runs on Node.js, and npm or node is not on PATH")
    tools = Path(platformdirs.user_cache_dir("aifabrix")) / "tools"
    home = tools / f"azurite-{VERSION}"
    program = home / "node_modules" / ".bin" / "azurite-blob"
    tools.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(tools / f"azurite-{VERSION}.lock"):
        if program.exists():
            return program
        # Into a folder that nobody looks at, so that an installation that was killed is not taken for a whole one.
        unfinished = tools / f"unfinished-azurite-{uuid.uuid4().hex[:8]}"
        command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(unfinished), f"azurite@{VERSION}"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False)
            if done.returncode != 0:
                why = next((line for line in done.stderr.splitlines() if "code" in line), "no reason given")
                pytest.skip(f"`npm install azurite@{VERSION}` failed: {why}")
            shutil.rmtree(home, ignore_errors=True)
            unfinished.rename(home)
        except subprocess.TimeoutExpired:
            pytest.skip(f"`npm install azurite@{VERSION}` did not end within {_INSTALL_SECONDS:.0f} s")
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return program


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(process: subprocess.Popen[bytes], port: int, errors: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"Azurite did not start: {errors.read_text(encoding='utf-8', errors='replace')[-2000:]}")
