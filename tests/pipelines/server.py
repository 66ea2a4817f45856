"""A server that answers like the API of GitHub or Azure DevOps, as far as pipelines ask, and keeps what it got."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

TOKEN = "the token of the run"


@dataclass
class Server:
    """Answers by the beginning of the path; every change is kept."""

    url: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    """``GET`` path, with or without its query → document."""
    changes: list[tuple[str, str, Any]] = field(default_factory=list)
    """(method, path, document) of everything that was not a ``GET``."""

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        if method == "GET":
            for known in (path, path.split("?", maxsplit=1)[0]):
                if known in self.answers:
                    return 200, self.answers[known]
            return 404, {"message": f"nothing at {path}"}
        self.changes.append((method, path, json.loads(body) if body else None))
        return 200, self.answers.get(f"{method} {path.split('?', maxsplit=1)[0]}", {})


@contextmanager
def serving() -> Generator[Server]:
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                status, document = 401, {"message": "who are you?"}
            else:
                status, document = server.answer(self.command, unquote(self.path), body)
            sent = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_PATCH = _serve  # noqa: N815 - the names that http.server looks for

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that it has
            """Be quiet."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    server.url = f"http://127.0.0.1:{listening.server_port}"
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
