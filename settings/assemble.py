"""Assemble the settings of a stack from models, rules, release and applications, and collect every issue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, get_type_hints

from settings import app_rules, manifest, plan_rules, rotation, supplied
from settings.app_rules import PlannedApps
from settings.application import Application
from settings.base import ENVIRONMENTS
from settings.catalogue_files import catalogue
from settings.control import StackControl
from settings.explain import validate
from settings.model import PlatformFile, PlatformSettings
from settings.problems import Issue, Path, Problem
from settings.release import Release
from settings.release_line import ROLES
from settings.resolve import AppEnvironment, merged, platform_secrets, resolve
from settings.rules import broken_rules
from settings.selection import PRODUCTS, Override


@dataclass
class Assembly:
    """The settings, or why there are none."""

    settings: PlatformSettings | None = None
    issues: list[Issue] = field(default_factory=list)
    """Paths start below ``aifabrix:platform``."""
    problems: list[Problem] = field(default_factory=list)
    """Those in other files: the release manifest."""


def assemble(root: FilePath, raw: Mapping[str, Any], *, stack: str | None, known: Sequence[str] = ()) -> Assembly:
    """Check plain data against models, rules, releases and catalogue.

    ``stack`` is the name of the stack, ``known`` are the names of all stacks.
    """
    result = Assembly()
    file, result.issues = validate(PlatformFile, raw)
    sections = _sections(raw, file)
    if environment := _environment(raw):
        sections["environment"] = environment
    result.issues += broken_rules(sections)
    result.issues += _control_stack(sections.get("control"), stack, known)
    customs = _section(raw, "custom", list)
    releases = _releases(root, raw.get("release"), result)
    running = releases.get("running")
    result.issues += [*app_rules.keys(customs), *app_rules.images(customs, environment, running)]
    result.issues += app_rules.literal_secrets(raw)
    plan = _plan(raw, environment)
    for rule in PLAN_RULES:
        result.issues += rule(plan)
    if running is not None:
        result.issues += _released(plan, running)
    if isinstance(file, PlatformFile):
        result.issues += [*plan_rules.scaling(plan, file.sizing), *plan_rules.shares(plan, file.sizing)]
        if running is not None and not result.issues and not result.problems:
            result.settings = _settings(file, plan, running, releases["standby"], result)
    return result


PLAN_RULES = (
    app_rules.settings,
    plan_rules.databases,
    plan_rules.edge_paths,
    plan_rules.secrets,
    plan_rules.overrides,
)


def _settings(
    file: PlatformFile, plan: PlannedApps, release: Release, standby: Release, result: Assembly
) -> PlatformSettings | None:
    environment = AppEnvironment(
        code=file.installation.environment,
        service_name=file.installation.service_name,
        plan=file.sizing.plan,
        release=release,
        standby=standby,
        shared=plan.shared,
        rotations=file.security.rotations,
    )
    apps = resolve(list(plan.apps.values()), environment)
    secrets, in_vault = platform_secrets(apps, environment), file.security.supplied_secrets
    result.issues += supplied.unknown(secrets, in_vault)
    result.issues += rotation.impossible(secrets, file.security.rotations, file.network)
    if result.issues:
        return None
    apps, secrets = supplied.withhold(apps, rotation.counted(secrets, file.security.rotations, apps), in_vault)
    return PlatformSettings(file=file, release=release, standby=standby, apps=apps, secrets=secrets)


def _sections(raw: Mapping[str, Any], file: PlatformFile | None) -> dict[str, Any]:
    """Return the sections that are valid by themselves: one broken section hides no problem of another."""
    fields = PlatformFile.model_fields
    if file is not None:
        return {name: getattr(file, name) for name in fields}
    shapes = get_type_hints(PlatformFile, include_extras=True)
    sections: dict[str, Any] = {}
    for name, declared in fields.items():
        alias = declared.alias or name
        if alias in raw:
            value, issues = validate(shapes[name], raw[alias])
            if not issues:
                sections[name] = value
        elif not declared.is_required():
            sections[name] = declared.get_default()
    return sections


def _environment(raw: Mapping[str, Any]) -> str | None:
    """Environment code, also when the rest of its section is broken."""
    section = raw.get("installation")
    code = section.get("environment") if isinstance(section, dict) else None
    return code if code in ENVIRONMENTS else None


def _section(raw: Mapping[str, Any], key: str, kind: type[Any]) -> Any:  # noqa: ANN401 - of that kind
    """Return one part of ``applications``; empty when it is missing or of another type."""
    section = raw.get("applications")
    value = section.get(key) if isinstance(section, dict) else None
    return value if isinstance(value, kind) else kind()


def _plan(raw: Mapping[str, Any], environment: str | None) -> PlannedApps:
    """Gather the applications that are valid by themselves; issues of the others are reported already."""
    shipped = catalogue()
    selected = [key for key in _section(raw, "catalogue", list) if key in shipped.apps]
    changes = {key: validate(Override, value)[0] for key, value in _section(raw, "overrides", dict).items()}
    overrides = {key: change for key, change in changes.items() if change is not None and key in shipped.apps}
    apps: dict[str, Application] = {}
    paths: dict[str, Path] = {}
    for key in selected or PRODUCTS:
        apps[key] = merged(shipped.apps[key], overrides.get(key))
        paths[key] = (*app_rules.OVERRIDES, key)
    for index, value in enumerate(_section(raw, "custom", list)):
        app = validate(Application, value)[0]
        if app is not None and app.key not in apps:
            apps[app.key] = app
            paths[app.key] = (*app_rules.CUSTOM, index)
    return PlannedApps(
        apps=apps,
        paths=paths,
        overrides={key: change for key, change in overrides.items() if key in apps},
        catalogue=shipped.apps,
        environment=environment or "dev",
        shared=shipped.shared,
    )


def _releases(root: FilePath, line: object, result: Assembly) -> dict[str, Release]:
    """Read the manifests that the stack names, by role: running and standby."""
    named = line if isinstance(line, dict) else {"running": line, "standby": line}
    paths: dict[str, Path] = {role: ("release", role) if line is named else ("release",) for role in ROLES}
    known, loaded = manifest.known(root), {}
    for role, path in paths.items():
        name = named.get(role)
        if not isinstance(name, str) or not name:
            continue
        if name not in known:
            allowed = ", ".join(known) or "none: there is no manifest"
            example = f"{path[-1]}: {manifest.suggested(root, name)}"
            issue = Issue(path, "there is no manifest of that release", name, allowed, example)
            result.issues = [i for i in result.issues if i.path != path] + [issue]
        elif name not in loaded:
            loaded[name], problems = manifest.read(root, name)
            result.problems += problems
    read = {role: loaded.get(str(named.get(role))) for role in ROLES}
    return {role: release for role, release in read.items() if release is not None}


def _released(plan: PlannedApps, release: Release) -> list[Issue]:
    """Every product image has its digest in the release."""
    issues = []
    for key, app in plan.apps.items():
        image = app.reference
        if key in plan.catalogue and image.repository not in release.images:
            message = f"release {release.id} has no image for {key}"
            known = ", ".join(release.images)
            issues.append(Issue(("release",), message, known, f"a release with {image.repository}", ""))
    return issues


def _control_stack(control: object, stack: str | None, known: Sequence[str]) -> list[Issue]:
    """Check that the control layer runs in another stack, and that this stack exists."""
    if not isinstance(control, StackControl) or stack is None or "/" in control.name:
        return []
    path = ("control", "name")
    others = [name for name in known if name != stack]
    if control.name in others:
        return []
    message = "a stack cannot take the control layer from itself" if control.name == stack else "there is no such stack"
    return [Issue(path, message, control.name, ", ".join(others), f"name: {others[0]}" if others else "")]
