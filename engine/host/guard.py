"""Run a command that dies with its parent: ``guard.py <parent pid> <command> [argument...]``.

The parent's death signal is set in the kernel before the command replaces this process, so that the command ends even
when its parent is killed with ``kill -9``. Linux only; elsewhere the command simply runs, and only the parent ends it.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Tie this process to its parent and become the command; exit at once if the parent is already gone."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 - the arguments are a list, no shell reads them


if __name__ == "__main__":
    main()
