"""What is asked of real Azure, word by word as the REST reference has it; a local server plays ARM."""

from __future__ import annotations

import builtins
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from stacks.cloud.arm import Arm
from stacks.cloud.azure import AzureCloud
from stacks.cloud.model import CreatedObject, LookupUnsupportedError, OutcomeUnknownError
from support.errors import Exit, OperationError

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
    return AzureCloud(Arm.signed_in("tenant-one", credential=credential, endpoint=server.url, timeout=2.0, every=0.01))


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
    with pytest.raises(OperationError, match=r"409 .*Conflict: Cannot swap: warm-up failed\.") as caught:
        azure.swap("one", SITE)
    assert not isinstance(caught.value, OutcomeUnknownError), "Azure says how it ended"


def test_a_swap_that_never_ends_is_given_up(server: Server, credential: Credential) -> None:
    server.on("POST", Answer(202, "", {"Location": f"{server.url}/operation"}))
    server.on("GET /operation", Answer(202))
    arm = Arm.signed_in(credential=credential, endpoint=server.url, timeout=0.2, every=0.01)
    with pytest.raises(
        OutcomeUnknownError, match=r"still working on .* The next command on the stack checks what Azure has"
    ):
        AzureCloud(arm).swap("one", SITE)


def test_a_location_elsewhere_does_not_get_our_token(azure: AzureCloud, server: Server) -> None:
    server.on("POST", Answer(202, "", {"Location": "https://management.azure.com.evil.example/operation"}))
    with pytest.raises(OperationError, match="not followed") as caught:
        azure.swap("one", SITE)
    assert isinstance(caught.value, OutcomeUnknownError), "the swap was accepted all the same"


TIMED_OUT = {"error": {"code": "GatewayTimeout", "message": "no answer in time"}}


@pytest.mark.parametrize(
    ("status", "headers"),
    [(500, {}), (502, {}), (503, {}), (504, {}), (504, {"Retry-After": "0"}), (408, {"Retry-After": "0"})],
)
def test_a_swap_is_posted_once_and_an_error_of_azures_own_leaves_open_how_it_ended(
    azure: AzureCloud, server: Server, status: int, headers: dict[str, str]
) -> None:
    server.on("POST", Answer(status, TIMED_OUT, headers), Answer(200))
    with pytest.raises(OutcomeUnknownError, match=rf"{status} .*no answer in time.*outcome is unknown"):
        azure.swap("one", SITE)
    assert len(asked(server)) == 1, "a swap that is sent twice undoes itself"


def test_a_swap_that_azure_is_too_busy_to_take_is_posted_again(azure: AzureCloud, server: Server) -> None:
    server.on("POST", Answer(429, "", {"Retry-After": "0"}), Answer(429), Answer(200))
    azure.swap("one", SITE)
    assert len(asked(server)) == 3, "what was turned away was not begun"


def test_an_azure_that_stays_too_busy_refuses(server: Server, credential: Credential) -> None:
    server.on("POST", Answer(429, {"error": {"code": "TooManyRequests", "message": "later"}}))
    arm = Arm.signed_in(credential=credential, endpoint=server.url, timeout=0.1, every=0.01)
    with pytest.raises(OperationError, match="TooManyRequests: later") as caught:
        AzureCloud(arm).swap("one", SITE)
    assert not isinstance(caught.value, OutcomeUnknownError)


@pytest.mark.parametrize("status", [307, 400, 401, 403, 404, 409])
def test_a_refused_swap_is_known_not_to_have_happened(azure: AzureCloud, server: Server, status: int) -> None:
    server.on("POST", Answer(status, {"error": {"code": "No", "message": "not this one"}}, {"Retry-After": "0"}))
    with pytest.raises(OperationError, match="No: not this one") as caught:
        azure.swap("one", SITE)
    assert not isinstance(caught.value, OutcomeUnknownError)
    assert len(asked(server)) == 1


@pytest.mark.parametrize("status", [403, 404, 504])
def test_a_look_at_a_swap_that_fails_says_nothing_about_the_swap(
    server: Server, credential: Credential, status: int
) -> None:
    server.on("POST", Answer(202, "", {"Location": f"{server.url}/operation"}))
    server.on("GET /operation", Answer(status, TIMED_OUT))
    arm = Arm.signed_in(credential=credential, endpoint=server.url, timeout=2.0, every=0.01)
    with pytest.raises(OutcomeUnknownError, match=rf"{status} .*outcome is unknown"):
        AzureCloud(arm).swap("one", SITE)
    assert [one for one in asked(server) if one.startswith("POST")] == asked(server)[:1]


def test_a_swap_that_is_accepted_with_no_place_to_look_at_it_is_not_taken_for_done(
    azure: AzureCloud, server: Server
) -> None:
    server.on("POST", Answer(202))
    with pytest.raises(OutcomeUnknownError, match="no address to poll"):
        azure.swap("one", SITE)


@pytest.fixture
def lost() -> Iterator[Callable[[bytes], tuple[str, list[bytes]]]]:
    """Listen at an address that hears requests, answers some bytes, and hangs up."""
    with ExitStack() as sockets:

        def listen(answer: bytes) -> tuple[str, list[bytes]]:
            heard: list[bytes] = []
            listening = sockets.enter_context(socket.create_server(("127.0.0.1", 0)))

            def serve() -> None:
                with suppress(OSError):
                    while True:
                        connection, _ = listening.accept()
                        with connection:
                            heard.append(connection.recv(65536))
                            connection.sendall(answer)

            threading.Thread(target=serve, daemon=True).start()
            return f"http://127.0.0.1:{listening.getsockname()[1]}", heard

        yield listen


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"], ids=["none", "half"])
def test_a_connection_that_breaks_after_the_post_leaves_open_how_it_ended(
    lost: Callable[[bytes], tuple[str, list[bytes]]],
    credential: Credential,
    monkeypatch: pytest.MonkeyPatch,
    answer: bytes,
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    url, heard = lost(answer)
    arm = Arm.signed_in(credential=credential, endpoint=url, timeout=2.0, every=0.01)
    with pytest.raises(OutcomeUnknownError, match=r"is lost .*outcome is unknown"):
        AzureCloud(arm).swap("one", SITE)
    assert len(heard) == 1, "not sent again"


def test_an_azure_that_cannot_be_reached_has_done_nothing(
    credential: Credential, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(OperationError, match="cannot be reached") as caught:
        AzureCloud(Arm.signed_in(credential=credential, endpoint=url)).swap("one", SITE)
    assert not isinstance(caught.value, OutcomeUnknownError)


def test_without_a_token_nothing_is_posted(server: Server) -> None:
    class Nobody:
        def get_token(self, *_: str, **__: Any) -> AccessToken:
            raise ClientAuthenticationError("nobody is signed in")

    with pytest.raises(OperationError, match="nobody is signed in") as caught:
        AzureCloud(Arm.signed_in(credential=Nobody(), endpoint=server.url)).swap("one", SITE)
    assert not isinstance(caught.value, OutcomeUnknownError)
    assert asked(server) == []


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


@pytest.mark.parametrize("start", [True, False])
def test_a_slot_is_enabled_and_disabled_as_the_program_declares_it(
    azure: AzureCloud, server: Server, *, start: bool
) -> None:
    server.on(f"PATCH {SITE}/slots/staging", Answer(200, {}))
    azure.run_slot(SITE, start=start)
    (request,) = server.seen
    assert (request.method, request.body) == ("PATCH", {"properties": {"enabled": start}})


def test_references_to_secrets_are_read_with_their_status_and_fetched_again(azure: AzureCloud, server: Server) -> None:
    path = f"{SITE}/slots/staging/config/configreferences/appsettings"
    entry = {"name": "DB_PASSWORD", "properties": {"secretName": "db", "status": "AccessToKeyVaultDenied"}}
    server.on(f"GET {path}", Answer(200, {"value": [entry]}))
    server.on(f"POST {path}/refresh", Answer(200, {}))
    (found,) = azure.references(SITE, "staging")
    assert (found.setting, found.secret, found.status) == ("DB_PASSWORD", "db", "AccessToKeyVaultDenied")
    assert not found.resolved
    azure.refresh_references(SITE, "staging")
    assert [one.split("?")[0] for one in asked(server)] == [f"GET {path}", f"POST {path}/refresh"]


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
    assert "$select" not in query, "the reference's names for it have no caller"
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


VAULT = {"vaultName": "kv-one", "resourceGroupName": "rg-one"}
VAULT_ID = "/subscriptions/s/resourceGroups/rg-one/providers/Microsoft.KeyVault/vaults/kv-one"


def vault(azure: AzureCloud) -> CreatedObject | None:
    return azure.find_created("azure-native:keyvault:Vault", VAULT, "s", "tenant-one")


def being(state: str | None) -> Answer:
    return Answer(200, {"id": VAULT_ID, "properties": {"provisioningState": state} if state else {}})


@pytest.mark.parametrize("state", ["Succeeded", None])
def test_what_an_interrupted_create_made_is_asked_of_arm_by_its_id(
    azure: AzureCloud, server: Server, state: str | None
) -> None:
    server.on("GET", being(state))
    assert vault(azure) == CreatedObject(VAULT_ID)
    (only,) = asked(server)
    assert only.startswith(f"GET {VAULT_ID}?api-version=20"), "the version of the program's own provider"


def test_what_it_did_not_make_is_not_there(azure: AzureCloud) -> None:
    assert vault(azure) is None


def test_what_is_still_being_made_is_waited_for(azure: AzureCloud, server: Server) -> None:
    server.on("GET", being("Creating"), being("RegisteringDns"), being("Succeeded"))
    assert vault(azure) == CreatedObject(VAULT_ID)
    assert len(asked(server)) == 3, "any state but the three last ones means that it goes on"


def test_what_does_not_get_made_in_time_stops_the_command(server: Server, credential: Credential) -> None:
    server.on("GET", being("Creating"))
    arm = Arm.signed_in("tenant-one", credential=credential, endpoint=server.url, timeout=0.05, every=0.01)
    with pytest.raises(OperationError, match=r"still creating .*kv-one.*Creating.*Run the command again") as caught:
        vault(AzureCloud(arm))
    assert caught.value.code is Exit.REFUSED


@pytest.mark.parametrize("state", ["Failed", "Canceled"])
def test_what_azure_failed_to_make_is_told(azure: AzureCloud, server: Server, state: str) -> None:
    server.on("GET", being(state))
    assert vault(azure) == CreatedObject(VAULT_ID, f"provisioningState is {state}")


def test_who_may_not_look_learns_nothing_and_is_told(azure: AzureCloud, server: Server) -> None:
    server.on("GET", Answer(403, {"error": {"code": "AuthorizationFailed", "message": "no right"}}))
    with pytest.raises(OperationError, match=r"403 .*AuthorizationFailed"):
        vault(azure)


def test_what_has_no_id_in_arm_is_not_guessed_at(azure: AzureCloud, server: Server) -> None:
    with pytest.raises(LookupUnsupportedError):
        azure.find_created("azuread:index/group:Group", {"displayName": "admins"}, "s", "tenant-one")
    with pytest.raises(LookupUnsupportedError):
        azure.find_created("azure-native:keyvault:Vault", {"vaultName": "kv-one"}, "s", "tenant-one")
    assert azure.find_created("random:index/randomUuid:RandomUuid", {}, "s", "tenant-one") is None
    assert asked(server) == []
