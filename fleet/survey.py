"""Asks all installations, a few at a time, and keeps what one does from the others."""

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

from fleet.listing import OWN, Installation
from fleet.process import ask
from fleet.questions import Question, Reading, reading

QUIET_SECONDS = 5.0
"""How often it is said who has not answered yet."""

_CLEAN = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "FABRIX_PYTHON", "FABRIX_AZURE_DB", "FABRIX_TARGET", *OWN)
"""Variables of ours that would make another checkout answer for this one."""


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
            "said": self.reading.said,
            "seconds": round(self.seconds, 2),
        }


@dataclass(frozen=True, kw_only=True)
class Result:
    """All answers of one installation."""

    installation: Installation
    lines: tuple[SurveyRow, ...]
    seconds: float

    @property
    def healthy(self) -> bool:
        """Whether everything asked was answered and in order."""
        return all(line.reading.state == "ok" for line in self.lines)

    def document(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return {
            "name": self.installation.name,
            "target": self.installation.target,
            "healthy": self.healthy,
            "seconds": round(self.seconds, 2),
            "answers": [line.document() for line in self.lines],
        }


@dataclass(frozen=True, kw_only=True)
class Survey:
    """How installations are asked."""

    questions: Sequence[Question]
    base: Path
    """Folder that the paths of installations are relative to."""
    parallel: int
    timeout: float
    """Seconds for one command."""

    def run(self, installations: Sequence[Installation], tell: Callable[[str], None]) -> list[Result]:
        """Ask everybody, ``parallel`` at a time; results in the order of ``installations``.

        An interrupt ends every child before it goes on.
        """
        stop = threading.Event()
        pool = ThreadPoolExecutor(max_workers=self.parallel, thread_name_prefix="fleet")
        try:
            futures = {pool.submit(self._one, one, stop): one for one in installations}
            for number, done in enumerate(_finished(futures, tell), 1):
                verdict = "healthy" if done.healthy else "UNHEALTHY"
                tell(f"{number} of {len(futures)}: {done.installation.name}: {verdict}, {done.seconds:.1f} s")
            return [future.result() for future in futures]
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)

    def _one(self, installation: Installation, stop: threading.Event) -> Result:
        started = time.monotonic()
        lines = tuple(self._lines(installation, stop))
        return Result(installation=installation, lines=lines, seconds=time.monotonic() - started)

    def _lines(self, installation: Installation, stop: threading.Event) -> Iterator[SurveyRow]:
        checkout = (self.base / installation.path).resolve()
        if unready := _unready(checkout):
            for stack in installation.stacks:
                yield SurveyRow(stack=stack, question="-", reading=Reading(state="bad", said=unready), seconds=0.0)
            return
        environment = _environment(os.environ, installation)
        with tempfile.TemporaryDirectory(prefix="fabrix-fleet-") as folder:
            for stack in installation.stacks:
                for question in self.questions:
                    words = [*question.words(stack, Path(folder) / stack), "--json", "--target", installation.target]
                    answer = ask([str(checkout / "fabrix"), *words], checkout, environment, self.timeout, stop)
                    found = reading(question, stack, answer, self.timeout)
                    yield SurveyRow(stack=stack, question=question.name, reading=found, seconds=answer.seconds)
                    if found.done:
                        break
                    if stop.is_set():
                        return


def _finished(futures: Mapping[Future[Result], Installation], tell: Callable[[str], None]) -> Iterator[Result]:
    """Yield results as they come, and say now and then who is still asked."""
    waiting = set(futures)
    while waiting:
        done, waiting = wait(waiting, timeout=QUIET_SECONDS, return_when=FIRST_COMPLETED)
        if not done:
            names = [futures[future].name for future in waiting if future.running()]
            tell(f"waiting for {', '.join(sorted(names))}")
        for future in done:
            yield future.result()


def _unready(checkout: Path) -> str:
    """Why a checkout cannot be asked without changing it, in words; empty if it can."""
    if not (checkout / "fabrix").is_file():
        return "there is no checkout at its path: no file `fabrix`"
    required, made = checkout / "requirements.txt", checkout / ".venv" / "requirements.installed"
    if required.is_file() and not (made.is_file() and made.read_bytes() == required.read_bytes()):
        # Its launcher would make it, and a fleet command changes nothing.
        return "its Python environment is not prepared: run `./fabrix doctor` there once"
    return ""


def _environment(ours: Mapping[str, str], installation: Installation) -> dict[str, str]:
    kept = {name: value for name, value in ours.items() if name not in _CLEAN}
    quiet = {"NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1"}  # compiled files in a checkout would be a change
    return {**kept, **quiet, **installation.environment}
