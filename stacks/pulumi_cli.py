"""Runs the engine as a child process: its event log is decoded while it works, and it never outlives this process.

Not by the Automation API, which (pulumi 3.272, ``automation/_cmd.py``) starts the engine in our process group, where
Ctrl-C reaches it twice, lets it outlive a killed parent, and takes the events over gRPC instead of a log that stays.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.locate import Engine
from stacks.events import EventLog, Run, without_colours
from support.errors import OperationError
from targets.target import Target

PARALLEL = 64
"""Resources in parallel. The engine's default follows the CPU count, too few where each create takes minutes
(measured: 2 s a create, 300 resources, 80.9 s at the default 8 against 26.5 s)."""

POLL_SECONDS = 0.05

TETHER = (sys.executable, "-E", "-S", str(Path(__file__).with_name("tether.py")))
"""Command prefix that makes the engine end when this process does."""


@dataclass(frozen=True)
class PulumiCli:
    """The engine's command line, bound to one target and one stack."""

    engine: Engine
    target: Target
    stack: str

    @property
    def executable(self) -> str:
        """Path of ``pulumi``."""
        return str(self.engine.bin_dir / "pulumi")

    def query(self, *arguments: str, check: bool = True, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a short command and return its output.

        Raises:
            OperationError: the command failed and ``check`` is on; the message holds the engine's output.

        """
        result = subprocess.run(
            [self.executable, *arguments, "--stack", self.stack, "--non-interactive"],
            cwd=self.target.project(),
            env=self.target.environment(self.engine),
            capture_output=True,
            text=True,
            input=stdin,
            check=False,
        )
        if check and result.returncode != 0:
            raise OperationError(
                without_colours(result.stderr).strip() or f"pulumi {' '.join(arguments)} ended with {result.returncode}"
            )
        return result

    def export(self) -> dict[str, Any]:
        """Return the state of the stack as ``pulumi stack export`` prints it; secrets stay encrypted."""
        return json.loads(self.query("stack", "export").stdout)

    def run(
        self,
        command: str,
        *arguments: str,
        log: Path,
        on_event: Callable[[Run], None] = lambda _: None,
    ) -> tuple[Run, int]:
        """Run ``preview``, ``up``, ``refresh`` or ``destroy`` and decode its event log meanwhile.

        Returns the decoded run and the engine's exit code. An interrupt is passed on to the engine, which finishes the
        creates in progress, saves its state and ends; only then does the call return.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        log.unlink(missing_ok=True)
        command_line = [
            *TETHER, str(os.getpid()), self.executable, command, "--stack", self.stack, "--non-interactive",
            "--event-log", str(log), "--parallel", str(PARALLEL), *arguments,
        ]  # fmt: skip
        started = time.monotonic()
        refreshed = str("--refresh" in arguments).lower()
        environment = {
            **self.target.environment(self.engine),
            "PULUMI_DEBUG_COMMANDS": "true",
            "FABRIX_REFRESHED": refreshed,
        }
        with log.with_suffix(".out").open("w+", encoding="utf-8") as output:
            # The engine's terminal output is kept for the one case without events: it could not start.
            child = subprocess.Popen(
                command_line,
                cwd=self.target.project(),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A process group of its own: Ctrl-C reaches the engine through us, once; twice would abort everything.
                process_group=0,
            )
            run = Run()
            _consume(child, log, run, on_event)
            run.seconds = time.monotonic() - started
            if child.returncode != 0 and not run.errors and not run.violations:
                output.seek(0)
                message = _error_lines(without_colours(output.read()))
                run.errors.append(("", message or f"pulumi {command} ended with {child.returncode}"))
        return run, child.returncode


def _consume(child: subprocess.Popen[bytes], log: Path, run: Run, on_event: Callable[[Run], None]) -> None:
    events = EventLog(log)
    ended = False
    while True:
        try:
            for event in events.read():
                run.consume(event)
                on_event(run)
            if ended:
                return
            ended = child.poll() is not None  # then read once more: it may have written in between
            if not ended:
                time.sleep(POLL_SECONDS)
        except KeyboardInterrupt:
            # It finishes the creates in progress; a second interrupt would abort them.
            if child.poll() is None:
                child.send_signal(signal.SIGINT)


def _error_lines(text: str) -> str:
    lines = [line.removeprefix("error: ") for line in text.splitlines() if line.startswith("error: ")]
    return "\n".join(lines) or text.strip()[-2000:]
