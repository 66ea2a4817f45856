"""A real HTTP server that plays Azure Resource Manager, or an application."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass
class Request:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Answer:
    """One answer; a body that is not text is JSON."""

    status: int = 200
    body: Any = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Server:
    """Answers what the test says, in order; the last answer of a path is given again and again."""

    url: str
    seen: list[Request] = field(default_factory=list)
    answers: dict[str, list[Answer]] = field(default_factory=dict)

    def on(self, start: str, *answers: Answer) -> None:
        """Answer requests whose method and path begin like ``start``."""
        self.answers[start] = list(answers)

    def answer(self, request: Request) -> Answer:
        """Take the next answer for a request."""
        self.seen.append(request)
        for start, queue in self.answers.items():
            if f"{request.method} {request.path}".startswith(start):
                return queue.pop(0) if len(queue) > 1 else queue[0]
        return Answer(404, {"error": {"code": "ResourceNotFound", "message": f"no {request.path}"}})


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Server]]:
    """Start servers that end with the test."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    started: list[ThreadingHTTPServer] = []

    def start() -> Server:
        class Handler(BaseHTTPRequestHandler):
            def _do(self) -> None:
                text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                request = Request(self.command, self.path, dict(self.headers), json.loads(text) if text else None)
                answer = server.answer(request)
                body = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if not isinstance(answer.body, str):
                    self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            do_GET = do_POST = do_PATCH = _do  # noqa: N815 - names that the library asks for

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                """Stay silent."""

        http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        started.append(http)
        server = Server(f"http://127.0.0.1:{http.server_port}")
        threading.Thread(target=http.serve_forever, daemon=True).start()
        return server

    yield start
    for http in started:
        http.shutdown()
        http.server_close()


@pytest.fixture
def server(serve: Callable[[], Server]) -> Server:
    """One server."""
    return serve()
