"""Uses the cache as Python applications do, by the settings in the environment; prints how each way ended, as JSON.

Run by tests/applications/test_cache.py with redis-py and Celery on the path.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable

import celery  # ty: ignore[import-not-found] - a package of this script alone
import redis  # ty: ignore[import-not-found]
import redis.asyncio  # ty: ignore[import-not-found]
from celery.contrib.testing.worker import start_worker  # ty: ignore[import-not-found]

URL = os.environ["REDIS_URL"]


def with_url() -> None:
    client = redis.from_url(URL)
    client.set("stored", "by redis-py", ex=60)
    assert client.get("stored") == b"by redis-py"


def with_url_asynchronously() -> None:
    async def use() -> None:
        async with redis.asyncio.from_url(URL) as client:
            await client.set("stored", "by redis.asyncio", ex=60)
            assert await client.get("stored") == b"by redis.asyncio"

    asyncio.run(use())


def following(number: int) -> int:
    return number + 1


def with_tasks() -> None:
    """Queue a task and fetch its result, with the cache as broker and as store of results."""
    app = celery.Celery(broker=URL, backend=URL)
    app.conf.broker_connection_retry_on_startup = False
    app.conf.task_default_queue = f"queue-{os.getpid()}"
    app.task(following, name="following")
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=60):
        assert app.send_task("following", (41,)).get(timeout=60) == 42


def with_parts() -> None:
    """Host, port and password, and TLS, which no setting says."""
    parts = {"host": os.environ["REDIS_HOST"], "port": int(os.environ["REDIS_PORT"])}
    client = redis.Redis(**parts, password=os.environ["REDIS_PASSWORD"], db=int(os.environ["REDIS_DB"]), ssl=True)
    client.set("stored", "by parts", ex=60)
    assert client.get("stored") == b"by parts"


def outcome(way: Callable[[], None]) -> str:
    try:
        way()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is reported
        return f"{type(error).__name__}: {error}"
    return "works"


if __name__ == "__main__":
    ways = {"redis-py": with_url, "redis.asyncio": with_url_asynchronously, "Celery": with_tasks}
    if "REDIS_HOST" in os.environ:
        ways["host and password"] = with_parts
    print(json.dumps({name: outcome(way) for name, way in ways.items()}))
