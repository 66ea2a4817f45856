"""Settings of applications: where each value comes from, and what it may refer to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from settings import PlatformSettings

if TYPE_CHECKING:
    from tests.settings.conftest import Project

App = Callable[..., dict[str, Any]]
PREFIX = "config.aifabrix:platform.applications"


def custom(project: Project, app: dict[str, Any], stack: str = "test") -> Project:
    return project.edit(stack, "applications", {"custom": [app]})


def override(project: Project, key: str, settings: dict[str, Any], stack: str = "test") -> Project:
    return project.edit(stack, "applications", {"overrides": {key: {"settings": settings}}})


def values(settings: PlatformSettings, key: str) -> dict[str, tuple[str, str]]:
    return {setting.name: (setting.kind, setting.value) for setting in settings.app(key).settings}


@pytest.mark.parametrize("value", ["http://localhost:3000", "redis://redis:6379", "postgres://u@postgres:5432/x"])
def test_host_names_of_a_developers_machine_are_refused_outside_dev(
    project: Project, custom_app: App, value: str
) -> None:
    problem = custom(project, custom_app(settings={"TARGET": {"value": value}})).problem("test")
    assert "developer's machine" in problem.message


@pytest.mark.parametrize("value", ["kv://redis-url", "url://public"])
def test_references_of_the_products_own_templates_never_reach_an_application(
    project: Project, custom_app: App, value: str
) -> None:
    assert "kv:// and url://" in custom(project, custom_app(settings={"X": {"value": value}}), "dev").problem().message


def test_a_setting_that_must_never_be_set_says_why(project: Project) -> None:
    problem = override(project, "miso-controller", {"MORI_BASE_URL": {"value": "https://mori.example"}}).problem("test")
    assert "Mori runs at the vendor" in problem.message


def test_a_setting_that_is_left_out_can_be_set(project: Project) -> None:
    settings = {"SMTP_HOST": {"value": "mail.contoso.example"}, "SMTP_PASSWORD": {"secret": "smtp-passwordKeyVault"}}
    loaded = override(project, "flowise", settings).edit("test", "security.suppliedSecrets", ["smtp-passwordKeyVault"])
    found = values(loaded.load("test"), "flowise")
    assert found["SMTP_HOST"] == ("literal", "mail.contoso.example")
    assert found["SMTP_PASSWORD"] == ("secret", "smtp-passwordKeyVault")


def test_a_reference_outside_the_vocabulary_is_answered_with_the_nearest(project: Project, custom_app: App) -> None:
    problem = custom(project, custom_app(settings={"X": {"from": "postgres.hots"}})).problem("test")
    assert problem.example == "postgres.host"


def test_a_reference_to_an_application_that_is_not_in_the_plan_is_refused(project: Project, custom_app: App) -> None:
    problem = custom(project, custom_app(settings={"X": {"from": "app.flowize.url"}})).problem("test")
    assert problem.example == "from: app.flowise.url"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"from": "redis.host"}, "declares no cache"),
        ({"from": "own.filesPath"}, "declares no file share"),
        ({"from": "own.database.0.name"}, "no database of that index"),
        ({"secret": "claims-secrets-apiKeyVault"}, "no such secret"),
    ],
)
def test_a_reference_needs_what_it_refers_to(
    project: Project, custom_app: App, source: dict[str, str], message: str
) -> None:
    assert message in custom(project, custom_app(settings={"X": source})).problem("test").message


def test_an_application_cannot_read_the_secret_of_another(project: Project, custom_app: App) -> None:
    settings = {"X": {"secret": "miso-controller-secrets-encryptionKeyVault"}}
    assert "no such secret" in custom(project, custom_app(settings=settings)).problem("test").message


@pytest.mark.parametrize("name", ["{prefix}-postgres-admin-password", "storage-keyKeyVault"])
def test_no_application_is_given_a_secret_that_is_the_platforms_alone(
    project: Project, custom_app: App, name: str
) -> None:
    problem = custom(project, custom_app(settings={"PGPASS": {"secret": name}})).problem("test")
    assert "no application may read" in problem.message
    assert name not in problem.allowed


def test_the_key_of_the_cache_is_given_to_those_that_sign_in_with_it(project: Project, custom_app: App) -> None:
    settings = {"CACHE": {"secret": "redis-urlKeyVault"}}
    allowed = custom(project, custom_app(cache=True, settings=settings)).load("test")
    assert values(allowed, "claims")["CACHE"] == ("secret", "redis-urlKeyVault")
    for app in (custom_app(settings=settings), custom_app(cache=True, cacheAuth="entra", settings=settings)):
        assert "cacheAuth: access-key" in custom(project, app).problem("test").message


def test_with_tokens_an_application_gets_the_address_of_the_cache_and_no_key(project: Project) -> None:
    overrides = {key: {"cacheAuth": "entra"} for key in ("miso-controller", "dataplane")}
    settings = project.edit("test", "applications", {"overrides": overrides}).load("test")
    found = values(settings, "miso-controller")
    assert found["REDIS_URL"] == ("resource", "redis.url")
    assert "REDIS_PASSWORD" not in found
    assert not any(app.uses_cache_key for app in settings.apps)
    assert not {s.name for s in settings.secrets} & {"redis-urlKeyVault", "redis-passwordKeyVault"}


def test_a_secret_cannot_be_owned_by_beginning_like_another_applications(project: Project, custom_app: App) -> None:
    """``miso`` is where ``miso-controller`` begins, and so would a secret of its own."""
    name = "miso-controller-secrets-apiKeyVault"
    app = custom_app(key="miso", secrets={name: {"generator": "random32"}}, settings={"KEY": {"secret": name}})
    assert "belong to miso-controller" in custom(project, app).problem("test").message


def test_secrets_of_an_application_begin_with_its_key(project: Project, custom_app: App) -> None:
    app = custom_app(secrets={"apiKeyVault": {"generator": "random32"}})
    assert "begin with its key" in custom(project, app).problem("test").message


def test_a_secret_that_nobody_refers_to_is_not_made(project: Project, custom_app: App) -> None:
    app = custom_app(secrets={"claims-secrets-apiKeyVault": {"generator": "random32"}})
    names = {secret.name for secret in custom(project, app).load("test").secrets}
    assert "claims-secrets-apiKeyVault" not in names


def test_an_application_is_given_only_the_secrets_that_its_settings_name(shipped: dict[str, PlatformSettings]) -> None:
    read = {secret.name for secret in shipped["test"].app("flowise").secrets}
    assert "flowise-databases-0-passwordKeyVault" in read
    assert "flowise-databases-0-urlKeyVault" not in read, "it connects with host, user and password"
    assert all(not name.startswith(("miso", "dataplane", "keycloak")) for name in read), "nothing of others"


@pytest.mark.parametrize(
    "settings",
    [
        {"LOG": {}},
        {"LOG": {"value": "a", "from": "tenant.id"}},
        {"LOG": "info"},
        {"LO-G": {"value": "a"}},
        {"L": {"value": 1}},
    ],
)
def test_a_setting_has_exactly_one_source_and_a_legal_name(
    project: Project, custom_app: App, settings: dict[str, Any]
) -> None:
    assert (
        custom(project, custom_app(settings=settings)).problem("test").path.startswith(f"{PREFIX}.custom[0].settings.")
    )


def test_a_name_that_sounds_secret_can_be_excused_with_a_reason(project: Project, custom_app: App) -> None:
    source = {"value": "partition", "notSecret": "name of a column"}
    found = values(custom(project, custom_app(settings={"SORT_KEY": source})).load("test"), "claims")
    assert found["SORT_KEY"] == ("literal", "partition")


def test_nobody_is_pointed_at_a_supplied_secret_before_it_is_declared(project: Project) -> None:
    name = "dataplane-secrets-openaiApiKeyVault"
    before = project.load("dev")
    assert "OPENAI_API_KEY" not in values(before, "dataplane"), "App Service would hand the reference on as the key"
    assert {s.name: s.readers for s in before.secrets}[name] == (), "and nobody may read what is not there"
    after = project.edit("dev", "security.suppliedSecrets", [name]).load("dev")
    assert values(after, "dataplane")["OPENAI_API_KEY"] == ("secret", name)
    assert {s.name: s.readers for s in after.secrets}[name] == ("dataplane",)


def test_declaring_a_secret_that_nobody_supplies_is_refused(project: Project) -> None:
    problem = project.edit("dev", "security.suppliedSecrets", ["dataplane-secrets-openaiKeyVault"]).problem()
    assert problem.path == "config.aifabrix:platform.security.suppliedSecrets[0]"
    assert problem.example == "- dataplane-secrets-openaiApiKeyVault"
