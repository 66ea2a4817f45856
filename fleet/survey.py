"""Asks all installations, a few at a time; whatever one of them does, the others are asked all the same."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fleet.listing import LOCATIONS, Installation
from fleet.process import ask
from fleet.questions import Question, Reading, read_answer

QUIET_SECONDS = 5.0
"""Interval of the messages about who has not answered yet."""

_REMOVED = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "FABRIX_PYTHON", "FABRIX_AZURE_DB", "FABRIX_TARGET", *LOCATIONS)
"""Variables of this process that would make another checkout answer for this one."""


@dataclass(frozen=True, kw_only=True)
class SurveyRow:
    """One answer about one stack."""

    stack: str
    question: str
    reading: Reading
    seconds: float

    def document(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return {
            "stack": self.stack,
            "question": self.question,
            "state": self.reading.state,
            "said": self.reading.message,
            "seconds": round(self.seconds, 2),
        }


@dataclass(frozen=True, kw_only=True)
class Result:
    """All answers of one installation."""

    installation: Installation
    rows: tuple[SurveyRow, ...]
    seconds: float

    @property
    def healthy(self) -> bool:
        """Whether every question was answered, and every answer is good."""
        return all(row.reading.state == "ok" for row in self.rows)

    def document(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return {
            "name": self.installation.name,
            "target": self.installation.target,
            "healthy": self.healthy,
            "seconds": round(self.seconds, 2),
            "answers": [row.document() for row in self.rows],
        }


@dataclass(frozen=True, kw_only=True)
class Survey:
    """Questions to installations, and how they are put."""

    questions: Sequence[Question]
    base: Path
    """Folder that the paths of installations are relative to."""
    parallel: int
    timeout: float
    """Seconds for one command."""

    def run(self, installations: Sequence[Installation], report: Callable[[str], None]) -> list[Result]:
        """Ask all installations, ``parallel`` at a time; return the results in their order.

        An interrupt ends every child process before it is raised.
        """
        stop = threading.Event()
        pool = ThreadPoolExecutor(max_workers=self.parallel, thread_name_prefix="fleet")
        try:
            futures = {pool.submit(self._one, one, stop): one for one in installations}
            for number, done in enumerate(_finished(futures, report), 1):
                verdict = "healthy" if done.healthy else "UNHEALTHY"
                report(f"{number} of {len(futures)}: {done.installation.name}: {verdict}, {done.seconds:.1f} s")
            return [future.result() for future in futures]
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)

    def _one(self, installation: Installation, stop: threading.Event) -> Result:
        started = time.monotonic()
        rows = tuple(self._rows(installation, stop))
        return Result(installation=installation, rows=rows, seconds=time.monotonic() - started)

    def _rows(self, installation: Installation, stop: threading.Event) -> Iterator[SurveyRow]:
        checkout = (self.base / installation.path).resolve()
        if reason := _unready(checkout):
            for stack in installation.stacks:
                yield SurveyRow(stack=stack, question="-", reading=Reading(state="bad", message=reason), seconds=0.0)
            return
        environment = _environment(os.environ, installation)
        with tempfile.TemporaryDirectory(prefix="fabrix-fleet-") as folder:
            for stack in installation.stacks:
                for question in self.questions:
                    command = [str(checkout / "fabrix"), *question.arguments(stack, Path(folder) / stack)]
                    command += ["--json", "--target", installation.target]
                    answer = ask(command, checkout, environment, self.timeout, stop)
                    reading = read_answer(question, stack, answer, self.timeout)
                    yield SurveyRow(stack=stack, question=question.name, reading=reading, seconds=answer.seconds)
                    if reading.final:
                        break
                    if stop.is_set():
                        return


def _finished(futures: Mapping[Future[Result], Installation], report: Callable[[str], None]) -> Iterator[Result]:
    """Yield results as they arrive, and report from time to time who has not answered yet."""
    waiting = set(futures)
    while waiting:
        done, waiting = wait(waiting, timeout=QUIET_SECONDS, return_when=FIRST_COMPLETED)
        if not done:
            names = [futures[future].name for future in waiting if future.running()]
            report(f"waiting for {', '.join(sorted(names))}")
        for future in done:
            yield future.result()


def _unready(checkout: Path) -> str:
    """Return why a checkout cannot be asked without changing it; empty if it can."""
    if not (checkout / "fabrix").is_file():
        return "there is no checkout at its path: no file `fabrix`"
    required, installed = checkout / "requirements.txt", checkout / ".venv" / "requirements.installed"
    if required.is_file() and not (installed.is_file() and installed.read_bytes() == required.read_bytes()):
        # Its launcher would install them, and a fleet command changes nothing.
        return "its Python environment is not prepared: run `./fabrix doctor` there once"
    return ""


def _environment(ours: Mapping[str, str], installation: Installation) -> dict[str, str]:
    kept = {name: value for name, value in ours.items() if name not in _REMOVED}
    quiet = {"NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1"}  # compiled files in a checkout would be a change
    return {**kept, **quiet, **installation.environment}
