"""A container job is started once and waited for, a server restarted if it waits; a local server plays ARM."""

from __future__ import annotations

import time
from typing import Any

import pytest
from azure.core.credentials import AccessToken

from stacks.cloud.arm import Arm
from stacks.cloud.jobs import SPREADING, restart_if_pending, run_job
from support.errors import OperationError

from .conftest import Answer, Server

JOB = "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg/providers/Microsoft.App/jobs/caj-sql"
LIST, START = f"GET {JOB}/executions", f"POST {JOB}/start"


class Credential:
    def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken("a-token", int(time.time()) + 3600)


@pytest.fixture
def arm(server: Server) -> Arm:
    return Arm.signed_in("tenant-one", credential=Credential(), endpoint=server.url, timeout=2.0, every=0.01)


def listed(*executions: dict[str, Any]) -> Answer:
    return Answer(200, {"value": list(executions)})


def execution(name: str, status: str, **properties: Any) -> dict[str, Any]:
    return {"name": name, "properties": {"status": status, **properties}}


OLD = execution("old", "Failed")


def starts(server: Server) -> int:
    return sum(one.method == "POST" for one in server.seen)


def test_it_is_started_once_and_waited_for(arm: Arm, server: Server) -> None:
    new = [execution("new", status) for status in ("Running", "Processing", "Succeeded")]
    server.on(LIST, listed(OLD), listed(OLD), *(listed(one, OLD) for one in new))
    server.on(START, Answer(200, {"name": "new"}))
    run_job(arm, JOB)
    assert starts(server) == 1
    assert server.seen[-1].path.endswith("api-version=2025-07-01")


def test_a_failure_has_azures_reason_the_exit_code_and_where_psql_speaks(arm: Arm, server: Server) -> None:
    detail = {"replicas": [{"containers": [{"name": "psql", "code": 3}]}]}
    failed = execution("new", "Failed", reason="BackoffLimitExceeded", detailedStatus=detail)
    server.on(LIST, listed(), listed(failed))
    server.on(START, Answer(200, {}))
    with pytest.raises(OperationError) as caught:
        run_job(arm, JOB)
    for words in (
        "execution new",
        "BackoffLimitExceeded",
        "exit code 3",
        "ContainerAppConsoleLogs",
        "startswith 'new'",
        "az containerapp job logs show --name caj-sql --resource-group rg --subscription 11111111-2222-4333-8444-",
        "555555555555 --execution new --container psql",
    ):
        assert words in str(caught.value)


def test_a_job_that_was_made_a_moment_ago_is_started_again(arm: Arm, server: Server) -> None:
    early = Answer(400, {"error": {"code": SPREADING, "message": "SecretRef 'administrator' not found."}})
    server.on(LIST, listed(), listed(execution("new", "Succeeded")))
    server.on(START, early, early, Answer(200, {}))
    run_job(arm, JOB)
    assert starts(server) == 3


def test_another_refusal_is_told_at_once(arm: Arm, server: Server) -> None:
    server.on(LIST, listed())
    server.on(START, Answer(403, {"error": {"code": "AuthorizationFailed", "message": "no right to start"}}))
    with pytest.raises(OperationError, match="AuthorizationFailed: no right to start"):
        run_job(arm, JOB)
    assert starts(server) == 1


def test_one_that_never_ends_is_given_up(arm: Arm, server: Server) -> None:
    server.on(LIST, listed(), listed(execution("new", "Running")))
    server.on(START, Answer(200, {}))
    with pytest.raises(OperationError, match="is still running after"):
        run_job(arm, JOB, timeout=0.05)


SERVER = "/subscriptions/11111111-2222-4333-8444-555555555555/providers/Microsoft.DBforPostgreSQL/flexibleServers/psql"


@pytest.mark.parametrize("pending", [True, False])
def test_a_server_is_restarted_when_a_parameter_waits_for_it(arm: Arm, server: Server, pending: bool) -> None:
    parameters = [
        {"name": "log_connections", "properties": {"isConfigPendingRestart": False}},
        {"name": "shared_preload_libraries", "properties": {"isConfigPendingRestart": pending}},
    ]
    server.on(f"GET {SERVER}/configurations", Answer(200, {"value": parameters}))
    server.on(f"POST {SERVER}/restart", Answer(202, "", {"Location": f"{server.url}/operation"}))
    server.on("GET /operation", Answer(202, "", {"Location": f"{server.url}/operation"}), Answer(200))
    assert restart_if_pending(arm, SERVER) is pending
    assert starts(server) == pending
