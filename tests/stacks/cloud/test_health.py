"""Health checks are repeated over HTTP for a bounded time, against a real server; and what counts as healthy."""

from __future__ import annotations

import socket
import time

import pytest

from stacks.cloud.health import HealthProbe, judge_answer

from .conftest import Answer, Server


def probe(server: Server, timeout: float = 5.0) -> HealthProbe:
    """A probe of a test server that does not wait long."""
    return HealthProbe(address=lambda _, path: f"{server.url}{path}", timeout=timeout, every=0.01)


def test_one_that_is_healthy_is_requested_once(server: Server) -> None:
    server.on("GET /health", Answer(200, {"status": "UP"}))
    assert probe(server).check("app", "/health") == (True, "HTTP 200, status UP")
    assert len(server.seen) == 1


def test_one_that_starts_slowly_is_waited_for(server: Server) -> None:
    server.on("GET /health", Answer(503), Answer(503), Answer(200, {"status": "STARTING"}), Answer(200, "pong"))
    assert probe(server).check("app", "/health") == (True, "HTTP 200")
    assert len(server.seen) == 4


def test_one_that_never_becomes_healthy_ends_in_time_and_says_after_how_long(server: Server) -> None:
    server.on("GET /health", Answer(503))
    started = time.monotonic()
    ok, detail = probe(server, timeout=0.3).check("app", "/health")
    assert not ok
    assert detail.startswith("HTTP 503, for ")
    assert time.monotonic() - started < 10, "a bounded time is what the caller counts on"


def test_a_redirect_to_a_login_is_not_healthy(server: Server) -> None:
    server.on("GET /health", Answer(302, "", {"Location": "/login"}))
    server.on("GET /login", Answer(200, "hello"))
    assert probe(server, timeout=0).check("app", "/health") == (False, "HTTP 302, for 0 s")


def test_nobody_there_says_where_one_has_to_ask_from() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    asked = HealthProbe(address=lambda _, path: f"http://127.0.0.1:{port}{path}", timeout=0, every=0.01)
    ok, detail = asked.check("app", "/health")
    assert not ok
    assert "inside their network only" in detail


def test_addresses_are_https_unless_a_test_says_otherwise() -> None:
    assert HealthProbe().address("app.azurewebsites.net", "/health") == "https://app.azurewebsites.net/health"


@pytest.mark.parametrize(
    "body",
    ['{"status": "UP"}', '{"status": "ok"}', '{"status": "Healthy"}', '{"success": true}', '{"status": true}',
     "pong", "", '"pong"', "<html>"],
)  # fmt: skip
def test_a_healthy_answer_is_recognised(body: str) -> None:
    assert judge_answer(200, body)[0], f"200 with {body!r} is a healthy answer by the platform's rule"


@pytest.mark.parametrize("body", ['{"status": "DOWN"}', '{"success": false}', '{"status": false}', "{}", '{"up": 1}'])
def test_an_answer_that_says_otherwise_is_not_healthy(body: str) -> None:
    assert not judge_answer(200, body)[0]


@pytest.mark.parametrize("status", [201, 204, 302, 401, 403, 404, 500, 503])
def test_only_status_200_is_healthy(status: int) -> None:
    assert judge_answer(status, '{"status": "UP"}') == (False, f"HTTP {status}")


def test_the_body_is_not_repeated() -> None:
    ok, detail = judge_answer(200, '{"status": "DOWN", "password": "hunter2"}')
    assert not ok
    assert "hunter2" not in detail
    assert len(judge_answer(200, f'{{"status": "{"x" * 500}"}}')[1]) < 100
