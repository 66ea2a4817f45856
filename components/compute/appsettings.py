"""From the settings of an application to the name/value pairs of App Service.

Pure: no resource, no provider, no look-up.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import pulumi

from settings.applications import App, AppSetting
from settings.resolve import INSIGHTS_SECRET

TELEMETRY_SETTING = "APPLICATIONINSIGHTS_CONNECTION_STRING"
"""Read by the OpenTelemetry distributions of Azure Monitor, whatever the language."""

TELEMETRY_SIGN_IN = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING"
"""Names the identity whose token telemetry is sent with: Application Insights refuses what comes without one.

Read by the Java agent, the Python exporter and the Node.js agent; other libraries take a credential in code
(Microsoft Learn, "Microsoft Entra authentication for Application Insights"; ``_base.py`` of
azure-monitor-opentelemetry-exporter 1.0.0b58; ``agentLoader`` of applicationinsights 3.16).
"""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""App Service on Linux turns other characters into underscores, and the application does not find its setting."""

_LEFTOVERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"kv://"), "a kv:// reference: use a secret setting"),
    (re.compile(r"url://"), "a url:// token: use a resource setting such as app.<key>.url"),
    (
        re.compile(r"\b(?:localhost|127(?:\.\d+){3}|\w+\.docker\.internal)\b", re.IGNORECASE),
        "an address of the developer's own machine",
    ),
    (
        re.compile(r"://(?:[^/@\s]*@)?[A-Za-z0-9_-]+(?=[:/?#,;\s\"']|$)"),
        "a host without a domain, which exists between local containers only",
    ),
)
"""Leftovers of the product's local templates (docs/reference/product.md, "Settings"), and a description of each."""


class Setting(NamedTuple):
    """One app setting; becomes an environment variable of the container."""

    name: str
    value: pulumi.Input[str]


class AppSettingsError(ValueError):
    """Settings that must not reach a container; :attr:`problems` holds one line each, the text all of them."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("app settings cannot be resolved:\n  " + "\n  ".join(self.problems))


def vault_reference(vault_name: str, secret_name: str) -> str:
    """Refer to the newest version of a secret; a newer one arrives within a day, or at the app's next change."""
    return f"@Microsoft.KeyVault(SecretUri=https://{vault_name}.vault.azure.net/secrets/{secret_name})"


def telemetry(app: App, vault_name: str, client_id: pulumi.Input[str]) -> dict[str, pulumi.Input[str]]:
    """Return the settings with which ``app`` sends to Application Insights, as the identity ``client_id``.

    One that sends nothing is told the address as well, which gives no access: a vault's lock would forbid an update
    to take away the right to read it.
    """
    address: dict[str, pulumi.Input[str]] = {TELEMETRY_SETTING: vault_reference(vault_name, INSIGHTS_SECRET)}
    if app.telemetry == "none":
        return address
    return address | {TELEMETRY_SIGN_IN: pulumi.Output.concat("Authorization=AAD;ClientId=", client_id)}


def resolve(
    settings: Iterable[AppSetting],
    facts: Mapping[str, pulumi.Input[str]],
    *,
    vault_name: str,
    platform: Mapping[str, pulumi.Input[str]] | None = None,
    references: Mapping[str, pulumi.Input[str]] | None = None,
) -> tuple[Setting, ...]:
    """Resolve every setting of one application to its value; sorted by name, each name once.

    ``facts`` has a value for every resource key that the settings use (key as in the vocabulary, e.g.
    ``postgres.host``). ``platform`` holds what App Service itself reads, e.g. ``WEBSITES_PORT``, and telemetry;
    ``references`` replaces the reference to the newest version of a secret, by the secret's name.

    Raises :class:`AppSettingsError` naming every unknown resource key (with the nearest known ones), every name that
    Linux would change, every name with two different values, every value that only works on a developer's machine.
    """
    problems: list[str] = []
    resolved: dict[str, pulumi.Input[str]] = {}
    candidates = [Setting(name, value) for name, value in (platform or {}).items()]
    for setting in settings:
        if setting.kind == "resource" and setting.value not in facts:
            problems.append(_unknown(setting, facts))
            continue
        candidates.append(Setting(setting.name, _value(setting, facts, vault_name, references or {})))
    for name, value in candidates:
        if not _NAME.fullmatch(name):
            problems.append(f"{name}: on Linux a name has letters, digits and underscores, and no digit first")
        if name in resolved and resolved[name] != value:
            problems.append(f"{name}: two different values; the platform or the application sets it twice")
        if isinstance(value, str) and (what := _leftover(value)):
            problems.append(f"{name}: {value!r} holds {what}")
        resolved[name] = value
    if problems:
        raise AppSettingsError(problems)
    return tuple(Setting(name, resolved[name]) for name in sorted(resolved))


def _value(
    setting: AppSetting,
    facts: Mapping[str, pulumi.Input[str]],
    vault_name: str,
    references: Mapping[str, pulumi.Input[str]],
) -> pulumi.Input[str]:
    if setting.kind == "secret":
        return references.get(setting.value) or vault_reference(vault_name, setting.value)
    return facts[setting.value] if setting.kind == "resource" else setting.value


def _leftover(value: str) -> str | None:
    return next((what for pattern, what in _LEFTOVERS if pattern.search(value)), None)


def _unknown(setting: AppSetting, facts: Mapping[str, pulumi.Input[str]]) -> str:
    near = difflib.get_close_matches(setting.value, facts, n=3)
    hint = f"nearest: {', '.join(near)}; " if near else ""
    return f"{setting.name}: unknown resource key {setting.value!r} ({hint}known: {', '.join(sorted(facts))})"
