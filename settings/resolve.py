"""From the schema of an application to what runs in one environment: overrides merged, references resolved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from settings.application import Application, Generator, SettingSource, role_of
from settings.applications import App, AppDatabase, AppFiles, AppSecret, PlatformSecret, Scaling
from settings.selection import Override
from settings.sizes import PlanSize
from settings.surroundings import AppEnvironment, expand, setting_of

INSIGHTS_SECRET = "appinsights-connectionStringKeyVault"  # noqa: S105 - a secret's name
STORAGE_SECRET = "storage-keyKeyVault"  # noqa: S105 - a secret's name
DEFAULT_CPU = 70
"""Percent of CPU above which an instance is added, when nobody says otherwise."""


def merged(app: Application, override: Override | None) -> Application:
    """Put a stack's override over an application of the catalogue."""
    if override is None:
        return app
    changes: dict[str, object] = {
        "settings": {**app.settings, **override.settings},
        "secrets": {**app.secrets, **override.secrets},
    }
    if override.scaling is not None:
        changes["scaling"] = override.scaling
    if override.files is not None and app.files is not None:
        changes["files"] = app.files.model_copy(update={"share_gib": override.files.share_gib})
    return app.model_copy(update=changes)


def resolve(apps: Sequence[Application], around: AppEnvironment) -> tuple[App, ...]:
    """Resolve every application of a plan; the plan as a whole decides which secrets are shared."""
    own = declared_secrets(apps, around)
    reads = {app.key: _reads(app, around) for app in apps}
    count = Counter(name for names in reads.values() for name in names)
    return tuple(
        _app(app, around, [_secret(n, own, shared=count[n] > 1) for n in sorted(reads[app.key])]) for app in apps
    )


def declared_secrets(apps: Sequence[Application], around: AppEnvironment) -> dict[str, AppSecret]:
    """Every secret that something of the plan owns: of the platform, of databases, of applications."""
    found: dict[str, AppSecret] = {}
    for name, source in around.shared.items():
        found[expand(name, around)] = AppSecret(
            name=expand(name, around), generator=source.generator, owner=None, shared=True, note=source.note or ""
        )
    for app in apps:
        for name, (generator, index) in app.database_secrets().items():
            found[name] = AppSecret(name=name, generator=generator, owner=app.key, database=index)
        for name, source in app.secrets.items():
            full = expand(name, around)
            found[full] = AppSecret(name=full, generator=source.generator, owner=app.key, note=source.note or "")
    return found


def platform_secrets(apps: Sequence[App], around: AppEnvironment) -> tuple[PlatformSecret, ...]:
    """Every secret of the plan once, with its readers.

    A secret that nobody refers to is not made, but for the password of each database's role, which the job that makes
    the role needs, and those that the platform itself always has.
    """
    readers: dict[str, list[str]] = {}
    secrets: dict[str, AppSecret] = {}
    for app in apps:
        for secret in app.secrets:
            secrets[secret.name] = secret
            readers.setdefault(secret.name, []).append(app.key)
        for database in app.databases:
            name = database.password_secret
            found = AppSecret(name=name, generator="password16", owner=app.key, database=database.index)
            secrets.setdefault(name, found)
    for name, source in around.shared.items():
        if source.always:
            full = expand(name, around)
            secrets[full] = AppSecret(name=full, generator=source.generator, owner=None, note=source.note or "")
    return tuple(
        PlatformSecret(**vars(secret), readers=tuple(readers.get(name, ()))) for name, secret in sorted(secrets.items())
    )


def chosen(source: SettingSource, environment: str) -> SettingSource | None:
    """Return what holds in that environment; None when the setting is left out."""
    if environment == "dev" and source.dev is not None:
        return SettingSource.model_construct(value=source.dev, from_=None, secret=None)
    return None if source.unset is not None or source.never is not None else source


def _reads(app: Application, around: AppEnvironment) -> set[str]:
    sources = (chosen(source, around.environment) for source in app.settings.values())
    names = {expand(source.secret, around) for source in sources if source and source.secret}
    files = {STORAGE_SECRET} if app.files else set()
    return names | files | {INSIGHTS_SECRET}


def _secret(name: str, own: Mapping[str, AppSecret], *, shared: bool) -> AppSecret:
    """Return the secret; one whose owner is not in this plan is brought over by an operator."""
    if name not in own:
        supplied: Generator = "supplied"
        return AppSecret(
            name=name, generator=supplied, owner=None, shared=shared, note="Copied from the control layer's vault"
        )
    return replace(own[name], shared=shared or own[name].owner is None)


def _app(app: Application, around: AppEnvironment, secrets: Sequence[AppSecret]) -> App:
    image = app.reference
    released = around.release.images.get(image.repository) if image.released else None
    standby = around.standby.images.get(image.repository) if image.released else None
    held = {name: chosen(source, around.environment) for name, source in sorted(app.settings.items())}
    settings = (setting_of(name, source, app, around) for name, source in held.items() if source)
    return App(
        key=app.key,
        title=app.title,
        image=image.repository,
        image_registry=image.registry,
        image_tag=released.version if released else image.tag,
        digest=released.digest if released else image.digest,
        standby_digest=standby.digest if released and standby and standby.digest != released.digest else None,
        port=app.port,
        health_path=app.health_path,
        edge_path=app.edge_path,
        startup_command=app.startup_command,
        web_sockets=app.web_sockets,
        databases=tuple(_database(app, index) for index in range(len(app.databases))),
        cache=app.cache,
        files=AppFiles(share=app.key, mount_path=app.files.mount_path, share_gib=app.files.share_gib)
        if app.files
        else None,
        single_instance=app.single_instance,
        scaling=_scaling(app, around.plan),
        settings=tuple(settings),
        secrets=tuple(secrets),
    )


def _database(app: Application, index: int) -> AppDatabase:
    database = app.databases[index]
    vector = ("vector",) if database.name.endswith("vector") else ()
    return AppDatabase(
        index=index,
        name=database.name,
        role=role_of(database.name),
        extensions=tuple(dict.fromkeys((*database.extensions, *vector))),
        url_secret=f"{app.key}-databases-{index}-urlKeyVault",
        password_secret=f"{app.key}-databases-{index}-passwordKeyVault",
    )


def _scaling(app: Application, plan: PlanSize) -> Scaling:
    if app.single_instance:
        return Scaling(min_instances=1, max_instances=1, cpu_threshold=DEFAULT_CPU)
    if app.scaling:
        return Scaling(
            **{name: getattr(app.scaling, name) for name in ("min_instances", "max_instances", "cpu_threshold")}
        )
    return Scaling(min_instances=plan.capacity, max_instances=plan.autoscale_max, cpu_threshold=DEFAULT_CPU)
