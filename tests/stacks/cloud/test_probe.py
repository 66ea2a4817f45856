"""An application is asked over HTTP until it is well, for a bounded time. A real server answers."""

from __future__ import annotations

import socket
import time

from stacks.cloud.probe import Prober

from .conftest import Answer, Server


def prober(server: Server, patience: float = 5.0) -> Prober:
    """A prober that asks a test's server, and does not wait long."""
    return Prober(address=lambda _, path: f"{server.url}{path}", patience=patience, every=0.01)


def test_one_that_is_well_is_asked_once(server: Server) -> None:
    server.on("GET /health", Answer(200, {"status": "UP"}))
    assert prober(server).ask("app", "/health") == (True, "HTTP 200, status UP")
    assert len(server.seen) == 1


def test_one_that_starts_slowly_is_waited_for(server: Server) -> None:
    server.on("GET /health", Answer(503), Answer(503), Answer(200, {"status": "STARTING"}), Answer(200, "pong"))
    assert prober(server).ask("app", "/health") == (True, "HTTP 200")
    assert len(server.seen) == 4


def test_one_that_never_gets_well_ends_in_time_and_says_how_long_it_was_asked(server: Server) -> None:
    server.on("GET /health", Answer(503))
    started = time.monotonic()
    ok, said = prober(server, patience=0.3).ask("app", "/health")
    assert not ok
    assert said.startswith("HTTP 503, for ")
    assert time.monotonic() - started < 10, "a bounded time is what the caller counts on"


def test_a_redirect_to_a_login_is_not_well(server: Server) -> None:
    server.on("GET /health", Answer(302, "", {"Location": "/login"}))
    server.on("GET /login", Answer(200, "hello"))
    assert prober(server, patience=0).ask("app", "/health") == (False, "HTTP 302, for 0 s")


def test_nobody_there_says_where_one_has_to_ask_from() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    asked = Prober(address=lambda _, path: f"http://127.0.0.1:{port}{path}", patience=0, every=0.01)
    ok, said = asked.ask("app", "/health")
    assert not ok
    assert "inside their network only" in said


def test_addresses_are_https_unless_a_test_says_otherwise() -> None:
    assert Prober().address("app.azurewebsites.net", "/health") == "https://app.azurewebsites.net/health"
