"""The server of tests/warm: passes each request to the zygote of its checkout and script, which it forks if need be."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
from collections import OrderedDict

from tests.warm.messages import receive, send
from tests.warm.zygote import Run, Zygote, load

KEPT = 10
"""Zygotes, those used last."""

Key = tuple[str, str]
"""Interpreter, which tells the checkout, and script."""


class Server:
    """Accepts requests until its standard input is closed."""

    def __init__(self, address: str) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(address)
        self._listener.listen(128)
        self._links: OrderedDict[Key, socket.socket] = OrderedDict()

    def serve(self) -> Run | None:
        """Return None at the end; in a process that was forked, what it is to do."""
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        sys.stdout.write("ready\n")
        while True:
            keys = {link: key for key, link in self._links.items()}
            for ready in select.select([self._listener, sys.stdin, *keys], [], [])[0]:
                if ready is sys.stdin:
                    return None
                if ready is self._listener:
                    if run := self._accept():
                        return run
                elif isinstance(ready, socket.socket):
                    load(json.loads(receive(ready)[0]))

    def _accept(self) -> Run | None:
        connection, _ = self._listener.accept()
        content, streams = receive(connection)
        request = json.loads(content)
        words = [word for word in request["args"] if word != "-u"]
        key = request["python"], " ".join(words[: 2 if words[0] == "-m" else 1])
        descriptors = [*streams, connection.detach()]
        if key not in self._links and (run := self._fork(key, descriptors)):
            return run
        self._links.move_to_end(key)
        send(self._links[key], content, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        return None

    def _fork(self, key: Key, descriptors: list[int]) -> Run | None:
        while len(self._links) >= KEPT:
            self._links.popitem(last=False)[1].close()  # that zygote ends when its processes have
        ours, theirs = socket.socketpair()
        if os.fork() == 0:
            for other in (ours, self._listener, *self._links.values()):
                other.close()
            for descriptor in descriptors:
                os.close(descriptor)
            return Zygote(theirs).serve
        theirs.close()
        self._links[key] = ours
        return None


if __name__ == "__main__":
    del sys.path[0]  # this repository: what is forked knows no checkout but its own
    os.chdir("/")
    RUN: Run | None = Server(sys.argv[1]).serve
    while RUN:
        RUN = RUN()
