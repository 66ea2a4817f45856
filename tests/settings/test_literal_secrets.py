"""Settings never carry secrets: a literal one is refused wherever it stands, and no message repeats it."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.literal_secrets import literal_secret, looks_secret

if TYPE_CHECKING:
    from tests.settings.conftest import Project

App = Callable[..., dict[str, Any]]
PREFIX = "config.aifabrix:platform"

SECRETS = {
    "DB_PASSWORD": "hunter2-and-more",
    "STRIPE_API_KEY": "not-a-reference",
    "CALLBACK": "https://user:s3cr3tpass@example.org/x",
    "STORE": "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=bm90IGEgcmVhbCBrZXkgYXQgYWxs",
    "BEARER": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
    "PEM": "-----BEGIN PRIVATE KEY-----",
    "BLOB": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=",
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_literal_secret_is_refused_and_never_shown(project: Project, custom_app: App, name: str) -> None:
    app = custom_app(settings={name: {"value": SECRETS[name]}})
    problem = project.edit("dev", "applications", {"custom": [app]}).problem()
    assert problem.path == f"{PREFIX}.applications.custom[0].settings.{name}.value"
    assert "a literal secret" in problem.message
    assert SECRETS[name] not in str(problem), "an error message is the wrong place for a secret"
    assert "secret:" in problem.example, "the example is a reference"


def test_a_literal_secret_is_found_in_an_application_that_is_broken_otherwise(
    project: Project, custom_app: App, delete: object
) -> None:
    app = custom_app(healthPath=delete, settings={"DB_PASSWORD": {"value": "hunter2-and-more"}})
    problems = project.edit("dev", "applications", {"custom": [app]}).problems()
    assert {p.path.rpartition(".")[2] for p in problems} == {"healthPath", "value"}, "one mistake hides no other"
    assert "hunter2" not in "".join(map(str, problems))


def test_a_secret_elsewhere_in_the_file_is_refused_too(project: Project) -> None:
    token = "ghp_" + "a1B2" * 9
    problem = project.edit("dev", "installation.tags", {"note": token}).problem()
    assert "an access token" in problem.message
    assert token not in str(problem)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOG_LEVEL", "info"),
        ("KEYCLOAK_TOKEN_TIMEOUT", "5000"),
        ("KEYCLOAK_PUBLIC_KEY", "MIIBIjANBgkqhkiG9w0"),
        ("KEY_VAULT_ENABLED", "true"),
        ("USE_TOKEN", "false"),
        (
            "VNET",
            "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/hub/providers/Microsoft.Network/x",
        ),
        ("IMAGE", "claims/portal@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
        ("URL", "https://fabrix.contoso.example:8443/a/very/long/path/that/goes/on/and/on/and/on"),
        ("TENANT", "7d2c1c1e-5a0f-4c0e-9b7e-1f6a2f0c9d11"),
    ],
)
def test_harmless_values_are_no_secrets(name: str, value: str) -> None:
    assert literal_secret(name, value) is None


@given(st.integers(0, 2**64), st.integers(32, 64))
def test_random_bytes_in_base64_look_secret_wherever_chance_mixes_them(seed: int, size: int) -> None:
    value = random.Random(seed).randbytes(size)  # noqa: S311 - like a key's, and the same in each run
    text = base64.b64encode(value).decode().replace("/", "A").replace("+", "B")
    if len(set(value)) > 28:
        assert looks_secret(text), "a random key is recognised by its looks"
