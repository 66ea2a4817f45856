"""Python processes without their imports, which are two thirds of what a command of the suite costs.

A run of the engine starts seven Python processes: the command line, the language host twice, the program, and the
local Azure's providers. Each loads the same modules anew. Here a checkout's ``.venv/bin/python`` is a proxy
(``proxy.py``) that asks a server (``server.py``) for a process which has them already::

    server            has the libraries that its processes have needed so far
      └ zygote        one for each checkout and script: has that checkout's own modules, too
          └ process   one for each start of Python: arguments, folder, environment and streams are the proxy's

Code and processes are real and the checkout's own; a process ends with its proxy and the proxy as its process did.
Commands that a test kills start without it (``Checkout.start``), and the launcher's tests, too.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

ADDRESS = "FABRIX_TEST_WARM"
"""Environment variable with the server's socket, or ``off``; without a socket the proxy is plain Python."""

_HERE = Path(__file__).parent


def link_environment(real: Path, folder: Path) -> None:
    """Make ``folder`` a virtual environment like ``real`` whose interpreter is the proxy."""
    (folder / "bin").mkdir(parents=True)
    for path in (*real.iterdir(), *(real / "bin").iterdir()):
        target = folder / path.relative_to(real)
        if not target.exists():
            target.symlink_to(path)
    python = real / "bin" / "python"
    proxy = folder / "bin" / "python"
    proxy.unlink()
    text = (_HERE / "proxy.py").read_text(encoding="utf-8")
    proxy.write_text(f"#!{python} -IS\n{text.replace('@PYTHON@', str(python))}", encoding="utf-8")
    proxy.chmod(0o755)


def environment() -> dict[str, str]:
    """Return the variables with which a checkout's Python is warm; none where the kernel lacks what that takes."""
    return {} if os.environ.get(ADDRESS) == "off" or sys.platform != "linux" else {ADDRESS: address()}


@cache
def address() -> str:
    """Return the socket of this test process's server."""
    folder = tempfile.mkdtemp(prefix="warm-")
    path = str(Path(folder, "socket"))
    server = subprocess.Popen(
        [sys.executable, "-u", "-m", __name__ + ".server", path],
        cwd=_HERE.parent.parent,
        # Before gRPC is imported: it would report the engine's way of closing connections on stderr.
        env={**os.environ, "GRPC_VERBOSITY": "NONE"},
        stdin=subprocess.PIPE,  # the server ends with its end
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert server.stdout and server.stdin
    assert server.stdout.readline() == b"ready\n"

    def end() -> None:
        server.kill()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return path
