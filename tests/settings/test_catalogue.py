"""The application catalogue: every setting that the product documents is there and classified, secrets carry its names."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

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

DOCUMENTED = {
    "miso-controller": """
        SKIP_FIRST_TIME_SETUP FORCE_ONBOARDING ONBOARDING_CONTROLLER_KEY ONBOARDING_CREATE_DEV_ENV ONBOARDING_ADMIN_EMAIL
        ONBOARDING_ADMIN_PASSWORD INFRASTRUCTURE_NAME LOCATION DATABASE_URL DATABASELOG_URL DB_0_PASSWORD DB_1_PASSWORD
        AUTO_CREATE_TABLES REDIS_URL REDIS_HOST REDIS_PORT REDIS_PASSWORD REDIS_DB REDIS_KEY_PREFIX REDIS_ROLES_TTL
        REDIS_PERMISSIONS_TTL KEYCLOAK_REALM KEYCLOAK_SERVER_URL KEYCLOAK_INTERNAL_SERVER_URL KEYCLOAK_HOST KEYCLOAK_PORT
        KEYCLOAK_CLIENT_ID KEYCLOAK_CLIENT_SECRET KEYCLOAK_ADMIN_USERNAME KEYCLOAK_ADMIN_PASSWORD
        KEYCLOAK_DEFAULT_PASSWORD KEYCLOAK_PUBLIC_KEY KEYCLOAK_VERIFY_AUDIENCE KEYCLOAK_TOKEN_TIMEOUT
        KEYCLOAK_EVENTS_ENABLED KEYCLOAK_EVENTS_VERIFY_SIGNATURE KEYCLOAK_EVENTS_SECRET WAIT_FOR_KEYCLOAK
        AZURE_SUBSCRIPTION_ID AZURE_TENANT_ID AZURE_SERVICE_NAME AZURE_CLIENT_ID AZURE_CLIENT_SECRET DEPLOYMENT
        ENCRYPTION_KEY JWT_SECRET API_KEY KEY_VAULT_ENABLED MISO_CLIENTID MISO_CLIENTSECRET MISO_ADMIN_PASSWORD
        MISO_WEB_SERVER_URL MISO_CONTROLLER_URL MISO_RELATIVE_PATH ALLOWED_ORIGINS ENTRA_GRAPH_DELEGATED_REDIRECT_URI
        LICENSE_JWT MORI_BASE_URL MORI_AUTH_METHOD MORI_API_KEY MORI_USERNAME MORI_PASSWORD RATE_LIMIT_WINDOW_MS
        RATE_LIMIT_MAX DISABLE_RATE_LIMIT APPLICATIONINSIGHTS_CONNECTION_STRING OTEL_SERVICE_NAME OTEL_SERVICE_VERSION
        LOG_LEVEL LOG_TO_FILE LOG_FILE_PATH MOUNT_VOLUME NODE_ENV PORT FAST_STARTUP ENABLE_API_DOCS MISO_ENVIRONMENT
        CONTROLLER_EVALUATION EXISTING_LLM_CONFIGURATIONS
    """,
    "dataplane": """
        PORT ENVIRONMENT DEBUG LOG_LEVEL LOG_FORMAT LOG_FILE_PATH LOCAL_MODE MIN_BUILDER_CLI_VERSION DATABASE_URL
        VECTOR_DATABASE_URL LOGS_DATABASE_URL RECORDS_DATABASE_URL DB_0_PASSWORD DB_1_PASSWORD DB_2_PASSWORD DB_3_PASSWORD
        REDIS_URL CACHE_ENABLED CACHE_CIP_EXECUTION_TTL CACHE_METADATA_FILTER_TTL API_KEY ENCRYPTION_KEY MISO_CLIENTID
        MISO_CLIENTSECRET KEYCLOAK_REALM KEYCLOAK_SERVER_URL KEYCLOAK_INTERNAL_SERVER_URL MISO_WEB_SERVER_URL
        MISO_CONTROLLER_URL MISO_PIPELINE_ENV_KEY OPENAI_API_KEY AZURE_OPENAI_ENDPOINT AZURE_OPENAI_API_KEY
        AZURE_OPENAI_API_VERSION AZURE_OPENAI_DEPLOYMENT_NAME DOCUMENT_STORAGE_BASE_PATH AUDIT_ENABLED AUTH_AUDIT_ENABLED
        ABAC_AUDIT_ENABLED RBAC_AUDIT_ENABLED ABAC_AUDIT_DETAIL_LEVEL RBAC_AUDIT_DETAIL_LEVEL MISO_LOG_FORWARD_ERRORS
        OPENTELEMETRY_ENABLED OPENTELEMETRY_ENDPOINT CERTIFICATE_PRIVATE_KEY CERTIFICATE_PUBLIC_KEY
        CERTIFICATE_PUBLIC_KEY_ID TRUST_CUSTOMER_POLICY_LEVEL TRUST_PUBLISH_GATE_ENABLED TRUST_PROMOTE_GATE_ENABLED
        TRUST_RUNTIME_GATE_ENABLED TRUST_AI_EXPOSURE_GATE_ENABLED
    """,
    "keycloak": """
        KC_BOOTSTRAP_ADMIN_USERNAME KC_BOOTSTRAP_ADMIN_PASSWORD KC_HOSTNAME KC_HOSTNAME_STRICT
        KC_HOSTNAME_BACKCHANNEL_DYNAMIC KC_HTTP_ENABLED KC_HTTP_RELATIVE_PATH KC_PROXY_HEADERS KC_HEALTH_ENABLED
        KC_HTTP_MANAGEMENT_HEALTH_ENABLED KC_DB KC_DB_URL_HOST KC_DB_URL_PORT KC_DB_URL_DATABASE KC_DB_USERNAME
        KC_DB_PASSWORD MISO_CLIENTID MISO_CLIENTSECRET KC_CACHE
    """,
    "flowise": """
        DATABASE_HOST DATABASE_PORT DATABASE_NAME DATABASE_USER DATABASE_PASSWORD JWT_AUTH_TOKEN_SECRET
        JWT_REFRESH_TOKEN_SECRET EXPRESS_SESSION_SECRET TOKEN_HASH_SECRET FLOWISE_SECRETKEY_OVERWRITE SMTP_HOST SMTP_PORT
        SMTP_USER SMTP_PASSWORD BLOB_STORAGE_PATH LOG_PATH LOG_LEVEL
    """,
    "openwebui": """
        DATABASE_URL WEBUI_SECRET_KEY DEFAULT_USER DEFAULT_PASSWORD ENABLE_SIGNUP ENABLE_COMMUNITY_SHARING
        ENABLE_OAUTH_SOCIAL_LOGIN FLOWISE_API_URL FLOWISE_API_KEY MAX_FILE_SIZE OLLAMA_BASE_URL SMTP_HOST SMTP_PORT
        SMTP_USER SMTP_PASSWORD
    """,
}
"""Settings that the platform document names, sections 1.3 to 1.5."""

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
    "openwebui": {"openwebui": ()},
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
        ("openwebui", 3003, "/health"),
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
                assert literal_secret(name, value) is None, f"{key} {name}"


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
    for name in ("KEY_VAULT_ENABLED", "DEPLOYMENT", "NODE_ENV"):
        assert dev[name] == prod[name], f"{name} does not depend on the environment"


def test_the_cache_is_reached_with_entra_tokens(shipped: Shipped) -> None:
    found = {s.name: (s.kind, s.value) for s in shipped["dev"].app("miso-controller").settings}
    assert "REDIS_PASSWORD" not in found, "there is no password: access keys are off"
    assert found["REDIS_PORT"] == ("resource", "redis.port")


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
