"""What time it is, who acts, and where records lie."""

from __future__ import annotations

import base64
import builtins
import datetime as dt
import json
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest

from records import clock, identity, locations
from records.blob_documents import BlobDocuments
from records.file_documents import FileDocuments
from records.identity import Identity
from support.errors import Exit, OperationError
from targets import backend, storage_account
from targets.azure import AzureTarget
from targets.local import LocalTarget


@pytest.fixture(autouse=True)
def _no_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests may run in a pipeline themselves."""
    for name in ("GITHUB_ACTIONS", "GITHUB_ACTOR", "GITHUB_ACTOR_ID", "TF_BUILD", "FABRIX_NOW", "FABRIX_STATE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("BUILD_REQUESTEDFOR", "BUILD_REQUESTEDFOREMAIL", "AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_DOMAIN"):
        monkeypatch.delenv(name, raising=False)


def test_the_local_azure_can_be_told_another_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FABRIX_NOW", "2030-01-02T03:04:05+01:00")
    now = clock.now(LocalTarget(tmp_path))
    assert now == dt.datetime(2030, 1, 2, 2, 4, 5, tzinfo=dt.UTC)
    assert clock.timestamp(now) == "2030-01-02T02:04:05Z"


def test_a_real_environment_cannot_be_talked_into_another_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FABRIX_NOW", "2030-01-02T03:04:05Z")
    assert abs(clock.now(AzureTarget()) - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)


@pytest.mark.parametrize("said", ["tomorrow", "2030-01-02", "2030-01-02T03:04:05"])
def test_a_time_without_a_zone_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str) -> None:
    monkeypatch.setenv("FABRIX_NOW", said)
    with pytest.raises(OperationError, match="2026-11-24T10:00:00Z") as refused:
        clock.now(LocalTarget(tmp_path))
    assert refused.value.code is Exit.BAD_INPUT


def test_github_says_who_started_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_ACTOR", "Anna")
    monkeypatch.setenv("GITHUB_ACTOR_ID", "77")
    who = identity.current(LocalTarget(tmp_path))
    assert (who.name, who.source) == ("Anna", "github")
    assert who.is_one_of(("77+anna@users.noreply.github.com",)), "commits made on GitHub carry that address"
    assert not who.is_one_of(("ben",))


def test_azure_pipelines_say_who_started_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TF_BUILD", "True")
    monkeypatch.setenv("BUILD_REQUESTEDFOREMAIL", "anna@contoso.example")
    monkeypatch.setenv("BUILD_REQUESTEDFOR", "Anna Example")
    who = identity.current(LocalTarget(tmp_path))
    assert (who.name, who.source, who.aliases) == ("anna@contoso.example", "azuredevops", ("Anna Example",))


def test_on_azure_the_token_decides_and_what_a_pipeline_claims_only_adds_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_signed_in", lambda: Identity("author@contoso.example", "entra", ("1-2-3",)))
    assert identity.current(AzureTarget()) == Identity("author@contoso.example", "entra", ("1-2-3",))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_ACTOR", "reviewer")
    who = identity.current(AzureTarget())
    assert (who.name, who.source) == ("author@contoso.example", "entra"), "variables make nobody another person"
    assert who.is_one_of(("author@contoso.example",))
    assert who.is_one_of(("reviewer",)), "an author who runs a pipeline under its own identity stays an author"


def test_a_variable_alone_makes_no_pipeline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_ACTOR", "mallory")
    assert identity.current(LocalTarget(tmp_path)).name != "mallory"


def test_else_git_and_then_the_system_say_who(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = subprocess.run

    def git(arguments: Any, **options: Any) -> Any:
        if arguments[0] != "git":
            return real(arguments, **options)
        return subprocess.CompletedProcess(arguments, code, said, "")

    monkeypatch.setattr(subprocess, "run", git)
    monkeypatch.setenv("LOGNAME", "os-user")
    code, said = 0, "anna@example.invalid\n"
    assert identity.current(LocalTarget(tmp_path)) == Identity("anna@example.invalid", "git")
    code, said = 1, ""
    assert identity.current(LocalTarget(tmp_path)) == Identity("os-user", "os")


def token(claims: dict[str, str]) -> str:
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "none"}, claims, {})
    )


def test_a_token_names_the_person_and_for_a_service_its_object() -> None:
    person = identity.in_token(token({"oid": "1-2-3", "upn": "anna@contoso.example", "aud": "x"}))
    assert (person.name, person.source, person.aliases) == ("anna@contoso.example", "entra", ("1-2-3",))
    other = identity.in_token(token({"oid": "7-8-9", "upn": "ben@contoso.example", "appid": "4-5-6"}))
    same_program = identity.in_token(token({"oid": "1-2-3", "upn": "anna@contoso.example", "appid": "4-5-6"}))
    assert not other.is_one_of(same_program.names), "two people sign in with the same program, the Azure CLI"
    service = identity.in_token(token({"oid": "1-2-3", "appid": "4-5-6"}))
    assert service.source == "service"
    assert service.names == ("1-2-3", "4-5-6")
    for nobody in ("", "a.b.c", token({"aud": "x"})):
        with pytest.raises(OperationError, match="az login"):
            identity.in_token(nobody)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Identity("anna@example.invalid", "git"), "Anna@Example.invalid", True),
        (Identity("77+anna@users.noreply.github.com", "git"), "anna", True),
        (Identity("anna", "github"), "77+anna@users.noreply.github.com", True),
        (Identity("anna@example.invalid", "git"), "anna", False),
        (Identity("", "os"), "", False),
    ],
)
def test_names_that_mean_the_same_person(one: Identity, other: str, same: bool) -> None:
    assert one.is_one_of((other,)) is same


def test_an_identity_survives_being_written_down() -> None:
    who = Identity("Anna", "github", ("77+anna@users.noreply.github.com",))
    assert Identity.from_document(json.loads(json.dumps(who.document()))) == who


def test_records_of_the_local_azure_lie_beside_its_state(tmp_path: Path) -> None:
    found = locations.documents_of(LocalTarget(tmp_path))
    assert isinstance(found, FileDocuments) and found.folder == tmp_path / "records"


@pytest.mark.slow
def test_records_of_a_state_in_blobs_lie_in_the_same_account(azurite: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = f"s{uuid.uuid4().hex[:8]}"  # the account is shared by tests that also have a `dev`
    ledger, operations = f"ledger-{stack}", f"operations-{stack}"
    for name in ("ledger", "operations", ledger, operations):
        azurite.container(name)
    monkeypatch.setenv("FABRIX_STATE_URL", "azblob://state-{stack}")
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azurite.connection_string)
    found = locations.documents_of(AzureTarget().for_stack(stack))
    for name, holder in (("locks/where.json", operations), (f"ledger/{stack}/000001.json", ledger)):
        found.create(name, b"1")
        assert azurite.service().get_blob_client(holder, name).exists(), "each stack has containers of its own"
        found.delete(name)
    etag = found.create("locks/place.json", b"1")
    found.delete("locks/place.json", etag)
    monkeypatch.delenv("AZURE_STORAGE_CONNECTION_STRING")
    monkeypatch.setenv("AZURE_STORAGE_KEY", azurite.connection_string.split("AccountKey=")[1].split(";")[0])
    address = f"127.0.0.1:{azurite.port}&protocol=http"
    monkeypatch.setenv("FABRIX_STATE_URL", f"azblob://state?storage_account=devstoreaccount1&domain={address}")
    assert locations.documents_of(AzureTarget().for_stack("prod")).read("locks/place.json") is None, (
        "by account, key and address"
    )


def test_an_account_is_found_as_the_engine_finds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = storage_account.blob_service("azblob://state?storage_account=stfabrix")
    assert (found.account_name, found.url) == ("stfabrix", "https://stfabrix.blob.core.windows.net/")
    with pytest.raises(OperationError, match="no storage account is named"):
        storage_account.blob_service("azblob://state")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "stenv")
    assert storage_account.blob_service("azblob://state").account_name == "stenv"


def test_records_are_reached_by_every_way_that_state_is(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "azblob://state-dev?storage_account=stfabrix&localemu=true&domain=storage.test:10000&protocol=http"
    monkeypatch.setenv("FABRIX_STATE_URL", url)
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", "sv=2025-01-01&sig=x")
    found = locations.documents_of(AzureTarget())
    assert isinstance(found, BlobDocuments)
    reached = found._service.url
    assert reached == "http://storage.test:10000/stfabrix/?sv=2025-01-01&sig=x", "address of an emulator, and its token"
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", "nonsense")
    with pytest.raises(OperationError, match="AZURE_STORAGE_CONNECTION_STRING cannot be read") as refused:
        locations.documents_of(AzureTarget())
    assert refused.value.code is Exit.BAD_INPUT


@pytest.mark.parametrize("url", ["https://api.pulumi.com", "file:///srv/state", "s3://bucket"])
def test_a_state_beside_which_no_records_can_lie_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("FABRIX_STATE_URL", url)
    with pytest.raises(OperationError, match=r"`\./fabrix bootstrap` makes one") as refused:
        locations.documents_of(AzureTarget())
    assert refused.value.code is Exit.BAD_INPUT


def test_without_the_azure_packages_the_command_that_installs_them_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def absent(name: str, *rest: Any, **options: Any) -> Any:
        if name.split(".", maxsplit=1)[0] == "azure":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", absent)
    monkeypatch.setenv("FABRIX_STATE_URL", "azblob://state?storage_account=stfabrix")
    for ask in (
        lambda: locations.documents_of(AzureTarget()),
        lambda: backend.open_backend("azblob://state?storage_account=stfabrix", "aifabrix"),
        lambda: identity.current(AzureTarget()),
    ):
        with pytest.raises(OperationError) as refused:
            ask()
        assert refused.value.code is Exit.ENGINE_MISSING
        assert "pip install -r requirements-azure.txt" in str(refused.value)
