"""Reads what the pack is started for: profile, subscription, waivers, levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from policies import profiles, waivers
from policies.parameters import PARAMETERS, Parameters, Profile
from policies.profiles import NO_CHANGE, Tightened
from policies.rule import Rule
from policies.table import TABLE
from policies.waivers import Waivers

PROFILE = "FABRIX_PROFILE"
"""Environment variable: dev, test or prod, instead of the stack's own."""
TODAY = "FABRIX_TODAY"
"""Environment variable, read on the local Azure only: the day on which waivers are judged, for repeatable runs."""
LOCAL = ("FABRIX_TARGET", "local")
"""Environment variable and value with which the engine was started for the local Azure."""
REMEDIATE = "FABRIX_REMEDIATE"
"""Environment variable: 1 lets the rules with a safe fix change resources."""

_TAGS: Mapping[str, str] = {
    "owner": "owner",
    "environment": "environment",
    "data-classification": "dataClassification",
    "cost-center": "costCenter",
}
"""Required tag -> key of ``installation`` with its value."""


_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What a pack is made with."""

    profile: Profile
    rules: Sequence[Rule] = field(default_factory=lambda: TABLE)
    waivers: Waivers = field(default_factory=lambda: Waivers((), ()))
    waiver_problems: tuple[str, ...] = ()
    """What is wrong with waivers besides those that have expired, one sentence each."""
    tightened: Tightened = field(default_factory=lambda: NO_CHANGE)
    parameters: Parameters | None = None
    operations: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


def setup(env: Mapping[str, str], platform: Mapping[str, Any] | None) -> Setup:
    """Make the setup from the environment and the stack's ``aifabrix:platform``.

    Raises:
        ValueError: a profile or a day that does not exist.
        PolicyFileError: waivers or levels that cannot be used.

    """
    installation = (platform or {}).get("installation") or {}
    profile = profile_of(env.get(PROFILE), installation.get("environment"))
    today = today_of(env, local=env.get(LOCAL[0]) == LOCAL[1])
    return Setup(
        profile=profile,
        waivers=waivers.load(today),
        tightened=profiles.load(),
        parameters=replace(
            PARAMETERS[profile], subscription_id=installation.get("subscriptionId"), tags=_tags(installation)
        ),
    )


def today_of(env: Mapping[str, str], *, local: bool) -> date:
    """Return the day on which waivers are judged: on the local Azure that of the environment, else today in UTC.

    Elsewhere the variable is not even read: no waiver of a real environment comes back on another day.

    Raises:
        ValueError: a day that does not exist.

    """
    pretended = env.get(TODAY) if local else None
    return date.fromisoformat(pretended) if pretended else datetime.now(UTC).date()


def _tags(installation: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the required tags that the settings have a value for."""
    return {tag: str(installation[key]) for tag, key in _TAGS.items() if installation.get(key)}


def profile_of(requested: str | None, environment: str | None) -> Profile:
    """Return the requested profile, else the environment's, else the strictest.

    Raises:
        ValueError: the requested profile does not exist.

    """
    if requested and requested not in profiles.BY_ENVIRONMENT:
        raise ValueError(f"{PROFILE}={requested}: there is no such profile; allowed: {', '.join(profiles.PROFILES)}")
    return profiles.of_environment(requested or environment)
