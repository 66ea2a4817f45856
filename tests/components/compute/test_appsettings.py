"""Every setting reaches the container with a value that works there, and no secret does."""

from __future__ import annotations

import random
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from components.compute.appsettings import TELEMETRY_SETTING, AppSettingsError, resolve, telemetry
from settings.applications import AppSetting

VAULT = "kv-aifabrix-dev"
FACTS = {"postgres.host": "psql-dev.postgres.database.azure.com", "redis.port": "10000"}

_names = st.from_regex(r"[A-Z][A-Z0-9_]{0,20}", fullmatch=True).filter(lambda name: name != TELEMETRY_SETTING)
_secrets = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?", fullmatch=True)
_literals = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Zs"]), max_size=30).filter(
    lambda text: "://" not in text and "localhost" not in text.lower() and "127." not in text and ".docker" not in text
)


@st.composite
def _setting(draw: st.DrawFn, name: str) -> AppSetting:
    literal = st.builds(AppSetting, name=st.just(name), kind=st.just("literal"), value=_literals)
    resource = st.builds(AppSetting, name=st.just(name), kind=st.just("resource"), value=st.sampled_from(sorted(FACTS)))
    secret = st.builds(AppSetting, name=st.just(name), kind=st.just("secret"), value=_secrets)
    return draw(st.one_of(literal, resource, secret))


_settings = st.lists(_names, unique=True, max_size=8).flatmap(lambda names: st.tuples(*map(_setting, names)))


def _literal(value: str, name: str = "SOME_URL") -> AppSetting:
    return AppSetting(name=name, kind="literal", value=value)


@examples(deadline=None)
@given(_settings)
def test_settings_are_sorted_and_each_name_is_there_once(settings: tuple[AppSetting, ...]) -> None:
    names = [setting.name for setting in resolve(settings, FACTS, vault_name=VAULT)]
    assert names == sorted({s.name for s in settings}), "an order of our own would show as a change in every preview"


@examples(deadline=None)
@given(_settings, st.randoms())
def test_the_order_in_which_settings_are_written_changes_nothing(
    settings: tuple[AppSetting, ...], chance: random.Random
) -> None:
    shuffled = list(settings)
    chance.shuffle(shuffled)
    assert resolve(shuffled, FACTS, vault_name=VAULT) == resolve(settings, FACTS, vault_name=VAULT)


@examples(deadline=None)
@given(_settings)
def test_each_kind_of_setting_becomes_its_value(settings: tuple[AppSetting, ...]) -> None:
    found = dict(resolve(settings, FACTS, vault_name=VAULT))
    expected = {
        "literal": lambda value: value,
        "resource": lambda value: FACTS[value],
        "secret": lambda value: f"@Microsoft.KeyVault(SecretUri=https://{VAULT}.vault.azure.net/secrets/{value})",
    }
    for setting in settings:
        assert found[setting.name] == expected[setting.kind](setting.value)


def test_an_application_may_name_the_telemetry_connection_itself(app: Any) -> None:
    own = AppSetting(name=TELEMETRY_SETTING, kind="secret", value="appinsights-connectionStringKeyVault")
    assert len(resolve([own], {}, vault_name=VAULT, platform=telemetry(app(), VAULT, "client"))) == 2


def test_a_value_that_is_known_only_later_is_passed_on_untouched() -> None:
    later = pulumi.Output.from_input("psql")
    found = dict(
        resolve(
            [AppSetting(name="HOST", kind="resource", value="postgres.host")],
            {"postgres.host": later},
            vault_name=VAULT,
        )
    )
    assert found["HOST"] is later


def test_an_unknown_resource_key_is_refused_with_the_nearest_and_all_known_ones() -> None:
    wrong = AppSetting(name="DB_HOST", kind="resource", value="postgre.host")
    with pytest.raises(AppSettingsError, match=r"DB_HOST.*nearest: postgres\.host.*known: .*redis\.port"):
        resolve([wrong], FACTS, vault_name=VAULT)


@pytest.mark.parametrize(
    ("value", "because"),
    [
        ("kv://miso-controller-secrets-api", "kv://"),
        ("url://keycloak-public", "url://"),
        ("http://localhost:3000", "developer's own machine"),
        ("postgresql://127.0.0.1:5432/miso", "developer's own machine"),
        ("http://host.docker.internal:8082", "developer's own machine"),
        ("redis://redis:6379", "between local containers"),
        ("postgresql://miso_user@postgres/miso", "between local containers"),
        ("https://portal.example.com,http://keycloak:8080/auth", "between local containers"),
    ],
)
def test_no_reference_or_host_of_a_local_installation_survives(value: str, because: str) -> None:
    with pytest.raises(AppSettingsError, match=because):
        resolve([_literal(value)], FACTS, vault_name=VAULT)


def test_a_fact_with_a_local_host_is_refused_too() -> None:
    setting = AppSetting(name="KEYCLOAK_URL", kind="resource", value="app.keycloak.url")
    with pytest.raises(AppSettingsError, match="between local containers"):
        resolve([setting], {"app.keycloak.url": "http://keycloak:8080"}, vault_name=VAULT)


@pytest.mark.parametrize(
    "value",
    [
        "postgres",
        "0.0.0.0",  # noqa: S104 - a container listens on all of its addresses
        "https://login.microsoftonline.com/tenant",
        "rediss://amr-dev.swedencentral.redis.azure.net:10000/0",
    ],
)
def test_what_works_in_azure_is_left_alone(value: str) -> None:
    assert dict(resolve([_literal(value)], FACTS, vault_name=VAULT))["SOME_URL"] == value


def test_two_values_for_one_name_are_refused() -> None:
    with pytest.raises(AppSettingsError, match="WEBSITES_PORT: two different values"):
        resolve([_literal("3000", "WEBSITES_PORT")], FACTS, vault_name=VAULT, platform={"WEBSITES_PORT": "8080"})


@pytest.mark.parametrize("name", ["log.level", "1ST", "A-B", ""])
def test_a_name_that_linux_would_change_is_refused(name: str) -> None:
    with pytest.raises(AppSettingsError, match="on Linux"):
        resolve([_literal("x", name)], FACTS, vault_name=VAULT)


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(AppSettingsError) as caught:
        resolve(
            [_literal("kv://a", "A"), AppSetting(name="B", kind="resource", value="nothing"), _literal("x", "C.D")],
            FACTS,
            vault_name=VAULT,
        )
    assert len(caught.value.problems) == 3
