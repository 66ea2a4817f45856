"""Whether the SQL that ran last inside the databases is the one that the stack file asks for; nothing is changed.

The mark in the state is made only after the job has succeeded (``components/data/sqljob.py``), so it says which SQL ran
last. What the job holds and how its last execution ended is asked of Azure. Both say nothing about changes made by hand
in a database since: those only ``data verify`` sees, from inside the network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from database.sql import checksum
from database.wanted import Database, wanted
from emulator.world import dig
from settings import PlatformSettings
from stacks import rotations
from stacks.cloud.jobs import log_advice
from stacks.preflight.model import Questions

VERSION = "2025-07-01"
"""API version of Microsoft.App; its job executions are the newest hundred (Microsoft Learn, "Jobs in Azure Container
Apps")."""
_MARK = "aifabrix:data:SqlJob$random:index/randomId:RandomId"
_JOB = "azure-native:app:Job"
_CHECKSUM = re.compile(r"sha256:[0-9a-f]{64}")
_SUCCEEDED, _RUNNING = "Succeeded", frozenset(("Running", "Processing"))


@dataclass(frozen=True, kw_only=True)
class Execution:
    """One execution of the job, as Azure reports it."""

    name: str
    status: str
    """``Succeeded``, ``Failed``, ``Running``, ``Stopped`` …"""
    started: str
    """ISO time, UTC."""
    ended: str
    """Empty while it runs."""


@dataclass(frozen=True, kw_only=True)
class DatabaseRow:
    """What the SQL makes of one database."""

    database: Database
    deployed: int | None
    """Rotations of its password that are deployed; None if none was asked for."""


@dataclass(frozen=True, kw_only=True)
class SqlStatus:
    """The SQL that ran, the SQL that is wanted, and the job between them."""

    stack: str
    """Name, for the commands in messages."""
    wanted: str
    """Checksum of the SQL that the stack file asks for."""
    ran: str
    """Checksum of the SQL that ran last; empty if none did."""
    since: str
    """When that was first so, an ISO time; empty if it never was."""
    job: str
    """ARM id of the job; empty where an operator runs the SQL."""
    held: str | None
    """Checksum of the SQL that the job in Azure has; None if there is no such job."""
    execution: Execution | None
    """The last one; None if Azure knows of none, as the local Azure, which runs no containers."""
    databases: tuple[DatabaseRow, ...]

    @property
    def problems(self) -> list[str]:
        """Why the databases may not be what the stack file asks for, each with the way on; empty if they are."""
        return list(self._problems())

    def _problems(self) -> Iterator[str]:
        up = f"`./fabrix up {self.stack}`"
        if not self.job:
            yield (
                f"no job runs the SQL, since network.subnets.jobs names no subnet: run what `./fabrix data sql "
                f"{self.stack}` writes; `./fabrix data verify {self.stack}` compares the server"
            )
            return
        if not self.ran:
            yield f"the SQL has never run to its end: {up} runs it"
        elif self.ran != self.wanted:
            yield f"{self.ran} ran last, and the stack file asks for {self.wanted}: {up} runs it"
        if self.held is None:
            yield f"Azure has no job {self.job}: `./fabrix up {self.stack} --refresh` makes it again"
        elif not self.held:
            yield f"the job's SQL is not this program's: `./fabrix up {self.stack} --refresh` replaces it"
        elif self.ran and self.held != self.ran:
            yield f"the job has the SQL {self.held}, which has not run to its end: {up} runs it"
        if self.execution is None or self.execution.status == _SUCCEEDED:
            return
        if self.execution.status in _RUNNING:
            yield f"the execution {self.execution.name} is still running: ask again when it has ended"
        else:
            yield (
                f"the last execution, {self.execution.name}, is {self.execution.status}. "
                f"{log_advice(self.job, self.execution.name)}"
            )


def sql_status(
    stack: str, deployment: Mapping[str, Any], settings: PlatformSettings, questions: Questions
) -> SqlStatus:
    """Read the state, and ask Azure for the job and its executions.

    Args:
        stack: its name.
        deployment: ``deployment`` of an exported state.
        settings: the stack's settings.
        questions: who answers, Azure or the local one.

    Raises:
        OperationError: Azure refuses, or does not answer.

    """
    entries = [entry for entry in deployment.get("resources") or () if not entry.get("delete")]
    mark: Mapping[str, Any] = next((entry for entry in entries if _MARK in entry["urn"]), {})
    job = next((str(entry.get("id") or "") for entry in entries if entry["type"] == _JOB), "")
    databases, counts = wanted(settings.apps), rotations.deployed_counts(deployment)
    secrets = {database.name: database.password_secret for app in settings.apps for database in app.databases}
    there = questions.get(job, VERSION) if job else None
    return SqlStatus(
        stack=stack,
        wanted=checksum(databases),
        ran=str(dig(mark.get("inputs") or {}, "keepers.sql") or ""),
        since=str(mark.get("created") or ""),
        job=job,
        held=_held(there) if there else None,
        execution=_last(questions.rows(f"{job}/executions", VERSION)) if there else None,
        databases=tuple(DatabaseRow(database=one, deployed=counts.get(secrets[one.name])) for one in databases),
    )


def _held(job: Mapping[str, Any]) -> str:
    """Return the checksum in the SQL that a job has, which names it in its first line; empty if it has none."""
    containers = dig(job, "properties.template.containers") or ()
    texts = (
        str(variable.get("value") or "")
        for container in containers
        for variable in container.get("env") or ()
        if variable.get("name") == "SQL"
    )
    found = _CHECKSUM.search(next(texts, ""))
    return found.group() if found else ""


def _last(rows: Sequence[Mapping[str, Any]]) -> Execution | None:
    """Return the execution that was started last (REST API, Jobs Executions - List)."""
    executions = [
        Execution(
            name=str(row.get("name")),
            status=str(dig(row, "properties.status") or "Unknown"),
            started=str(dig(row, "properties.startTime") or ""),
            ended=str(dig(row, "properties.endTime") or ""),
        )
        for row in rows
    ]
    return max(executions, key=lambda one: one.started, default=None)
