"""What is asked of real Azure, word by word as the REST reference has it; a local server plays ARM."""

from __future__ import annotations

import builtins
import re
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.core.credentials import AccessToken

from operations.cloud.arm import Arm
from operations.cloud.azure import AzureCloud
from operations.exits import Exit, OperationError

from .conftest import Answer, Server

SUBSCRIPTION = "/subscriptions/11111111-2222-4333-8444-555555555555"
SITE = f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Web/sites/app-one"


class Credential:
    """Gives a token and remembers for what."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[str, ...], str | None]] = []

    def get_token(self, *scopes: str, tenant_id: str | None = None, **_: Any) -> AccessToken:
        self.asked.append((scopes, tenant_id))
        return AccessToken("a-token", int(time.time()) + 3600)


@pytest.fixture
def credential() -> Credential:
    return Credential()


@pytest.fixture
def azure(server: Server, credential: Credential) -> AzureCloud:
    return AzureCloud(Arm.signed_in("tenant-one", credential=credential, endpoint=server.url, patience=2.0, every=0.01))


def asked(server: Server) -> list[str]:
    return [f"{one.method} {one.path}" for one in server.seen]


def test_a_swap_is_asked_of_the_slot_with_production_as_the_target(azure: AzureCloud, server: Server) -> None:
    server.on("POST", Answer(200))
    azure.swap("one", SITE)
    assert asked(server) == [f"POST {SITE}/slots/staging/slotsswap?api-version=2025-05-01"]
    assert server.seen[0].body == {"targetSlot": "production", "preserveVnet": True}


def test_a_long_swap_is_waited_for_at_its_location(azure: AzureCloud, server: Server) -> None:
    where = f"{server.url}{SUBSCRIPTION}/providers/Microsoft.Web/operationresults/7?api-version=2025-05-01"
    server.on("POST", Answer(202, "", {"Location": where, "Retry-After": "0"}))
    server.on(f"GET {SUBSCRIPTION}/providers", Answer(202, "", {"Location": where}), Answer(202), Answer(200))
    azure.swap("one", SITE)
    assert len(asked(server)) == 4, "until it is no longer 202"


def test_a_swap_that_fails_later_says_what_azure_says(azure: AzureCloud, server: Server) -> None:
    where = f"{server.url}/operation"
    server.on("POST", Answer(202, "", {"Location": where}))
    server.on("GET /operation", Answer(409, {"error": {"code": "Conflict", "message": "Cannot swap: warm-up failed."}}))
    with pytest.raises(OperationError, match=r"409 .*Conflict: Cannot swap: warm-up failed\."):
        azure.swap("one", SITE)


def test_a_swap_that_never_ends_is_given_up(server: Server, credential: Credential) -> None:
    server.on("POST", Answer(202, "", {"Location": f"{server.url}/operation"}))
    server.on("GET /operation", Answer(202))
    arm = Arm.signed_in(credential=credential, endpoint=server.url, patience=0.2, every=0.01)
    with pytest.raises(OperationError, match="still works on"):
        AzureCloud(arm).swap("one", SITE)


def test_a_location_elsewhere_does_not_get_our_token(azure: AzureCloud, server: Server) -> None:
    server.on("POST", Answer(202, "", {"Location": "https://management.azure.com.evil.example/operation"}))
    with pytest.raises(OperationError, match="not followed"):
        azure.swap("one", SITE)


def test_the_token_is_asked_of_the_installations_tenant(
    azure: AzureCloud, server: Server, credential: Credential
) -> None:
    server.on("GET", Answer(200, {"properties": {}}))
    azure.image(SITE)
    assert credential.asked == [(("https://management.azure.com/.default",), "tenant-one")]
    assert server.seen[0].headers["Authorization"] == "Bearer a-token"


def test_the_image_is_read_from_the_sites_configuration(azure: AzureCloud, server: Server) -> None:
    server.on(f"GET {SITE}/slots/staging/config/web", Answer(200, {"properties": {"linuxFxVersion": "DOCKER|new"}}))
    server.on(f"GET {SITE}/config/web", Answer(200, {"properties": {"linuxFxVersion": "DOCKER|old"}}))
    assert (azure.image(SITE), azure.image(SITE, "staging")) == ("DOCKER|old", "DOCKER|new")
    assert azure.image(f"{SITE}/slots/staging", "staging") == "DOCKER|new", "a slot's own id is understood, too"
    assert azure.image(f"{SITE}-two") == "", "there is no such site"


def test_a_busy_azure_is_asked_again(azure: AzureCloud, server: Server) -> None:
    busy = Answer(429, {"error": {"code": "TooManyRequests", "message": "later"}}, {"Retry-After": "0"})
    server.on("GET", busy, busy, Answer(200, {"properties": {"linuxFxVersion": "DOCKER|x"}}))
    assert azure.image(SITE) == "DOCKER|x"


def test_a_refusal_is_told_in_azures_words(azure: AzureCloud, server: Server) -> None:
    server.on("GET", Answer(403, {"error": {"code": "AuthorizationFailed", "message": "no right to read"}}))
    with pytest.raises(OperationError, match="AuthorizationFailed: no right to read") as caught:
        azure.image(SITE)
    assert "a-token" not in str(caught.value)


def entry(caller: str | None, at: str, operation: str, status: str = "Succeeded") -> dict[str, Any]:
    return {
        "caller": caller,
        "eventTimestamp": at,
        "operationName": {"value": operation},
        "status": {"value": status},
        "resourceId": SITE,
    }


def test_the_activity_log_is_read_page_by_page_and_in_order(azure: AzureCloud, server: Server) -> None:
    values = f"{SUBSCRIPTION}/providers/Microsoft.Insights/eventtypes/management/values"
    first = {
        "value": [
            entry("ann@contoso.example", "2026-11-24T09:00:00.1234567Z", "Microsoft.Web/sites/write"),
            entry("bob@contoso.example", "2026-11-24T09:30:00Z", "Microsoft.Web/sites/write", "Failed"),
            entry(None, "2026-11-24T09:40:00Z", "Microsoft.Web/sites/write"),
        ],
        "nextLink": f"{server.url}/more?page=2",
    }
    second = {"value": [entry("eve@contoso.example", "2026-11-23T08:00:00Z", "Microsoft.Web/sites/slotsswap/action")]}
    server.on(f"GET {values}", Answer(200, first))
    server.on("GET /more", Answer(200, second))
    lines = azure.activity([SITE, "/users/1"])
    assert [(line.who, line.what) for line in lines[SITE]] == [
        ("eve@contoso.example", "Microsoft.Web/sites/slotsswap/action"),
        ("ann@contoso.example", "Microsoft.Web/sites/write"),
    ], "what failed, and what nobody called, changed nothing"
    assert lines["/users/1"] == [], "a directory object is in no subscription's log"
    query = parse_qs(urlsplit(server.seen[0].path).query)
    assert query["api-version"] == ["2015-04-01"]
    pattern = rf"eventTimestamp ge '[\dTZ:-]+' and eventTimestamp le '[\dTZ:-]+' and resourceUri eq '{SITE}'"
    assert re.fullmatch(pattern, query["$filter"][0]), "the log accepts a few patterns only"


def test_missing_packages_are_named_with_the_command_that_gets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **named: Any) -> Any:
        if name.startswith("azure."):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(OperationError, match=r"pip install -r requirements-azure\.txt") as caught:
        Arm.signed_in()
    assert caught.value.code is Exit.ENGINE_MISSING
