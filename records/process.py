"""Which process owns something, precisely enough that a reused PID is not mistaken for the original process."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_STARTED = 19
"""Position, after the command's name, of the start time in ``/proc/<pid>/stat`` (proc(5), field 22: clock ticks since
boot). Unlike the time of day it does not move when somebody sets the clock."""


@dataclass(frozen=True)
class Owner:
    """A process, as a document that another machine may read names it."""

    host: str
    """For people."""

    machine: str
    """Equal only where PIDs mean the same: one boot of one kernel, one PID namespace."""

    pid: int
    started: int
    """Start of the process; together with ``pid`` it names one process only."""

    @property
    def dead(self) -> bool:
        """Whether it is certainly dead, which can only be known on its own machine."""
        return self.machine == machine() and is_dead(self.pid, lambda _: _started(self.pid) == self.started)

    def document(self) -> dict[str, Any]:
        """Return it as records hold it."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Owner:
        """Read it from a record."""
        return cls(document["host"], document["machine"], document["pid"], document["started"])

    @classmethod
    def current(cls) -> Owner:
        """Return this process."""
        return cls(socket.gethostname(), machine(), os.getpid(), _started(os.getpid()))


def is_dead(pid: int, is_owner: Callable[[psutil.Process], bool]) -> bool:
    """Return whether the owner of ``pid`` on this machine is certainly dead; ``is_owner`` recognises a reused PID."""
    try:
        process = psutil.Process(pid)
        return process.status() == psutil.STATUS_ZOMBIE or not is_owner(process)
    except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
        return True
    except (psutil.AccessDenied, PermissionError):
        return False


def machine() -> str:
    """Return an id of this machine since its last boot. Two laptops may share a host name; a boot happens once."""
    try:
        boot = _BOOT.read_text(encoding="ascii").strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115 - no file, a name in brackets
    except OSError:  # not Linux
        return f"{socket.gethostname()} {uuid.getnode():012x}"


def _started(pid: int) -> int:
    """Return when ``pid`` started, in a unit of the system's own; only equality matters."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.joinpath("self").exists():
        return int(stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[_STARTED])
    return int(psutil.Process(pid).create_time())
