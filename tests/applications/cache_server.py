"""A real Redis as Azure Managed Redis is reached: TLS alone, one access key, one database.

Microsoft Learn, "Azure Managed Redis: network isolation" and "connect with access keys": port 10000, user ``default``,
TLS 1.2 or newer; clients bring no certificate.
"""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.applications import packages
from tests.certificates import Authority

_START_SECONDS = 60.0


@contextmanager
def serving(folder: Path, authority: Authority, *, host: str, address: str, port: int, key: str) -> Generator[None]:
    """Run a server whose certificate is for ``host``."""
    program, libraries = packages.redis_server()
    authority.certify(folder, host)
    settings = {
        "bind": address,
        "port": "0",
        "tls-port": str(port),
        "tls-cert-file": folder / "server.crt",
        "tls-key-file": folder / "server.key",
        "tls-ca-cert-file": authority.root,
        "tls-auth-clients": "no",
        "tls-protocols": '"TLSv1.2 TLSv1.3"',
        "requirepass": f'"{key}"',
        "databases": "1",
        "save": '""',
        "dir": folder,
    }
    configuration = folder / "redis.conf"
    configuration.touch(mode=0o600)
    configuration.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    log = folder / "log"
    process = subprocess.Popen(
        ["redis-server", str(configuration)],
        executable=program,  # one program with several names
        env={"PATH": os.defpath, "LD_LIBRARY_PATH": str(libraries)},
        stdin=subprocess.DEVNULL,
        stdout=log.open("wb"),
        stderr=subprocess.STDOUT,
    )
    try:
        _wait(process, authority, host, address, port, log)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(
    process: subprocess.Popen[bytes], authority: Authority, host: str, address: str, port: int, log: Path
) -> None:
    context = ssl.create_default_context(cafile=str(authority.root))
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            with (
                socket.create_connection((address, port), timeout=5) as plain,
                context.wrap_socket(plain, server_hostname=host),
            ):
                return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"Redis did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.1)
