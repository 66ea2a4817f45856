"""What the program deployed for an application: its settings as App Service hands them to the container, its command.

Everything is read from the local Azure that ``up`` deployed to. References to Key Vault are resolved as the site's
identity, which may be refused; what is not resolved reaches the application as literal text, as on Azure (Microsoft
Learn, "Use Key Vault references": "If a reference isn't resolved properly, the reference string is used instead").
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulator.functions import KEYS
from emulator.references import RESOLVED, references
from emulator.store import Store
from emulator.values import plain, secret_texts
from settings import PlatformSettings, load
from settings.applications import App

_KEYS_OF_CACHE = "azure-native:redisenterprise:listDatabaseKeys"


@dataclass(frozen=True)
class Site:
    """One application as it was deployed."""

    key: str
    version: str
    """Of its image, from the manifest of the release."""
    host: str
    """Name under which users and other applications reach it."""
    command: tuple[str, ...]
    """Arguments that replace the image's own; empty where the site has none."""
    health_path: str
    port: int
    mounts: tuple[str, ...]
    """Paths at which it finds a file share."""
    environment: Mapping[str, str] = field(repr=False)
    """App settings by name, with the values of secrets."""
    unresolved: tuple[str, ...]
    """Settings whose secret an operator has to put into the vault first."""

    @property
    def start_seconds(self) -> float:
        """How long App Service waits for the container to answer."""
        return float(self.environment["WEBSITES_CONTAINER_START_TIME_LIMIT"])


class Deployment:
    """The dev stack of a checkout, read from the store of its local Azure."""

    def __init__(self, root: Path) -> None:
        self._store = root / ".fabrix" / "local" / "azure.db"
        self.settings: PlatformSettings = load.stack(root, "dev")
        self.secrets: Mapping[str, str] = self._secrets()
        """Every secret of the vault by name."""

    def app(self, key: str) -> App:
        """Return an application of the settings."""
        return next(app for app in self.settings.apps if app.key == key)

    def site(self, key: str) -> Site:
        """Return an application as it was deployed."""
        name = self.settings.names.of("web_app", key)
        with closing(Store(self._store)) as store:
            (stored,) = [one for one in store.objects("Microsoft.Web/sites") if one.id.endswith(f"/{name}")]
            answers = {one.setting: one for one in references(store, stored.id)}
        inputs, outputs = plain(stored.inputs), plain(stored.outputs)
        config = inputs["siteConfig"]
        values = {one["name"]: one["value"] for one in config["appSettings"]}
        resolved = {name: self._value(answers[name].secret) for name in answers if answers[name].status == RESOLVED}
        environment = values | resolved
        return Site(
            key=key,
            version=self.settings.release.images[self.app(key).image].version,
            host=outputs["defaultHostName"],
            command=tuple(shlex.split(config.get("appCommandLine") or "")),
            health_path=config["healthCheckPath"],
            port=int(environment["WEBSITES_PORT"]),
            mounts=tuple(mount["mountPath"] for mount in (config.get("azureStorageAccounts") or {}).values()),
            environment=environment,
            unresolved=tuple(sorted(set(answers) - set(resolved))),
        )

    @property
    def postgres_host(self) -> str:
        """Name of the database server, as Azure gave it."""
        return self._one("Microsoft.DBforPostgreSQL/flexibleServers")["fullyQualifiedDomainName"]

    @property
    def cache_host(self) -> str:
        """Name of the cache, as Azure gave it."""
        return self._one("Microsoft.Cache/redisEnterprise")["hostName"]

    @property
    def cache_port(self) -> int:
        """Port of the cache, as it was deployed."""
        return int(self._one("Microsoft.Cache/redisEnterprise/databases")["port"])

    @property
    def cache_key(self) -> str:
        """Access key of the cache, as Azure tells it to whoever asks."""
        token, compute = KEYS[_KEYS_OF_CACHE]
        with closing(Store(self._store)) as store:
            (database,) = [one for one in store.objects() if one.token == token]
            return str(plain(compute(database))["primaryKey"])

    def redacted(self, text: str) -> str:
        """Return ``text`` without the secrets of this deployment: it may be shown by a test that fails."""
        with closing(Store(self._store)) as store:
            known = {text for one in store.objects() for text in secret_texts(one.inputs) if len(text) > 8}
        for secret in sorted(known | set(self.secrets.values()), key=len, reverse=True):
            text = text.replace(secret, "(secret)")
        return re.sub(r"://[^/\s@]*@", "://(secret)@", text)

    def _value(self, secret: str) -> str:
        return self.secrets[secret]

    def _secrets(self) -> dict[str, str]:
        with closing(Store(self._store)) as store:
            stored = store.objects("Microsoft.KeyVault/vaults/secrets")
            return {one.id.rsplit("/", 1)[-1]: plain(one.inputs)["properties"]["value"] for one in stored}

    def _one(self, arm_type: str) -> dict[str, Any]:
        with closing(Store(self._store)) as store:
            (stored,) = store.objects(arm_type)
        return plain(stored.outputs)
