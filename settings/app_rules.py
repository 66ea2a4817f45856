"""Rules for applications. Those on plain data hold even where an application is broken in other ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from settings.application import IMAGE_EXAMPLE, Application, SettingSource, SharedSecret
from settings.control import CONTROL_APPS
from settings.development import STARTUP, development_value, unresolved
from settings.images import parse_image
from settings.literal_secrets import literal_secret, looks_secret
from settings.problems import Issue, Path, nearest, show
from settings.release import Release
from settings.selection import PRODUCTS, Override
from settings.vocabulary import app_reference, database_reference

CUSTOM = ("applications", "custom")
OVERRIDES = ("applications", "overrides")


def keys(raw: list[Any]) -> list[Issue]:
    """Each application has a key of its own, and none is a product's."""
    issues = []
    seen: list[object] = []
    for index, app in enumerate(raw):
        key = app.get("key") if isinstance(app, dict) else None
        path = (*CUSTOM, index, "key")
        if key in PRODUCTS:
            issues.append(
                Issue(path, "a product application has this key", str(key), "any other key", f"key: {key}-own")
            )
        elif key is not None and key in seen:
            first = f"{key!r}, also at custom[{seen.index(key)}]"
            issues.append(Issue(path, "two applications with one key", first, "a key of its own", f"key: {key}-2"))
        elif isinstance(key, str) and key.startswith("mori"):
            message = "Mori runs at the vendor, never in a customer's tenant"
            issues.append(Issue(path, message, key, "any other key", "key: claims-portal"))
        seen.append(key)
    return issues


def images(raw: list[Any], environment: str | None, release: Release | None) -> list[Issue]:
    """Outside dev an image is pinned by digest and is in the environment's registry.

    A repository alone means the image of the release, which pins it. An unknown environment or release is reported
    elsewhere; checks that need it are skipped.
    """
    issues = []
    for index, app in enumerate(raw):
        text = app.get("image") if isinstance(app, dict) else None
        image = parse_image(text) if isinstance(text, str) else None
        if image is None:
            continue
        found, example = show(text), f"image: {IMAGE_EXAMPLE}"
        path = (*CUSTOM, index, "image")
        if image.released:
            if release is not None and image.repository not in release.images:
                message = f"release {release.id} has no image of that repository"
                allowed = f"{', '.join(release.images)}; or repository:tag@digest for one that it does not ship"
                issues.append(Issue(path, message, found, allowed, example))
            continue
        if environment in {"dev", None}:
            if not image.tag and not image.digest:
                issues.append(Issue(path, "neither tag nor digest", found, "repository:tag, or with a digest", example))
            continue
        if image.tag == "latest":
            issues.append(
                Issue(path, "the tag latest can mean another image tomorrow", found, "repository@digest", example)
            )
        elif not image.digest:
            issues.append(
                Issue(path, "outside dev an image is pinned by its digest", found, "repository:tag@digest", example)
            )
        if image.registry:
            message = "outside dev images come from the environment's own registry"
            issues.append(Issue(path, message, found, "a repository without a host name", example))
    return issues


def literal_secrets(raw: Mapping[str, Any]) -> list[Issue]:
    """No stack file holds a literal secret, under any key; the value is never shown."""
    return list(_literal_secrets(raw, ()))


_SECRET_ALLOWED = ("a reference to the vault", "{secret: claims-portal-secrets-apiKeyVault}")


def _literal_secrets(value: object, path: Path) -> Iterator[Issue]:
    if isinstance(value, dict):
        name = str(path[-1]) if path else ""
        in_settings = len(path) > 1 and path[-2] == "settings"
        for key, child in value.items():
            if in_settings and key in {"value", "dev"} and isinstance(child, str):
                why = literal_secret(name, child)
                if why and not (value.get("notSecret") and not looks_secret(child)):
                    yield Issue((*path, key), f"a literal secret: {why}", "a value (not shown)", *_SECRET_ALLOWED)
            else:
                yield from _literal_secrets(child, (*path, str(key)))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _literal_secrets(child, (*path, index))
    elif isinstance(value, str) and (kind := looks_secret(value)):
        message = f"a literal secret: the value looks like {kind}"
        yield Issue(path, message, "a value (not shown)", *_SECRET_ALLOWED)


@dataclass(frozen=True, kw_only=True)
class PlannedApps:
    """The valid applications of a stack, with the path of each in the stack file."""

    apps: Mapping[str, Application]
    """Key → application with overrides merged."""
    paths: Mapping[str, Path]
    """Key → path of the application, or of its override, in the stack file."""
    overrides: Mapping[str, Override]
    catalogue: Mapping[str, Application]
    environment: str
    shared: Mapping[str, SharedSecret]


def settings(plan: PlannedApps) -> list[Issue]:
    """Every setting is allowed here and everything that it refers to exists."""
    issues = []
    for key, app in plan.apps.items():
        for name, source in app.settings.items():
            where = (*plan.paths[key], "settings", name)
            catalogued = plan.catalogue[key].settings.get(name) if key in plan.overrides else None
            issues += _value_issues(plan, name, source, catalogued, where)
            issues += [issue for issue in (_reference_issue(plan, app, source, where),) if issue]
        if app.startup_command and plan.environment != "dev" and STARTUP.search(app.startup_command):
            where = (*plan.paths[key], "startupCommand")
            message = "a development-only command"
            issues.append(Issue(where, message, app.startup_command, "the production command", "startupCommand: start"))
    return issues


def _value_issues(
    plan: PlannedApps, name: str, source: SettingSource, catalogued: SettingSource | None, where: Path
) -> list[Issue]:
    overridden = catalogued is not None and source is not catalogued
    if overridden and catalogued.never is not None and source.never is None:
        return [Issue(where, f"never set: {catalogued.never}", "a value for it", "leave it out", "")]
    if source.value is None:
        return []
    path, found = (*where, "value"), show(source.value, where)
    if unresolved(source.value):
        message = "nothing resolves kv:// and url:// references here"
        return [Issue(path, message, found, "from: or secret:", "{from: app.dataplane.url}")]
    refused = (*source.dev_only, *(catalogued.dev_only if catalogued else ()))
    why = development_value(name, source.value, refused) if plan.environment != "dev" else None
    return [Issue(path, f"{why[0]}, refused in {plan.environment}", found, why[1], why[2])] if why else []


def _reference_issue(plan: PlannedApps, app: Application, source: SettingSource, where: Path) -> Issue | None:
    if source.secret is not None:
        return _secret_issue(plan, app, source.secret, (*where, "secret"))
    key, path = source.from_ or "", (*where, "from")
    known = [*plan.apps, *(k for k in CONTROL_APPS if k not in plan.apps)]
    if (reference := app_reference(key)) and reference[0] not in known:
        near = nearest(reference[0], known) or known[0]
        example = f"from: app.{near}.{reference[1]}"
        return Issue(path, "no application of that key in the plan", key, ", ".join(known), example)
    if (reference := database_reference(key)) and reference[0] >= len(app.databases):
        allowed = f"one of its {len(app.databases)} databases, counted from 0"
        return Issue(path, "no database of that index", key, allowed, "from: own.database.0.name")
    if key == "own.filesPath" and app.files is None:
        return _not_declared(path, key, "file share", "files: {shareGib: 50}")
    return _not_declared(path, key, "cache", "cache: true") if key.startswith("redis.") and not app.cache else None


def _may_read(app: Application, secret: SharedSecret) -> bool:
    """Return whether settings of ``app`` may name a secret of the platform's."""
    return secret.readers == "any" or (secret.readers == "cache" and app.cache and app.cache_auth == "access-key")


def _not_declared(path: Path, key: str, what: str, example: str) -> Issue:
    return Issue(path, f"the application declares no {what}", key, f"{example} on the application", example)


def _secret_issue(plan: PlannedApps, app: Application, name: str, path: Path) -> Issue | None:
    """Refuse secrets of others: an application reads its own and the platform's; only the catalogue shares more."""
    own = [*app.secrets, *app.database_secrets()]
    inherited = {s.secret for s in plan.catalogue[app.key].settings.values()} if app.key in plan.catalogue else set()
    readable = [key for key, shared in plan.shared.items() if _may_read(app, shared)]
    if name in own or name in readable or name in inherited:
        return None
    known = [*own, *readable]
    near = nearest(name, known)
    message = "no such secret among the application's own and the platform's"
    if name in plan.shared:
        keyed = plan.shared[name].readers == "cache"
        who = "applications with `cache: true` and `cacheAuth: access-key` alone" if keyed else "no application"
        message = f"a secret that {who} may read"
    return Issue(
        path,
        message,
        name,
        ", ".join(known),
        f"secret: {near}" if near else f"secrets: {{{app.key}-secrets-apiKeyVault: {{generator: random32}}}}",
    )
