"""Clients of the cache work with the settings that the program renders, as the images use them, and no others do."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.applications import cache_server, packages
from tests.applications.choice import needs
from tests.applications.place import Place
from tests.applications.rendered import Deployment
from tests.certificates import Authority

pytestmark = needs("cache")

CLIENTS = Path(__file__).with_name("clients")
PYTHON = ("redis==6.4.0", "celery==5.5.3")
NODE = {"ioredis": "5.8.2", "redis": "5.10.0"}
READERS = ("miso-controller", "dataplane")


@pytest.fixture(scope="module", autouse=True)
def _server(
    tmp_path_factory: pytest.TempPathFactory, deployment: Deployment, authority: Authority, hosts: Mapping[str, str]
) -> Iterator[None]:
    host = deployment.cache_host
    with cache_server.serving(
        tmp_path_factory.mktemp("cache"),
        authority,
        host=host,
        address=hosts[host],
        port=deployment.cache_port,
        key=deployment.cache_key,
    ):
        yield


def used(place: Place, language: str, settings: Mapping[str, str], root: Path | None) -> dict[str, str]:
    """Return how each way of using the cache ended; ``root`` is trusted besides what is anyway."""
    if language == "python":
        command = [sys.executable, str(CLIENTS / "cache.py")]
        runtime = {"PYTHONPATH": str(packages.python_packages("cache-clients-python", *PYTHON))}
        trusted = "SSL_CERT_FILE"
    else:
        command = ["node", str(CLIENTS / "cache.js")]
        modules = packages.node_packages("cache-clients-node", {"dependencies": NODE}) / "node_modules"
        runtime, trusted = {"NODE_PATH": str(modules)}, "NODE_EXTRA_CA_CERTS"
    done = subprocess.run(
        place.wrapped(command),
        env={**place.environment(), **runtime, **settings, **({trusted: str(root)} if root else {})},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, place.redacted(done.stderr[-3000:])
    return {name: place.redacted(ended) for name, ended in json.loads(done.stdout.splitlines()[-1]).items()}


def of_cache(deployment: Deployment, app: str) -> dict[str, str]:
    environment = deployment.site(app).environment
    return {name: value for name, value in environment.items() if name.startswith("REDIS_")}


@pytest.mark.parametrize("language", ["python", "node"])
@pytest.mark.parametrize("app", READERS)
def test_every_client_works_with_what_is_rendered(
    deployment: Deployment, place: Place, authority: Authority, app: str, language: str
) -> None:
    outcomes = used(place, language, of_cache(deployment, app), authority.root)
    assert outcomes and set(outcomes.values()) == {"works"}, outcomes


@pytest.mark.parametrize("language", ["python", "node"])
def test_a_wrong_key_is_refused(deployment: Deployment, place: Place, authority: Authority, language: str) -> None:
    settings = of_cache(deployment, "miso-controller")
    wrong = "a" * len(deployment.cache_key)
    settings["REDIS_URL"] = settings["REDIS_URL"].replace(quote(deployment.cache_key, safe=""), wrong)
    settings["REDIS_PASSWORD"] = wrong
    outcomes = used(place, language, settings, authority.root)
    refused = {name for name, ended in outcomes.items() if "username-password pair" in ended}
    assert refused == outcomes.keys(), outcomes


@pytest.mark.parametrize("language", ["python", "node"])
def test_a_server_that_nobody_vouches_for_is_refused(deployment: Deployment, place: Place, language: str) -> None:
    outcomes = used(place, language, of_cache(deployment, "miso-controller"), None)
    assert {name for name, ended in outcomes.items() if "certificate" in ended} == outcomes.keys(), outcomes
