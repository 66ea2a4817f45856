"""A local Azure of its own, asked directly or over HTTP, and stacks to check."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from ruamel.yaml import YAML

from emulator import answers
from emulator.control import ControlPlane
from emulator.errors import Refusal
from emulator.facts import TABLE
from emulator.laws import LAWS
from emulator.store import Store
from settings import PlatformSettings, load
from stacks.cloud.arm import Arm
from stacks.preflight.model import Level, Scene
from stacks.preflight.questions import AzureQuestions, LocalQuestions
from stacks.preflight.run import Verdict, run
from targets.local import LocalTarget
from tests.stacks.cloud.test_azure import Credential

ROOT = Path(__file__).resolve().parents[3]
OTHER = "22222222-2222-4333-8444-555555555555"
"""Another subscription."""


def stack(name: str = "dev", /, **changes: Any) -> PlatformSettings:
    """A stack that ships, with sections changed; a section that is a mapping is merged."""
    document = YAML(typ="safe").load((ROOT / f"Pulumi.{name}.yaml").read_text(encoding="utf-8"))
    platform = document["config"]["aifabrix:platform"]
    for key, section in changes.items():
        merge = isinstance(section, dict) and "mode" not in section
        platform[key] = {**platform.get(key, {}), **section} if merge else section
    return load.config(ROOT, platform)


def judge(settings: PlatformSettings, questions: Any) -> dict[str, Verdict]:
    """All checks of a stack, by id."""
    return {verdict.check.id: verdict for verdict in run(Scene("dev", settings, questions))}


def failed(verdicts: dict[str, Verdict]) -> dict[str, list[str]]:
    """What failed: id of the check → what was found."""
    found = {
        key: [finding.found for finding in verdict.findings if finding.level is Level.FAIL]
        for key, verdict in verdicts.items()
    }
    return {key: texts for key, texts in found.items() if texts}


@dataclass
class Local:
    """The local Azure of a test."""

    target: LocalTarget

    @property
    def questions(self) -> LocalQuestions:
        return LocalQuestions(self.target)

    def create(self, settings: PlatformSettings, kind: str, inputs: dict[str, Any], subscription: str = "") -> str:
        """Create an object of somebody else's, in a resource group ``rg-other``; return its id."""
        with self.target.store() as store:
            plane = self.plane(store, settings, subscription)
            location = settings.installation.region
            group = f"/subscriptions/{plane.subscription_id}/resourceGroups/rg-other"
            if store.get(group) is None:
                named = {"resourceGroupName": "rg-other", "location": location}
                plane.create("azure-native:resources:ResourceGroup", named)
            common = {"resourceGroupName": "rg-other", **({} if "location" in inputs else {"location": location})}
            return plane.create(f"azure-native:{kind}", {**common, **inputs}).id

    def plane(self, store: Store, settings: PlatformSettings, subscription: str = "") -> ControlPlane:
        own = settings.installation
        return ControlPlane(store, subscription or own.subscription_id, own.tenant_id, facts=TABLE, laws=LAWS)


@pytest.fixture
def local(tmp_path: Path) -> Local:
    return Local(LocalTarget(tmp_path / "local"))


@dataclass
class Served:
    """An HTTP server that answers as Azure does: from a local Azure, unless the test says otherwise."""

    url: str
    asked: list[str] = field(default_factory=list)
    instead: dict[str, tuple[int, Any]] = field(default_factory=dict)
    """End of a path → status and body."""

    @property
    def questions(self) -> AzureQuestions:
        arm = Arm.signed_in("tenant", credential=Credential(), endpoint=self.url, timeout=2.0, every=0.01)
        return AzureQuestions(arm, arm)


@pytest.fixture
def served(local: Local, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """The local Azure behind a real HTTP server."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            address = urlsplit(self.path)
            path, query = unquote(address.path), dict(parse_qsl(address.query))
            server.asked.append(f"{self.command} {self.path}")
            status, body = self._answer(path, query, json.loads(text) if text else {})
            encoded = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(encoded)))
            self.end_headers()
            self.wfile.write(encoded)

        def _answer(self, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
            for end, answer in server.instead.items():
                if path.endswith(end):
                    return answer
            try:
                with local.target.store() as store:
                    if self.command == "POST":
                        return 200, answers.post(store, path, body)
                    asked = answers.graph if path.startswith("/v1.0/") else answers.get
                    found = asked(store, path, query)
            except Refusal as error:
                return 404, {"error": {"code": error.code, "message": str(error)}}
            return (404, {"error": {"code": "ResourceNotFound"}}) if found is None else (200, found)

        do_GET = do_POST = _do  # noqa: N815 - names that the library asks for

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Stay silent."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = Served(f"http://127.0.0.1:{http.server_port}")
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield server
    http.shutdown()
    http.server_close()
