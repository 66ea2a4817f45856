"""Finds out what the pack is started for: profile, subscription, waivers, levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from policies import profiles, waivers
from policies.judge import Setup
from policies.parameters import PARAMETERS, Profile

PROFILE = "FABRIX_PROFILE"
"""Environment variable: dev, test or prod, whatever the stack says."""
TODAY = "FABRIX_TODAY"
"""Environment variable: the day on which waivers are judged, for runs that must be repeatable."""
REMEDIATE = "FABRIX_REMEDIATE"
"""Environment variable: 1 lets the rules with a safe fix change resources."""

_TAGS: Mapping[str, str] = {
    "owner": "owner",
    "environment": "environment",
    "data-classification": "dataClassification",
    "cost-center": "costCenter",
}
"""Required tag -> key of ``installation`` that has its value."""


def setup(env: Mapping[str, str], platform: Mapping[str, Any] | None) -> Setup:
    """Make the setup from the environment and the stack's ``aifabrix:platform``.

    Raises:
        ValueError: a profile or a day that there is not.
        PolicyFileError: waivers or levels that cannot be used.

    """
    installation = (platform or {}).get("installation") or {}
    profile = profile_of(env.get(PROFILE), installation.get("environment"))
    today = today_of(env)
    return Setup(
        profile=profile,
        waivers=waivers.load(today),
        tightened=profiles.load(),
        parameters=replace(
            PARAMETERS[profile], subscription_id=installation.get("subscriptionId"), tags=_tags(installation)
        ),
    )


def today_of(env: Mapping[str, str]) -> date:
    """Return the day on which waivers are judged: the one that was asked for, else today by the local calendar.

    Raises:
        ValueError: a day that there is not.

    """
    return date.fromisoformat(env[TODAY]) if env.get(TODAY) else datetime.now().astimezone().date()


def _tags(installation: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the tags that the settings say a value for."""
    return {tag: str(installation[key]) for tag, key in _TAGS.items() if installation.get(key)}


def profile_of(asked: str | None, environment: str | None) -> Profile:
    """Return the profile that was asked for, else the environment's, else the strictest.

    Raises:
        ValueError: a profile was asked for that there is not.

    """
    if not asked:
        return profiles.of_environment(environment)
    if asked not in profiles.BY_ENVIRONMENT:
        message = f"{PROFILE}={asked}: there is no such profile; allowed: {', '.join(profiles.PROFILES)}"
        raise ValueError(message)
    return profiles.of_environment(asked)
