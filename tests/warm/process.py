"""What ``python`` with some arguments would be, in a process that was forked for it."""

from __future__ import annotations

import io
import json
import os
import random
import runpy
import signal
import sys
import threading
from pathlib import Path
from typing import Any

SOON = 1.5
"""Seconds after which a process reports its modules: some, such as providers, are killed at their end."""
LIBRARIES = [path for path in sys.path if "site-packages" in path or path.startswith(sys.base_prefix)]


class Process:
    """One start of Python."""

    def __init__(self, request: dict[str, Any], report: Path) -> None:
        """Take what the proxy was started with, and the file for the names of the modules."""
        self._request, self._report = request, report
        arguments = list(request["args"])
        self._unbuffered = arguments[0] == "-u"
        self._arguments = arguments[self._unbuffered :]

    def run(self) -> None:
        """Run the script or the module; the process then ends as Python ends."""
        self._become()
        timer = threading.Timer(SOON, self._write_report)
        timer.daemon = True
        timer.start()
        try:
            if self._arguments[0] == "-m":
                runpy.run_module(self._arguments[1], run_name="__main__", alter_sys=True)
            else:
                runpy.run_path(self._arguments[0], run_name="__main__")
        finally:
            self._write_report()

    def _become(self) -> None:
        request = self._request
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["env"])
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        random.seed()
        self._open_streams()
        sys.executable = request["python"]
        for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
            del sys.modules[name]  # a script may import its own checkout's
        vars(os)["getppid"] = lambda: parent_of(request["pid"])
        more = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
        if self._arguments[0] == "-m":
            sys.argv = self._arguments[1:]
            first = request["cwd"]
        else:
            sys.argv = self._arguments
            script = Path(self._arguments[0])
            first = str(script if script.is_dir() else script.parent)
        sys.path[:] = [first, *more, *LIBRARIES]

    def _open_streams(self) -> None:
        plain = self._unbuffered
        raw = [open(number, "wb", buffering=0 if plain else -1, closefd=False) for number in (1, 2)]  # noqa: SIM115 - until the end
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - until the end
        sys.stdout = io.TextIOWrapper(raw[0], line_buffering=os.isatty(1), write_through=plain)
        sys.stderr = io.TextIOWrapper(raw[1], errors="backslashreplace", line_buffering=True, write_through=plain)
        sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr

    def _write_report(self) -> None:
        path = [str(Path(self._request["cwd"], path)) for path in sys.path]  # the zygote has another folder
        self._report.write_text(json.dumps({"path": path, "modules": list(sys.modules)}), encoding="utf-8")


def parent_of(process: int) -> int:
    """Return the parent of the proxy, for those who watch whether theirs is still there."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return 1
    return int(text[text.rindex(")") + 2 :].split()[1])
