"""Messages between the processes of tests/warm, with the file descriptors that go along."""

from __future__ import annotations

import socket
from collections.abc import Sequence

_DESCRIPTORS = 4


def send(connection: socket.socket, content: bytes, descriptors: Sequence[int] = ()) -> None:
    """Send one message."""
    socket.send_fds(connection, [len(content).to_bytes(8, "big")], descriptors)
    connection.sendall(content)


def receive(connection: socket.socket) -> tuple[bytes, list[int]]:
    """Return the next message and its descriptors; without content once the other end is closed."""
    header, descriptors, *_ = socket.recv_fds(connection, 8, _DESCRIPTORS)
    size, content = int.from_bytes(header, "big"), b""
    while len(content) < size and (more := connection.recv(size - len(content))):
        content += more
    return content, descriptors
