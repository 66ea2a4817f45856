"""Running a Container Apps job to its end, and the restart that a database server may need before it.

Never run against real Azure: in tests a local server plays ARM, after the REST reference ("Jobs - Start", "Jobs
Executions - List", "Configurations - List By Server", "Servers - Restart").
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from database.sql import CONTAINER
from stacks.cloud.arm import Arm
from support.errors import OperationError

VERSION, SERVERS = "2025-07-01", "2024-08-01"
"""API versions of Microsoft.App and of Microsoft.DBforPostgreSQL."""
TIMEOUT = 1200.0
"""Seconds for one execution; the job's own limit is below it."""
SPREADING = "ContainerAppSecretRefNotFound"
"""Azure's answer to the start of a job that was made a moment ago, until its secrets are known everywhere."""
ATTEMPTS = 12
_RUNNING = ("Running", "Processing", "Unknown")


def runner(tenant: str) -> Callable[[str, str], None]:
    """Return what prepares a server and runs a job, by their ARM ids; it signs in to ``tenant`` when it is called."""

    def run(job_id: str, server_id: str) -> None:
        arm = Arm.signed_in(tenant)
        restart_if_pending(arm, server_id)
        run_job(arm, job_id)

    return run


def restart_if_pending(arm: Arm, server_id: str) -> bool:
    """Restart a PostgreSQL server if one of its static parameters waits for that; return whether one did.

    Raises:
        OperationError: Azure refuses.

    """
    parameters = arm.pages(f"{server_id}/configurations", SERVERS)
    if not any((one.get("properties") or {}).get("isConfigPendingRestart") for one in parameters):
        return False
    arm.act(f"{server_id}/restart", SERVERS, {"restartWithFailover": False})
    return True


def run_job(arm: Arm, job_id: str, *, timeout: float = TIMEOUT) -> None:
    """Start the job and wait until its execution has succeeded.

    Raises:
        OperationError: it failed or took too long; the message has Azure's reason and where the log is.

    """
    before = {execution["name"] for execution in arm.pages(f"{job_id}/executions", VERSION)}
    deadline = time.monotonic() + timeout
    _start(arm, job_id)
    while True:
        started = [one for one in arm.pages(f"{job_id}/executions", VERSION) if one["name"] not in before]
        execution: dict[str, Any] = started[0] if started else {}
        state = execution.get("properties") or {}
        status = state.get("status") or "Unknown"
        if status == "Succeeded":
            return
        if status not in _RUNNING:
            raise OperationError(_failure(job_id, execution.get("name", ""), status, state))
        if time.monotonic() > deadline:
            raise OperationError(
                f"{job_id} is still {status.lower()} after {timeout:.0f} s. "
                f"{log_advice(job_id, execution.get('name', ''))} Then run the same command again."
            )
        time.sleep(arm.every)


def _start(arm: Arm, job_id: str) -> None:
    for attempt in range(ATTEMPTS):
        try:
            # Without a body: one would be a template in place of the job's own (REST API, Jobs - Start).
            return arm.act(f"{job_id}/start", VERSION, None)
        except OperationError as error:
            if SPREADING not in str(error) or attempt == ATTEMPTS - 1:
                raise
        time.sleep(arm.every)
    return None


def _failure(job_id: str, name: str, status: str, state: dict[str, Any]) -> str:
    why = " ".join(str(state[key]) for key in ("reason", "message") if state.get(key))
    codes = [
        f"exit code {container['code']}"
        for replica in (state.get("detailedStatus") or {}).get("replicas") or ()
        for container in replica.get("containers") or ()
        if container.get("code")
    ]
    detail = ", ".join([*([why] if why else []), *codes])
    ended = f"execution {name} of {job_id} ended as {status}{f': {detail}' if detail else ''}"
    return f"{ended}. {log_advice(job_id, name)} Fix it and run the same command again."


def log_advice(job_id: str, execution: str) -> str:
    """Say how to read what psql said in an execution of a job, the newest one if none is named.

    The command reads the container's own output (Azure CLI reference, ``az containerapp job logs show``, in preview, of
    the extension ``containerapp``); the workspace keeps it, and answers in its own network only.
    """
    _, _, subscription, _, group, *_, name = job_id.split("/")
    where = f"--name {name} --resource-group {group} --subscription {subscription}"
    which = f" --execution {execution}" if execution else ""
    return (
        f"What psql said: `az containerapp job logs show {where}{which} --container {CONTAINER} --tail 100`; later, "
        "from inside the network, in the workspace: ContainerAppConsoleLogs | where ContainerGroupName startswith "
        f"'{execution or name}' | order by TimeGenerated desc."
    )
