"""The application catalogue: every documented setting is there and classified, secrets carry the documented names."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from settings import PlatformSettings
from settings.application import Application
from settings.catalogue_files import FOLDER, catalogue
from settings.development import DEVELOPMENT_ONLY
from settings.literal_secrets import literal_secret
from settings.name_rules import RULES
from settings.names import check_name
from settings.selection import PRODUCTS

Shipped = dict[str, PlatformSettings]
ROOT = Path(__file__).parents[2]

DOCUMENTED: dict[str, str] = YAML(typ="safe").load(Path(__file__).parent / "documented_settings.yaml")
"""Product → names of the settings that its document mentions."""

DATABASES = {
    "miso-controller": {"miso": (), "miso-logs": ()},
    "dataplane": {
        "dataplane": (),
        "dataplane-vector": ("vector",),
        "dataplane-logs": (),
        "dataplane-records": (),
    },
    "keycloak": {"keycloak": ()},
    "flowise": {"flowise": ("pgcrypto", "uuid-ossp", "vector", "btree_gin", "btree_gist")},
    "openwebui": {"openwebui": ("vector",)},
}


def product(key: str) -> Application:
    return catalogue().apps[key]


def literals(settings: PlatformSettings, key: str) -> dict[str, str]:
    return {s.name: s.value for s in settings.app(key).settings if s.kind == "literal"}


@pytest.mark.parametrize("key", PRODUCTS)
def test_every_documented_setting_is_classified(key: str) -> None:
    missing = set(DOCUMENTED[key].split()) - set(product(key).settings)
    assert not missing, f"{key} does not say where these come from: {sorted(missing)}"


def test_groups_of_settings_without_published_names_are_left_to_the_image_knowingly() -> None:
    assert set(product("dataplane").image_defaults) == {"ABAC_POLICY_PARSE_CACHE_", "CIP_EXECUTION_"}


@pytest.mark.parametrize("key", PRODUCTS)
def test_databases_and_extensions_are_the_documented_ones(shipped: Shipped, key: str) -> None:
    found = {database.name: database.extensions for database in shipped["dev"].app(key).databases}
    assert found == DATABASES[key]


def test_each_database_has_a_role_of_its_own(shipped: Shipped) -> None:
    databases = [database for app in shipped["dev"].apps for database in app.databases]
    roles = [database.role for database in databases]
    assert len(set(roles)) == len(roles) == 9
    assert {d.name: d.role for d in databases}["miso-logs"] == "miso_logs_user"
    assert all(check_name("database_role", role) is None for role in roles)


@pytest.mark.parametrize(
    ("key", "port", "path"),
    [
        ("miso-controller", 3000, "/health"),
        ("dataplane", 3001, "/health"),
        ("keycloak", 8080, "/health/ready"),
        ("flowise", 3002, "/api/v1/ping"),
        ("openwebui", 3003, "/health/db"),
    ],
)
def test_ports_and_health_paths_are_the_documented_ones(key: str, port: int, path: str) -> None:
    assert (product(key).port, product(key).health_path) == (port, path)


def test_the_edge_paths_are_the_documented_ones() -> None:
    found = {key: product(key).edge_path for key in PRODUCTS if product(key).edge_path}
    assert found == {"miso-controller": "/miso/*", "dataplane": "/data/*", "keycloak": "/auth/*"}


def test_the_catalogue_holds_the_five_products_and_no_mori() -> None:
    assert {file.stem for file in FOLDER.glob("*.yaml")} == {*PRODUCTS, "shared"}
    assert not any(name.startswith("mori") for name in PRODUCTS)


def test_every_secret_has_a_name_that_key_vault_accepts(shipped: Shipped) -> None:
    for settings in shipped.values():
        for secret in settings.secrets:
            assert check_name("secret", secret.name) is None, secret.name
            assert len(secret.name) <= RULES["secret"].max_length


DOCUMENTED_SECRETS = {
    "miso-controller-databases-0-urlKeyVault": "databaseUrl",
    "dataplane-databases-3-passwordKeyVault": "password16",
    "redis-urlKeyVault": "redisUrl",
    "redis-passwordKeyVault": "redisKey",
    "appinsights-connectionStringKeyVault": "insights",
    "storage-keyKeyVault": "storageKey",
    "miso-controller-secrets-apiKeyVault": "random32",
    "miso-controller-secrets-jwtKeyVault": "jwt64",
    "miso-controller-secrets-encryptionKeyVault": "key32",
    "flowise-secrets-tokenKeyVault": "uuid4",
    "aifabrix-keycloak-admin-password": "password16",
    "aifabrix-postgres-admin-password": "password16",
    "miso-controller-client-secretKeyVault": "random32",
    "dataplane-client-secretKeyVault": "random32",
    "keycloak-client-secretKeyVault": "random32",
}


def test_secrets_have_the_documented_names_and_generators(shipped: Shipped) -> None:
    found = {secret.name: secret.generator for secret in shipped["prod"].secrets}
    assert DOCUMENTED_SECRETS.items() <= found.items()


def test_shared_secrets_exist_once_and_are_read_by_both(shipped: Shipped) -> None:
    secrets = {secret.name: secret for secret in shipped["dev"].secrets}
    assert len(secrets) == len(shipped["dev"].secrets), "each secret is there once"
    for name in ("miso-controller-secrets-encryptionKeyVault", "miso-controller-secrets-apiKeyVault"):
        assert secrets[name].readers == ("miso-controller", "dataplane"), "they rotate together"
        assert secrets[name].shared


def test_no_application_reads_the_servers_administrator_password(shipped: Shipped) -> None:
    secret = {s.name: s for s in shipped["prod"].secrets}["aifabrix-postgres-admin-password"]
    assert (secret.readers, secret.owner) == ((), None), "applications use roles of their own"


def test_every_database_has_a_password_even_when_no_setting_names_it(shipped: Shipped) -> None:
    for settings in shipped.values():
        names = {secret.name for secret in settings.secrets}
        wanted = {d.password_secret for app in settings.apps for d in app.databases}
        assert wanted <= names, "the job that makes the roles needs it"


def test_everything_that_a_setting_refers_to_is_among_what_the_application_may_read(shipped: Shipped) -> None:
    for settings in shipped.values():
        for app in settings.apps:
            wanted = {s.value for s in app.settings if s.kind == "secret"}
            assert wanted <= {secret.name for secret in app.secrets}, app.key


def test_no_literal_of_the_catalogue_is_a_secret(shipped: Shipped) -> None:
    for settings in shipped.values():
        for key in PRODUCTS:
            for name, value in literals(settings, key).items():
                excused = product(key).settings[name].not_secret
                assert excused or literal_secret(name, value) is None, f"{key} {name}"


@pytest.mark.parametrize("stack", ["test", "prod"])
def test_no_development_only_value_reaches_test_or_production(shipped: Shipped, stack: str) -> None:
    for app in shipped[stack].apps:
        for name, value in literals(shipped[stack], app.key).items():
            assert value not in DEVELOPMENT_ONLY.get(name, ((), ""))[0], f"{app.key} {name}={value}"
        assert app.startup_command is None or "start-dev" not in app.startup_command


def test_dev_is_easier_to_look_into_and_just_as_safe(shipped: Shipped) -> None:
    dev, prod = (literals(shipped[name], "miso-controller") for name in ("dev", "prod"))
    assert (dev["ENABLE_API_DOCS"], prod["ENABLE_API_DOCS"]) == ("true", "false")
    assert (dev["LOG_LEVEL"], prod["LOG_LEVEL"]) == ("debug", "info")
    assert dev["NODE_ENV"] == prod["NODE_ENV"], "it does not depend on the environment"


def test_the_cache_is_reached_with_a_key_from_the_vault(shipped: Shipped) -> None:
    """The product's public SDK signs in with host, port and password, and knows no user and no token."""
    found = {s.name: (s.kind, s.value) for s in shipped["dev"].app("miso-controller").settings}
    assert found["REDIS_PASSWORD"] == ("secret", "redis-passwordKeyVault")
    assert found["REDIS_URL"] == ("secret", "redis-urlKeyVault")
    assert found["REDIS_PORT"] == ("resource", "redis.port")


@pytest.mark.parametrize("key", PRODUCTS)
def test_each_dependency_is_known_to_be_noticed_by_the_health_path_or_not(key: str) -> None:
    app = product(key)
    has = {"database": bool(app.databases), "cache": app.cache, "files": app.files is not None}
    assert set(app.health_covers) == {name for name, used in has.items() if used}


def test_the_document_says_what_the_health_paths_notice() -> None:
    text = (ROOT / "docs/reference/product.md").read_text()
    for key in PRODUCTS:
        app = product(key)
        cells = [app.health_covers.get(name, "none") for name in ("database", "cache", "files")]
        assert f"| {key} | `{app.health_path}` | {' | '.join(cells)} |" in text


def test_keycloak_checks_its_database_only_with_metrics_on(shipped: Shipped) -> None:
    found = literals(shipped["prod"], "keycloak")
    assert found["KC_METRICS_ENABLED"] == "true", "without them readiness stays 200 when the database is gone"


def test_openwebui_keeps_vectors_in_its_database_and_mounts_uploads_alone(shipped: Shipped) -> None:
    app, found = shipped["prod"].app("openwebui"), literals(shipped["prod"], "openwebui")
    secrets = {s.name: s.value for s in app.settings if s.kind == "secret"}
    assert found["VECTOR_DB"] == "pgvector", "the default is SQLite, which must not be on a share"
    assert secrets["PGVECTOR_DB_URL"] == secrets["DATABASE_URL"]
    assert found["PGVECTOR_CREATE_EXTENSION"] == "false", "the role of an application may create none"
    assert (found["OFFLINE_MODE"], found["HF_HUB_OFFLINE"]) == ("true", "1")
    assert app.files and app.files.mount_path == "/app/backend/data/uploads", "data/cache has the image's models"


def test_the_first_administrator_of_openwebui_can_sign_up_and_nobody_after(shipped: Shipped) -> None:
    found = literals(shipped["prod"], "openwebui")
    assert (found["ENABLE_SIGNUP"], found["ENABLE_INITIAL_ADMIN_SIGNUP"]) == ("false", "true")


def test_cookies_are_for_tls_alone_though_the_front_end_ends_it(shipped: Shipped) -> None:
    """Keycloak sees it by its proxy headers; tests/applications asks the applications themselves."""
    assert literals(shipped["prod"], "openwebui")["WEBUI_SESSION_COOKIE_SECURE"] == "true"
    address = next(s for s in shipped["prod"].app("flowise").settings if s.name == "APP_URL")
    assert (address.kind, address.value) == ("resource", "app.flowise.url")
    assert literals(shipped["prod"], "keycloak")["KC_PROXY_HEADERS"] == "xforwarded"


def test_the_managed_identity_replaces_the_client_secret(shipped: Shipped) -> None:
    found = {s.name: (s.kind, s.value) for s in shipped["dev"].app("miso-controller").settings}
    assert found["AZURE_CLIENT_ID"] == ("resource", "identity.clientId")
    assert "AZURE_CLIENT_SECRET" not in found


def test_the_licence_is_offline_outside_dev(shipped: Shipped) -> None:
    assert literals(shipped["dev"], "miso-controller")["LICENSE_JWT"] == "DEVELOPMENT"
    assert "LICENSE_JWT" not in literals(shipped["prod"], "miso-controller")
    source = product("miso-controller").settings["LICENSE_JWT"]
    assert source.secret == "miso-controller-license-jwtKeyVault"


def test_the_digests_of_the_example_release_are_made_as_it_says(shipped: Shipped) -> None:
    for repository, image in shipped["dev"].release.images.items():
        made = hashlib.sha256(f"example:{repository}".encode()).hexdigest()
        assert image.digest == f"sha256:{made}", "an example must not look like an image that exists"


def test_addresses_of_applications_are_references(shipped: Shipped) -> None:
    found = {s.name: (s.kind, s.value) for s in shipped["dev"].app("openwebui").settings}
    assert found["FLOWISE_API_URL"] == ("resource", "app.flowise.url")
    own = {s.name: s.value for s in shipped["dev"].app("keycloak").settings}
    assert own["KC_HOSTNAME"] == "app.keycloak.url"
