"""Runs a command that ends with its parent: ``python tether.py PARENT COMMAND…``.

A program of its own, not a hook between fork and exec, because the command line has threads by then. Only on Linux is
the kernel asked to interrupt the command when the parent dies, even by ``kill -9``; elsewhere it is simply run.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""``prctl`` option of Linux; survives exec."""


def main(parent: int, command: list[str]) -> None:
    """Tie this process to ``parent`` and become ``command``."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:  # it died before the request was made
            sys.exit(130)
    os.execv(command[0], command)  # noqa: S606 - the engine's path is absolute


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
