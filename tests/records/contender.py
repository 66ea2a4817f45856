"""A process that contends for a lock: ``contender.py PLACE STACK SECONDS FILE``.

While it holds the lock it appends ``in <pid>`` and, later, ``out <pid>`` to FILE; ``lost`` if another took the lock.
PLACE is a folder, or a connection string.
"""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

from records.documents import Documents
from records.file_documents import FileDocuments
from records.identity import Identity
from records.lock import StackLock
from support.errors import Exit, OperationError


def documents(place: str) -> Documents:
    if "AccountName=" not in place:
        return FileDocuments(Path(place))
    from azure.storage.blob import BlobServiceClient

    from records.blob_documents import BlobDocuments

    return BlobDocuments(BlobServiceClient.from_connection_string(place))


def main(place: str, stack: str, seconds: str, log: str) -> None:
    lock = StackLock(documents(place), stack)
    who = Identity(f"contender-{os.getpid()}@example.invalid", "git")
    end = time.monotonic() + float(seconds)
    print("ready", flush=True)
    while time.monotonic() < end:
        try:
            with lock.hold("contend", who) as held:
                note(log, "in")
                time.sleep(random.uniform(0, 0.02))  # noqa: S311
                held.check()
                note(log, "out")
        except OperationError as error:
            if error.code is not Exit.REFUSED:
                raise
            time.sleep(random.uniform(0, 0.01))  # noqa: S311


def note(log: str, word: str) -> None:
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(handle, f"{word} {os.getpid()}\n".encode())
    os.close(handle)


if __name__ == "__main__":
    main(*sys.argv[1:])
