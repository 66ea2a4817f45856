"""Values that are made of what services say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi

from components.region.wiring import secret_values
from settings import load

ROOT = Path(__file__).parents[3]
HOST = "redis.swedencentral.redis.azure.net"


def test_the_address_of_the_cache_carries_its_key_so_that_a_url_parser_gives_it_back(plan: Any) -> None:
    """A key is base64, and ``/``, ``+`` and ``=`` mean something in a URL."""

    def build() -> dict[str, Any]:
        values = secret_values(
            load.stack(ROOT, "dev"),
            postgres_host="psql",
            redis_host=HOST,
            redis_key=pulumi.Output.from_input("a+b/c="),
            insights="insights",
            storage_key="key",
        )
        return {name: values[name] for name in ("redis-urlKeyVault", "redis-passwordKeyVault")}

    assert plan(build).result == {
        "redis-urlKeyVault": f"rediss://:a%2Bb%2Fc%3D@{HOST}:10000",
        "redis-passwordKeyVault": "a+b/c=",
    }
