"""What secrets promise: made here, written once, marked secret wherever they go, readable by their readers only."""

from __future__ import annotations

import dataclasses
import re
import uuid
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from components.context import Context
from components.security.secrets import (
    CONTENT_TYPES,
    GENERATORS,
    SUPPLIED,
    URL_SAFE_SIGNS,
    SecretsError,
    VaultSecrets,
    VaultSecretsArgs,
    as_uuid4,
    database_url,
    secret_grants,
)
from components.shared.order import Writers
from components.shared.roles import ROLES
from settings.application import GENERATORS as DECLARED
from settings.applications import PlatformSecret

Plan = Callable[..., Any]
PASSWORD, URL = "flowise-databases-0-passwordKeyVault", "flowise-databases-0-urlKeyVault"


def secret(name: str, generator: str, *readers: str) -> PlatformSecret:
    return PlatformSecret(name=name, generator=generator, owner=None, readers=readers)  # ty: ignore[invalid-argument-type]


SECRETS = (
    secret(URL, "databaseUrl", "flowise"),
    secret(PASSWORD, "password16", "flowise"),
    secret("shared-jwtKeyVault", "jwt64", "flowise", "dataplane"),
    secret("dataplane-secrets-tokenKeyVault", "uuid4", "dataplane"),
    secret("dataplane-secrets-apiKeyVault", "random32", "dataplane"),
    secret("encryption-keyKeyVault", "key32", "dataplane"),
    secret("appinsights-connectionStringKeyVault", "insights", "flowise"),
    secret("smtp-passwordKeyVault", "supplied", "flowise"),
)
VALUES = {
    URL: database_url(host="db.example", port=5432, database="flowise", role="flowise_user", password_secret=PASSWORD),
    "appinsights-connectionStringKeyVault": "InstrumentationKey=abc",
}


def vault_secrets(
    context: Context, secrets: Sequence[PlatformSecret] = SECRETS, values: Any = None, expires: int | None = None
) -> Callable[[], Any]:
    def build() -> dict[str, Any]:
        args = VaultSecretsArgs(
            context=context,
            resource_group_name="rg",
            vault_name="kv",
            writers=Writers("keyvault:Vault"),
            secrets=secrets,
            values=VALUES if values is None else values,
            expires=expires,
        )
        made = VaultSecrets("secrets-sdc", args)
        return {"ids": made.secret_ids, "supplied": made.supplied, "password": made.value(secrets[1].name)}

    return build


@pytest.fixture(scope="module")
def planned(plan: Plan, context: Context) -> Any:
    return plan(vault_secrets(context))


def value_of(planned: Any, name: str) -> str:
    return planned.one("keyvault:Secret", f"secrets-sdc-{name}").inputs["properties"]["value"]


def test_every_secret_is_written_except_those_that_people_supply(planned: Any) -> None:
    written = {s.inputs["secretName"] for s in planned.of("keyvault:Secret")}
    assert written == {s.name for s in SECRETS} - {"smtp-passwordKeyVault"}
    assert planned.result["supplied"] == ["smtp-passwordKeyVault"]


def test_every_value_is_marked_secret_on_its_way_to_the_vault(planned: Any) -> None:
    for made in planned.of("keyvault:Secret"):
        assert "properties.value" in made.secrets or "properties" in made.secrets, f"{made.name} would be shown"


def test_no_value_is_among_the_outputs_of_the_component(planned: Any) -> None:
    values = {made.inputs["properties"]["value"] for made in planned.of("keyvault:Secret")}
    for outputs in planned.outputs.values():
        assert not any(value in str(outputs) for value in values)


def test_nothing_random_is_also_an_id_which_state_keeps_in_the_clear(planned: Any) -> None:
    random = {kind for kind in planned.types if kind.startswith("random:")}
    assert random == {"random:index/randomPassword:RandomPassword", "random:index/randomBytes:RandomBytes"}


@pytest.mark.parametrize(("generator", "length"), [("password16", 16), ("random32", 32), ("jwt64", 64)])
def test_lengths_are_those_of_the_product(planned: Any, generator: str, length: int) -> None:
    (name,) = [s.name for s in SECRETS if s.generator == generator]
    random = planned.one("random:index/randomPassword:RandomPassword", f"secrets-sdc-{name}").inputs
    assert random["length"] == length
    assert (random["minLower"], random["minUpper"], random["minNumeric"]) == (1, 1, 1)


def test_only_passwords_have_signs_and_only_such_as_a_url_leaves_alone(planned: Any) -> None:
    for random in planned.of("random:index/randomPassword:RandomPassword"):
        if random.inputs["special"]:
            assert random.inputs["overrideSpecial"] == URL_SAFE_SIGNS
    assert quote(URL_SAFE_SIGNS, safe="") == URL_SAFE_SIGNS


def test_a_database_url_holds_the_password_of_its_database_and_asks_for_tls(planned: Any) -> None:
    url = urlsplit(value_of(planned, URL))
    assert (url.scheme, url.username, url.hostname, url.port, url.path) == (
        "postgresql",
        "flowise_user",
        "db.example",
        5432,
        "/flowise",
    )
    assert url.password == value_of(planned, PASSWORD) == planned.result["password"]
    assert url.query == "sslmode=require"


def test_an_encryption_key_is_32_bytes_in_base64(planned: Any) -> None:
    bytes_ = planned.one("random:index/randomBytes:RandomBytes", "secrets-sdc-encryption-keyKeyVault")
    assert bytes_.inputs["length"] == 32
    assert re.fullmatch(r"[A-Za-z0-9+/]{43}=", value_of(planned, "encryption-keyKeyVault"))


@pytest.mark.parametrize("hexadecimal", ["00" * 16, "ff" * 16, "ab" * 16])
def test_a_token_is_a_uuid_of_version_4(hexadecimal: str) -> None:
    token = uuid.UUID(as_uuid4(hexadecimal))
    assert token.version == 4
    assert token.variant == uuid.RFC_4122


def test_a_secret_that_is_no_longer_wanted_is_not_deleted_through_the_vault(planned: Any) -> None:
    assert all(s.retain_on_delete for s in planned.of("keyvault:Secret")), "the runner cannot reach a private vault"


def test_every_secret_says_what_it_is(planned: Any) -> None:
    assert all(s.inputs["properties"]["contentType"] for s in planned.of("keyvault:Secret"))


def test_secrets_expire_on_the_day_of_the_settings(plan: Plan, context: Context, planned: Any) -> None:
    assert all("expires" not in s.inputs["properties"]["attributes"] for s in planned.of("keyvault:Secret"))
    dated = plan(vault_secrets(context, expires=1814313600)).of("keyvault:Secret")
    assert {s.inputs["properties"]["attributes"]["expires"] for s in dated} == {1814313600}


def test_a_value_that_is_given_replaces_the_random_one(plan: Plan, context: Context) -> None:
    planned = plan(vault_secrets(context, SECRETS, {**VALUES, "dataplane-secrets-apiKeyVault": "from-elsewhere"}))
    assert value_of(planned, "dataplane-secrets-apiKeyVault") == "from-elsewhere"
    assert "secrets-sdc-dataplane-secrets-apiKeyVault" not in {r.name for r in planned.resources if "random" in r.type}


def test_the_third_rotation_is_of_the_second_login_again(plan: Plan, context: Context) -> None:
    counted = [dataclasses.replace(s, database=0, rotations=3) if s.name in {PASSWORD, URL} else s for s in SECRETS]
    planned = plan(vault_secrets(context, counted))
    kind = "random:index/randomPassword:RandomPassword"
    owner, second = (planned.one(kind, f"secrets-sdc-{PASSWORD}{end}").inputs for end in ("", "-second"))
    assert (owner["keepers"], second["keepers"]) == ({"rotation": "2"}, {"rotation": "3"})
    assert urlsplit(value_of(planned, URL)).password == value_of(planned, PASSWORD) == planned.result["password"]


def test_in_a_preview_ids_are_known_and_values_are_not(plan: Plan, context: Context, unknown: object) -> None:
    planned = plan(vault_secrets(context), preview=True)
    group = f"/subscriptions/{context.subscription_id}/resourceGroups/rg"
    assert planned.result["ids"] == {
        s.name: f"{group}/providers/Microsoft.KeyVault/vaults/kv/secrets/{s.name}" for s in SECRETS
    }
    assert planned.result["password"] is unknown
    assert len(planned.of("keyvault:Secret")) == len(SECRETS) - 1, "a preview shows every secret"


def test_contradictions_are_all_named_before_anything_is_made(plan: Plan, context: Context) -> None:
    wrong = (
        secret("twice", "random32"),
        secret("TWICE", "random32"),
        secret("no-value", "redisUrl"),
        secret("made-of-nothing", "databaseUrl"),
        secret("by-hand", "supplied"),
    )
    values = {
        "made-of-nothing": database_url(host="h", port=1, database="d", role="r", password_secret="gone"),
        "nobody": "v",
        "by-hand": "v",
    }
    with pytest.raises(SecretsError) as failure:
        plan(vault_secrets(context, wrong, values))
    text = str(failure.value)
    for part in (
        "twice is listed twice",
        "no-value (redisUrl) has no value",
        "gone, which is not random",
        "for nobody",
        "by-hand is supplied by people",
    ):
        assert part in text


def test_every_application_reads_exactly_its_own_secrets() -> None:
    table = secret_grants(SECRETS, {s.name: f"/vault/secrets/{s.name}" for s in SECRETS})
    found = {(row.holder, row.scope) for row in table}
    assert found == {(reader, f"/vault/secrets/{s.name}") for s in SECRETS for reader in s.readers}
    assert {row.role for row in table} == {"key-vault-secrets-user"}, "reading only: no setting, no deleting"
    assert "key-vault-secrets-user" in ROLES
    assert "/vault" not in {row.scope for row in table}, "a grant at the vault opens every other application's secrets"


def test_generators_of_the_settings_are_all_known_here() -> None:
    assert set(DECLARED) == {*GENERATORS, *CONTENT_TYPES, SUPPLIED}
