"""What a setting can take ``from``: names of values that exist once the platform is planned.

A fixed vocabulary instead of templates: every reference is checked before the engine starts, and a reader finds here
what each one becomes.
"""

from __future__ import annotations

import re

RESOURCES: dict[str, str] = {
    "environment.code": "code of the environment: dev, tst or pro",
    "tenant.id": "the customer's Entra tenant",
    "subscription.id": "the subscription of this environment",
    "controller.deployment": "what the controller does on a deployment: database or azure",
    "controller.keyVault": "whether it keeps secrets in the vault: true or false",
    "resourceGroup.name": "resource group that the application runs in",
    "region.name": "ARM name of the region",
    "service.name": "service name of the installation",
    "identity.clientId": "client id of the application's own managed identity",
    "vault.name": "name of the key vault",
    "vault.uri": "address of the key vault",
    "postgres.host": "host name of the database server",
    "postgres.port": "port of the database server",
    "redis.host": "host name of the cache",
    "redis.port": "TLS port of the cache, 10000",
    "redis.url": "address of the cache without a credential: rediss://<host>:10000",
    "storage.account": "name of the data storage account",
    "storage.blob.endpoint": "address of its blob service",
    "registry.host": "host name of the container registry",
    "insights.name": "name of the Application Insights component",
}
"""Key → what it becomes. Components fill these in."""

APP_FIELDS: dict[str, str] = {
    "url": "address that browsers use",
    "internalUrl": "address inside the virtual network",
    "host": "host name of the address that browsers use",
}
"""``app.<key>.<field>``: ``<key>`` is an application of the plan or the control layer. Components fill these in too."""

OWN: dict[str, str] = {
    "own.key": "key of the application",
    "own.port": "port that its container listens on",
    "own.clientId": "its OAuth client id: <controller>-<environment>-<key>",
    "own.filesPath": "where its file share is mounted",
    "own.url": "same as app.<own key>.url",
    "own.internalUrl": "same as app.<own key>.internalUrl",
    "own.host": "same as app.<own key>.host",
}
"""Facts of the application itself. Settings resolve these; components never see them."""

DATABASE_FIELDS: dict[str, str] = {"name": "name of the database", "role": "role that owns it"}
"""``own.database.<index>.<field>``; resolved by settings."""

_APP = re.compile(rf"app\.(?P<key>[a-z0-9-]+)\.(?P<field>{'|'.join(APP_FIELDS)})")
_DATABASE = re.compile(rf"own\.database\.(?P<index>\d)\.(?P<field>{'|'.join(DATABASE_FIELDS)})")


def app_reference(key: str) -> tuple[str, str] | None:
    """Split ``app.<key>.<field>`` into key and field; None when it is no such reference."""
    match = _APP.fullmatch(key)
    return (match["key"], match["field"]) if match else None


def database_reference(key: str) -> tuple[int, str] | None:
    """Split ``own.database.<index>.<field>`` into index and field; None when it is no such reference."""
    match = _DATABASE.fullmatch(key)
    return (int(match["index"]), match["field"]) if match else None


def is_known(key: str) -> bool:
    """Whether a setting may take its value from ``key``."""
    return key in RESOURCES or key in OWN or app_reference(key) is not None or database_reference(key) is not None


def all_keys() -> list[str]:
    """List every key, with placeholders where a name or number goes; for messages and documentation."""
    apps = [f"app.<key>.{field}" for field in APP_FIELDS]
    databases = [f"own.database.<index>.{field}" for field in DATABASE_FIELDS]
    return [*RESOURCES, *apps, *OWN, *databases]
