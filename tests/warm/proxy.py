"""Stands in for Python: see tests/warm/__init__.py. Runs without site-packages, so that it starts at once."""

import array
import json
import os
import signal
import socket
import sys

REAL = "@PYTHON@"
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def asked(arguments: list[str]) -> bool:
    """Whether this is a script or a module of the checkout, without options that change how Python starts."""
    words = arguments[1:] if arguments[:1] == ["-u"] else arguments
    return words[:2] == ["-m", "emulator.plugins"] or (bool(words) and not words[0].startswith("-"))


def main() -> None:
    arguments = sys.argv[1:]
    address = os.environ.get("FABRIX_TEST_WARM")
    if address in (None, "", "off") or not asked(arguments):
        os.execv(REAL, [sys.argv[0], *arguments])  # noqa: S606 - no shell reads them
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(address)
    request = {
        "python": sys.argv[0],
        "args": arguments,
        "cwd": os.getcwd(),  # noqa: PTH109 - pathlib takes as long to load as the rest
        "env": dict(os.environ),
        "pid": os.getpid(),
    }
    content = json.dumps(request).encode()
    streams = array.array("i", [0, 1, 2])
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, streams)]
    connection.sendmsg([len(content).to_bytes(8, "big")], rights)
    connection.sendall(content)
    answers = connection.makefile("r")
    child = int(answers.readline())
    for number in FORWARDED:
        signal.signal(number, lambda number, _: os.kill(child, number))
    status = int(answers.readline() or 0x0100)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        signal.signal(-code, signal.SIG_DFL) if -code != signal.SIGKILL else None
        os.kill(os.getpid(), -code)
    os._exit(code)


main()
