"""``fabrix fleet``: the state of many installations."""

import signal
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.options import Json, new_app
from fleet.listing import read_installations
from fleet.questions import CHECKS, STATUS
from fleet.survey import Result, Survey
from support.console import Console
from support.errors import Exit, OperationError

MOST = 32
"""Installations asked at once at most; each runs an engine of its own."""
_STATES = {"ok": ("ok", "green"), "bad": ("BAD", "red"), "unknown": ("unknown", "yellow")}

File = Annotated[Path, typer.Argument(metavar="FILE", help="YAML file that lists the installations.")]
Parallel = Annotated[int, typer.Option("--parallel", metavar="N", help="Installations asked at once.")]
Timeout = Annotated[float, typer.Option("--timeout", metavar="SECONDS", help="Longest time for one question.")]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="NAME", help="Ask this installation alone; may be repeated."),
]

app = new_app("Many installations at once, read-only.\n\nEach is asked by the command line of its own checkout.")


@app.command()
def status(
    file: File, parallel: Parallel = 4, timeout: Timeout = 120.0, only: Only = None, as_json: Json = False
) -> None:
    """Report the stacks of every installation; exit code 1 if one is not healthy."""
    _survey("status", file, parallel, timeout, only or [], as_json=as_json)


@app.command()
def check(
    file: File, parallel: Parallel = 4, timeout: Timeout = 900.0, only: Only = None, as_json: Json = False
) -> None:
    """Check state, drift, ledger and policies of every installation; exit code 1 if one is not healthy."""
    _survey("check", file, parallel, timeout, only or [], as_json=as_json)


def _survey(mode: str, file: Path, parallel: int, timeout: float, only: Sequence[str], *, as_json: bool) -> None:
    """Ask the installations of ``file`` by the command lines of their own checkouts.

    Raises:
        OperationError: exit code 2 on bad input; 1 if an installation is not healthy, with every answer.

    """
    if not 1 <= parallel <= MOST:
        raise OperationError(f"--parallel {parallel}: allowed are 1 to {MOST}.", Exit.BAD_INPUT)
    if not timeout > 0:
        raise OperationError(f"--timeout {timeout:g}: allowed are seconds above 0.", Exit.BAD_INPUT)
    console = Console(as_json=as_json)
    installations = read_installations(file, only)
    console.info(
        f"{len(installations)} installations of {file}, {min(parallel, len(installations))} at a time; read-only"
    )
    questions = (STATUS,) if mode == "status" else CHECKS
    survey = Survey(questions=questions, base=file.resolve().parent, parallel=parallel, timeout=timeout)
    started = time.monotonic()
    with _ended_by_sigterm():
        results = survey.run(installations, console.info)
    _table(results, console)
    document = _document(mode, results, time.monotonic() - started)
    bad = [result.installation.name for result in results if not result.healthy]
    console.result(_summary(results, document), style="red" if bad else "green")
    if bad:
        raise OperationError(
            f"{len(bad)} of {len(results)} installations are not healthy: {', '.join(bad)}", Exit.FAILED, document
        )
    console.emit({"ok": True, **document})


@contextmanager
def _ended_by_sigterm() -> Generator[None]:
    """Treat SIGTERM like Ctrl-C: every child ends first."""

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
    rows = [(result.installation.name, line) for result in results for line in result.rows]
    names = max((len(name) for name, _ in rows), default=0)
    stacks = max((len(line.stack) for _, line in rows), default=0)
    for name, line in rows:
        text, style = _STATES[line.reading.state]
        start = f"{name:<{names}}  {line.stack:<{stacks}}  {line.question:<8}  {text:<7}"
        console.result(f"{start}  {line.reading.message}", style=style)


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
