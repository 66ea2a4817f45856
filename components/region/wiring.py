"""From settings to the arguments of components: values of secrets, rights of applications, facts for app settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

import pulumi

from components.data.postgres import HOST_SUFFIX as POSTGRES_HOST_SUFFIX
from components.data.postgres import PORT as POSTGRES_PORT
from components.data.redis import PORT as REDIS_PORT
from components.security.secrets import Composed, database_url
from components.shared.roles import Grant
from settings import PlatformSettings
from settings.control import CONTROL_APPS, ExistingControl, OwnControl
from settings.vocabulary import APP_FIELDS

ADMINISTRATOR_PASSWORD = "postgres-admin-password"  # noqa: S105 - end of a secret's name
CACHE_CERTIFICATE = "ssl_cert_reqs=required"
"""End of the cache's address: its certificate is checked. Celery refuses an address as store of results that does not
say so (``backends/redis.py`` of 5.5); redis-py takes this spelling alone; clients of Node.js check in any case."""
BLOB_ENDPOINT = "storage.blob.endpoint"
"""Resource key that only applications with blobs use."""


def secret_values(
    settings: PlatformSettings,
    *,
    postgres_host: str,
    redis_host: str,
    redis_key: pulumi.Output[str] | None,
    insights: pulumi.Input[str],
    storage_keys: Mapping[str, pulumi.Input[str]],
) -> dict[str, pulumi.Input[str] | Composed]:
    """Values of the secrets that are not random, by name, as ``storage_keys`` are.

    ``redis_key`` is None where no application uses it.
    """
    by_generator: dict[str, pulumi.Input[str] | Composed] = {"insights": insights}
    if redis_key is not None:
        by_generator["redisKey"] = redis_key
        # Keys are base64, whose signs have a meaning in a URL. The user is `default`, which clients take for none.
        escaped = redis_key.apply(lambda key: quote(key, safe=""))
        address = f"@{redis_host}:{REDIS_PORT}?{CACHE_CERTIFICATE}"
        by_generator["redisUrl"] = pulumi.Output.concat("rediss://:", escaped, address)
    values: dict[str, pulumi.Input[str] | Composed] = dict(storage_keys)
    values |= {
        secret.name: by_generator[secret.generator] for secret in settings.secrets if secret.generator in by_generator
    }
    for app in settings.apps:
        for database in app.databases:
            values[database.url_secret] = database_url(
                host=postgres_host,
                port=POSTGRES_PORT,
                database=database.name,
                role=database.login,
                password_secret=database.password_secret,
            )
    listed = {secret.name for secret in settings.secrets}
    return {name: value for name, value in values.items() if name in listed}


def administrator_password(settings: PlatformSettings) -> str:
    """Name of the secret with the database server's administrator password."""
    return next(secret.name for secret in settings.secrets if secret.name.endswith(ADMINISTRATOR_PASSWORD))


def apps_with_blobs(settings: PlatformSettings) -> list[str]:
    """Applications that keep blobs: each gets a container of its own."""
    return [
        app.key for app in settings.apps if any(s.kind == "resource" and s.value == BLOB_ENDPOINT for s in app.settings)
    ]


def app_grants(
    settings: PlatformSettings, *, registry_id: pulumi.Input[str], containers: Mapping[str, pulumi.Input[str]]
) -> Iterable[Grant]:
    """Rights of applications beside their secrets: their image, their container."""
    for app in settings.apps:
        if app.image_registry is None:
            yield Grant(
                holder=app.key,
                role="acr-pull",
                on="registry",
                scope=registry_id,
                reason=f"{app.key} pulls its image without a password",
            )
        if app.key in containers:
            yield Grant(
                holder=app.key,
                role="storage-blob-data-contributor",
                on="container",
                scope=containers[app.key],
                reason=f"{app.key} keeps its blobs in a container of its own",
            )


def controller_deploys(settings: PlatformSettings) -> bool:
    """Return whether the controller of this stack changes Azure."""
    return isinstance(settings.control, OwnControl) and settings.control.deploys


CONTROLLER_RIGHTS = {
    "website-contributor": "the controller creates, changes and deletes the applications that it is asked to deploy",
    "managed-identity-operator": "the controller gives these applications their identities",
    "key-vault-secrets-officer": "the controller writes the secrets of these applications into vaults of its group",
}
"""Role → why; in the controller's own resource group and nowhere else."""


def controller_grants(scope: pulumi.Input[str]) -> Iterable[Grant]:
    """Rights of a controller that deploys, in its own resource group ``scope``."""
    for role, reason in CONTROLLER_RIGHTS.items():
        yield Grant(holder=CONTROL_APPS[0], role=role, on="deployments", scope=scope, reason=reason)


def facts(settings: PlatformSettings, *, resource_group: str) -> dict[str, pulumi.Input[str]]:
    """Value of every key of the vocabulary that is the same for all applications; known before anything exists."""
    names, installation = settings.names, settings.installation
    storage, registry = names.of("storage", "data"), names.of("registry")
    return {
        "environment.code": installation.environment,
        "tenant.id": installation.tenant_id,
        "subscription.id": installation.subscription_id,
        "controller.deployment": "azure" if controller_deploys(settings) else "database",
        "controller.keyVault": str(controller_deploys(settings)).lower(),
        "resourceGroup.name": resource_group,
        "region.name": installation.region,
        "service.name": installation.service_name,
        "vault.name": names.of("key_vault"),
        "vault.uri": f"https://{names.of('key_vault')}.vault.azure.net/",
        "postgres.host": postgres_host(settings),
        "postgres.port": str(POSTGRES_PORT),
        "redis.host": redis_host(settings),
        "redis.port": str(REDIS_PORT),
        "redis.url": f"rediss://{redis_host(settings)}:{REDIS_PORT}",
        "storage.account": storage,
        BLOB_ENDPOINT: f"https://{storage}.blob.core.windows.net/",
        "registry.host": f"{registry}.azurecr.io",
        "insights.name": names.of("app_insights"),
    }


def postgres_host(settings: PlatformSettings) -> str:
    """Host name of the database server, known from its name."""
    return settings.names.of("postgres") + POSTGRES_HOST_SUFFIX


def redis_host(settings: PlatformSettings) -> str:
    """Host name of the cache, known from its name and region."""
    return f"{settings.names.of('redis')}.{settings.installation.region}.redis.azure.net"


def control_facts(
    settings: PlatformSettings, urls: pulumi.Output[Mapping[str, str]] | None
) -> dict[str, pulumi.Input[str]]:
    """Addresses of a control layer that runs elsewhere; ``urls`` are another stack's outputs, None without one."""
    resolved: dict[str, pulumi.Input[str]] = {}
    if isinstance(settings.control, ExistingControl):
        addresses = dict(zip(CONTROL_APPS, (settings.control.url, settings.control.keycloak_url), strict=True))
        for key, url in addresses.items():
            resolved |= dict.fromkeys((f"app.{key}.{field}" for field in APP_FIELDS), url)
            resolved[f"app.{key}.host"] = url.removeprefix("https://").split("/")[0]
    elif urls is not None:
        for key in CONTROL_APPS:
            url = urls.apply(lambda values, key=key: values[key])
            resolved |= dict.fromkeys((f"app.{key}.{field}" for field in APP_FIELDS), url)
            resolved[f"app.{key}.host"] = url.apply(lambda value: value.removeprefix("https://").split("/")[0])
    return resolved
