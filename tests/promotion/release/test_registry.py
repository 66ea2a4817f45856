"""Looking into a registry: what it has, what it does not have, and what nobody can tell from here."""

from __future__ import annotations

import base64
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from promotion.release import registry as client
from promotion.release.login import Login, docker_login
from promotion.release.registry import Forged, Missing, Registry, Unreachable
from tests.promotion.release.oci import Oci

CANARY = "canary-5f1c"
NONE = "sha256:" + "0" * 64
Start = Callable[..., Oci]


def test_a_manifest_is_read_by_its_digest(registry: Start) -> None:
    oci = registry()
    digest = oci.image("claims/portal")
    assert Registry(oci.host).manifest("claims/portal", digest)["schemaVersion"] == 2


def test_a_digest_that_is_not_there_is_missing(registry: Start) -> None:
    with pytest.raises(Missing):
        Registry(registry().host).manifest("claims/portal", NONE)


def test_content_with_another_digest_is_not_believed(registry: Start) -> None:
    oci = registry(forge=True)
    digest = oci.image("claims/portal")
    with pytest.raises(Forged):
        Registry(oci.host).manifest("claims/portal", digest)
    with pytest.raises(Forged):
        Registry(oci.host).blob("claims/portal", digest)


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_a_registry_that_does_not_let_us_look_says_nothing_about_the_image(registry: Start, status: int) -> None:
    with pytest.raises(Unreachable, match=str(status)):
        Registry(registry(status=status).host).manifest("claims/portal", NONE)


def test_a_host_that_does_not_answer_is_asked_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host = f"127.0.0.1:{server.getsockname()[1]}"
    dead = Registry(host)
    with pytest.raises(Unreachable, match="no connection"):
        dead.manifest("claims/portal", NONE)
    with socket.create_server(("127.0.0.1", int(host.rpartition(":")[2]))) as server:
        server.settimeout(0.2)
        with pytest.raises(Unreachable, match="no connection"):
            dead.manifest("claims/other", NONE)
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_host_that_keeps_silent_does_not_hold_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        silent = Registry(f"127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(Unreachable, match=r"not answer in time|timed out"):
            silent.manifest("claims/portal", NONE)


@pytest.mark.parametrize("host", ["not a host", "127.0.0.1:notaport", "", "exa\u0000mple", "ftp://x"])
def test_a_name_that_is_no_host_is_unreachable_and_no_crash(registry: Start, host: str) -> None:
    with pytest.raises(Unreachable):
        Registry(host).manifest("claims/portal", NONE)


def test_an_answer_that_is_no_manifest_is_no_crash(registry: Start) -> None:
    oci = registry()
    digest = oci.put("claims/portal", b"<html>login</html>")
    with pytest.raises(Unreachable, match="not what a registry sends"):
        Registry(oci.host).manifest("claims/portal", digest)


def test_an_answer_without_end_is_cut(registry: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "BLOB_LIMIT", 10)
    oci = registry()
    with pytest.raises(Unreachable, match="larger than 10 bytes"):
        Registry(oci.host).blob("claims/portal", oci.put("claims/portal", b"x" * 11))


def test_a_private_registry_gives_a_token_to_whoever_is_logged_in(registry: Start, logged_in: Any) -> None:
    oci = registry(user="reader", password=CANARY)
    digest = oci.image("claims/portal")
    with pytest.raises(Unreachable, match="401"):
        Registry(oci.host).manifest("claims/portal", digest)
    logged_in({"auths": {oci.host: {"auth": base64.b64encode(f"reader:{CANARY}".encode()).decode()}}})
    reader = Registry(oci.host)
    assert reader.manifest("claims/portal", digest)
    before = len(oci.asked)
    reader.manifest("claims/portal", digest)
    assert len(oci.asked) == before + 1, "the token is used again"


def test_the_refresh_token_of_az_acr_login_is_exchanged(registry: Start, logged_in: Any) -> None:
    oci = registry(user="00000000-0000-0000-0000-000000000000", refresh_token=CANARY)
    digest = oci.image("claims/portal")
    logged_in({"auths": {oci.host: {"identitytoken": CANARY}}})
    assert Registry(oci.host).manifest("claims/portal", digest)


def test_a_registry_may_ask_for_the_password_itself(registry: Start) -> None:
    oci = registry(user="reader", password=CANARY, basic=True)
    digest = oci.image("claims/portal")
    assert Registry(oci.host, lambda _: Login("reader", CANARY)).manifest("claims/portal", digest)
    with pytest.raises(Unreachable, match="docker login"):
        Registry(oci.host, lambda _: None).manifest("claims/portal", digest)


def test_a_wrong_password_is_not_repeated(registry: Start) -> None:
    oci = registry(user="reader", password="right")
    with pytest.raises(Unreachable) as caught:
        Registry(oci.host, lambda _: Login("reader", CANARY)).manifest("claims/portal", NONE)
    assert CANARY not in str(caught.value)
    assert CANARY not in repr(Login("reader", CANARY, CANARY))


def test_a_credential_helper_is_asked(registry: Start, logged_in: Any, tmp_path: Path, monkeypatch: Any) -> None:
    helper = tmp_path / "docker-credential-test"
    helper.write_text(f'#!/bin/sh\nprintf \'{{"Username": "<token>", "Secret": "{CANARY}"}}\'\n')
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    logged_in({"credHelpers": {"private.example": "test"}, "auths": {"public.example": {}}})
    assert docker_login("private.example") == Login("<token>", refresh_token=CANARY)
    assert docker_login("public.example") is None


BROKEN = ["", "[]", "{", '{"auths": []}', '{"auths": {"x": {"auth": "%%%"}}}', '{"auths": null}']


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_docker_configuration_means_no_login(registry: Start, tmp_path: Path, text: str) -> None:
    (tmp_path / "docker").mkdir()
    (tmp_path / "docker" / "config.json").write_text(text)
    assert docker_login("x") is None


def test_the_login_does_not_follow_to_where_blobs_are_kept(registry: Start) -> None:
    store = registry()
    oci = registry(user="reader", password=CANARY, blobs_at=f"http://{store.host}")
    digest = store.put("claims/portal", b"payload")
    reader = Registry(oci.host, lambda _: Login("reader", CANARY))
    assert reader.blob("claims/portal", digest) == b"payload"
    assert store.asked == [(f"/v2/claims/portal/blobs/{digest}", None)], "storage gets no token of the registry"


@pytest.mark.parametrize("api", [True, False])
def test_referrers_are_found_with_and_without_the_api(registry: Start, api: bool) -> None:
    oci = registry(referrers_api=api)
    digest = oci.image("claims/portal")
    assert Registry(oci.host).referrers("claims/portal", digest) == []
    document = oci.refer("claims/portal", digest, {"artifactType": "application/spdx+json"})
    assert [each["digest"] for each in Registry(oci.host).referrers("claims/portal", digest)] == [document]
