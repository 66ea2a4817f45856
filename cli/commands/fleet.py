"""``fabrix fleet status|check FILE``: where many installations stand."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fleet import listing
from fleet.questions import CHECKS, STATUS
from fleet.survey import Result, Survey
from support.console import Console
from support.errors import Exit, OperationError

MOST = 32
"""Installations asked at once at most; each runs an engine of its own."""

_WORDS = {"ok": "ok", "bad": "BAD", "unknown": "unknown"}
_COLOURS = {"ok": "green", "bad": "red", "unknown": "yellow"}


def run(mode: str, file: Path, parallel: int, timeout: float, only: Sequence[str], *, as_json: bool) -> None:
    """Ask the installations of ``file``; ``mode`` is ``status`` or ``check``.

    Raises:
        OperationError: exit code 2 on bad input; 1 if an installation is not healthy, with every answer.

    """
    if not 1 <= parallel <= MOST:
        raise OperationError(f"--parallel {parallel}: allowed are 1 to {MOST}.", Exit.BAD_INPUT)
    if not timeout > 0:
        raise OperationError(f"--timeout {timeout:g}: allowed are seconds above 0.", Exit.BAD_INPUT)
    console = Console(as_json=as_json)
    installations = listing.read(file, only)
    console.info(
        f"{len(installations)} installations of {file}, {min(parallel, len(installations))} at a time; read-only"
    )
    questions = (STATUS,) if mode == "status" else CHECKS
    survey = Survey(questions=questions, base=file.resolve().parent, parallel=parallel, timeout=timeout)
    started = time.monotonic()
    with _ended_by_terminate():
        results = survey.run(installations, console.info)
    _table(results, console)
    document = _document(mode, results, time.monotonic() - started)
    bad = [result.installation.name for result in results if not result.healthy]
    console.result(_summary(results, document), style="red" if bad else "green")
    if bad:
        said = f"{len(bad)} of {len(results)} installations are not healthy: {', '.join(bad)}"
        raise OperationError(said, Exit.FAILED, document)
    console.emit({"ok": True, **document})


@contextmanager
def _ended_by_terminate() -> Generator[None]:
    """Treat a request to end like Ctrl-C: every child ends first."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _table(results: Sequence[Result], console: Console) -> None:
    rows = [(result.installation.name, line) for result in results for line in result.lines]
    names = max((len(name) for name, _ in rows), default=0)
    stacks = max((len(line.stack) for _, line in rows), default=0)
    for name, line in rows:
        found = line.reading
        word = f"{_WORDS[found.state]:<7}"
        console.result(
            f"{name:<{names}}  {line.stack:<{stacks}}  {line.question:<8}  {word}  {found.said}",
            style=_COLOURS[found.state],
        )


def _document(mode: str, results: Sequence[Result], seconds: float) -> dict[str, Any]:
    slowest = max(results, key=lambda result: result.seconds)
    return {
        "command": f"fleet {mode}",
        "counts": {
            "installations": len(results),
            "healthy": sum(result.healthy for result in results),
            "unhealthy": sum(not result.healthy for result in results),
        },
        "slowest": {"name": slowest.installation.name, "seconds": round(slowest.seconds, 2)},
        "seconds": round(seconds, 2),
        "installations": [result.document() for result in results],
    }


def _summary(results: Sequence[Result], document: dict[str, Any]) -> str:
    counts, slowest = document["counts"], document["slowest"]
    return (
        f"{len(results)} installations: {counts['healthy']} healthy, {counts['unhealthy']} not, in "
        f"{document['seconds']:.1f} s; slowest: {slowest['name']}, {slowest['seconds']:.1f} s"
    )
