"""From the schema of an application to what runs in one environment: overrides merged, references resolved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from settings.application import Application, Generator, SecretSource, SettingSource, SharedSecret, role_of
from settings.applications import App, AppDatabase, AppFiles, AppSecret, AppSetting, PlatformSecret, Scaling
from settings.release import Release
from settings.selection import Override
from settings.sizes import PlanSize
from settings.vocabulary import database_reference

INSIGHTS_SECRET = "appinsights-connectionStringKeyVault"  # noqa: S105 - a secret's name
DEFAULT_CPU = 70
"""Percent of CPU above which an instance is added, when nothing else is set."""


@dataclass(frozen=True, kw_only=True)
class AppEnvironment:
    """What resolving an application needs to know about its environment."""

    code: str
    """``dev``, ``tst`` or ``pro``."""
    service_name: str
    plan: PlanSize
    release: Release
    """Of production."""
    standby: Release
    """Of the staging slots."""
    shared: Mapping[str, SharedSecret]
    """Secrets of the platform itself, by name."""
    controller: str = "miso-controller"
    """Key of the controller; first part of OAuth client ids."""
    rotations: Mapping[str, int] = field(default_factory=dict)
    """Secret → how often it was rotated."""


_LITERAL: dict[str, Callable[[Application, AppEnvironment], str]] = {
    "own.key": lambda app, _: app.key,
    "own.port": lambda app, _: str(app.port),
    "own.clientId": lambda app, environment: f"{environment.controller}-{environment.code}-{app.key}",
    "own.filesPath": lambda app, _: app.files.mount_path if app.files else "",
}


def merged(app: Application, override: Override | None) -> Application:
    """Apply a stack's override to an application of the catalogue."""
    if override is None:
        return app
    changes: dict[str, object] = {
        "settings": {**app.settings, **override.settings},
        "secrets": {**app.secrets, **override.secrets},
    }
    for name in ("scaling", "cache_auth", "telemetry"):
        if (chosen_here := getattr(override, name)) is not None:
            changes[name] = chosen_here
    if override.files is not None and app.files is not None:
        wanted = override.files.model_dump(by_alias=False, exclude_none=True)  # a copy takes names of fields alone
        changes["files"] = app.files.model_copy(update=wanted)
    return app.model_copy(update=changes)


def resolve(apps: Sequence[Application], environment: AppEnvironment) -> tuple[App, ...]:
    """Resolve every application of a plan; which secrets are shared depends on all of them."""
    apps = [_without_cache_key(app, environment.shared) for app in apps]
    own = _declared_secrets(apps, environment)
    reads = {app.key: _reads(app, environment) for app in apps}
    count = Counter(name for names in reads.values() for name in names)
    return tuple(
        _app(app, environment, [_secret(n, own, shared=count[n] > 1) for n in sorted(reads[app.key])]) for app in apps
    )


def _without_cache_key(app: Application, shared: Mapping[str, SharedSecret]) -> Application:
    """With Entra tokens an application gets the address of the cache without its key, and no key."""
    if app.cache_auth != "entra":
        return app
    address = SettingSource.model_construct(value=None, from_="redis.url", secret=None)
    generators = {
        name: shared[source.secret].generator
        for name, source in app.settings.items()
        if source.secret and source.secret in shared
    }
    settings = {
        name: address if generators.get(name) == "redisUrl" else source
        for name, source in app.settings.items()
        if generators.get(name) != "redisKey"
    }
    return app.model_copy(update={"settings": settings})


def _declared_secrets(apps: Sequence[Application], environment: AppEnvironment) -> dict[str, AppSecret]:
    """Every secret that something of the plan owns: of the platform, of databases, of applications."""
    secrets: dict[str, AppSecret] = {}
    for name, source in environment.shared.items():
        secrets[_expand(name, environment)] = AppSecret(
            name=_expand(name, environment), generator=source.generator, owner=None, shared=True, **_notes(source)
        )
    for app in apps:
        files = _files(app)
        if files is not None and files.own_account:
            secrets[files.key_secret] = AppSecret(name=files.key_secret, generator="storageKey", owner=app.key)
        for name, (generator, index) in app.database_secrets().items():
            secrets[name] = AppSecret(name=name, generator=generator, owner=app.key, database=index)
        for name, source in app.secrets.items():
            full = _expand(name, environment)
            secrets[full] = AppSecret(name=full, generator=source.generator, owner=app.key, **_notes(source))
    return secrets


def platform_secrets(apps: Sequence[App], environment: AppEnvironment) -> tuple[PlatformSecret, ...]:
    """Every secret of the plan once, with its readers.

    A secret that no setting refers to is not created, except the password of each database's role, which the job that
    creates the role needs, and those that the platform itself always has.
    """
    readers: dict[str, list[str]] = {}
    secrets: dict[str, AppSecret] = {}
    for app in apps:
        for secret in app.secrets:
            secrets[secret.name] = secret
            readers.setdefault(secret.name, []).append(app.key)
        for database in app.databases:
            name = database.password_secret
            password = AppSecret(name=name, generator="password16", owner=app.key, database=database.index)
            secrets.setdefault(name, password)
    for name, source in environment.shared.items():
        if source.always:
            full = _expand(name, environment)
            secrets[full] = AppSecret(name=full, generator=source.generator, owner=None, **_notes(source))
    return tuple(
        PlatformSecret(**vars(secret), readers=tuple(readers.get(name, ()))) for name, secret in sorted(secrets.items())
    )


def _notes(source: SecretSource) -> dict[str, Any]:
    return {"note": source.note or "", "fixed": source.fixed or "", "rotation": source.rotation or ""}


def chosen(source: SettingSource, environment: str) -> SettingSource | None:
    """Return the source that applies in that environment; None when the setting is left out."""
    if environment == "dev" and source.dev is not None:
        return SettingSource.model_construct(value=source.dev, from_=None, secret=None)
    return None if source.unset is not None or source.never is not None else source


def _reads(app: Application, environment: AppEnvironment) -> set[str]:
    sources = (chosen(source, environment.code) for source in app.settings.values())
    names = {_expand(source.secret, environment) for source in sources if source and source.secret}
    files = _files(app)
    return names | ({files.key_secret} if files else set()) | {INSIGHTS_SECRET}


def _secret(name: str, own: Mapping[str, AppSecret], *, shared: bool) -> AppSecret:
    """Return the secret; an operator supplies one whose owner is not in this plan."""
    if name not in own:
        supplied: Generator = "supplied"
        return AppSecret(
            name=name, generator=supplied, owner=None, shared=shared, note="Copied from the control layer's vault"
        )
    return replace(own[name], shared=shared or own[name].owner is None)


def _app(app: Application, environment: AppEnvironment, secrets: Sequence[AppSecret]) -> App:
    image = app.reference
    released = environment.release.images.get(image.repository) if image.released else None
    standby = environment.standby.images.get(image.repository) if image.released else None
    applicable = {name: chosen(source, environment.code) for name, source in sorted(app.settings.items())}
    settings = (_setting(name, source, app, environment) for name, source in applicable.items() if source)
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
        databases=tuple(_database(app, index, environment) for index in range(len(app.databases))),
        cache=app.cache,
        cache_auth=app.cache_auth,
        telemetry=app.telemetry,
        files=_files(app),
        single_instance=app.single_instance,
        scaling=_scaling(app, environment.plan),
        settings=tuple(settings),
        secrets=tuple(secrets),
    )


def _files(app: Application) -> AppFiles | None:
    if app.files is None:
        return None
    return AppFiles(
        share=app.key,
        mount_path=app.files.mount_path,
        share_gib=app.files.share_gib,
        own_account=app.files.account == "own",
    )


def _database(app: Application, index: int, environment: AppEnvironment) -> AppDatabase:
    database, password = app.databases[index], app.database_secret(index, "password")
    vector = ("vector",) if database.name.endswith("vector") else ()
    return AppDatabase(
        index=index,
        name=database.name,
        role=role_of(database.name),
        extensions=tuple(dict.fromkeys((*database.extensions, *vector))),
        url_secret=app.database_secret(index, "url"),
        password_secret=password,
        rotations=environment.rotations.get(password),
    )


def _expand(name: str, environment: AppEnvironment) -> str:
    """Replace ``{prefix}`` in the name of a secret by the service name."""
    return name.replace("{prefix}", environment.service_name)


def _setting(name: str, source: SettingSource, app: Application, environment: AppEnvironment) -> AppSetting:
    """Resolve one setting as far as settings know: the rest is a key for components to fill in."""
    if source.secret is not None:
        return AppSetting(name=name, kind="secret", value=_expand(source.secret, environment))
    if source.from_ is None:
        return AppSetting(name=name, kind="literal", value=source.value or "")
    kind, value = _reference(source.from_, app, environment)
    return AppSetting(name=name, kind=kind, value=value)


def _reference(key: str, app: Application, environment: AppEnvironment) -> tuple[Literal["literal", "resource"], str]:
    if key in _LITERAL:
        return "literal", _LITERAL[key](app, environment)
    if reference := database_reference(key):
        index, part = reference
        database = _database(app, index, environment)
        return "literal", database.login if part == "role" else database.name
    if key.startswith("own."):
        return "resource", f"app.{app.key}.{key.removeprefix('own.')}"
    return "resource", key


def _scaling(app: Application, plan: PlanSize) -> Scaling:
    if app.single_instance:
        return Scaling(min_instances=1, max_instances=1, cpu_threshold=DEFAULT_CPU)
    if app.scaling:
        return Scaling(
            **{name: getattr(app.scaling, name) for name in ("min_instances", "max_instances", "cpu_threshold")}
        )
    return Scaling(min_instances=plan.capacity, max_instances=plan.autoscale_max, cpu_threshold=DEFAULT_CPU)
