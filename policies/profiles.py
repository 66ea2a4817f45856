"""How strict each rule is in each profile: levels dev <= test <= prod, always."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from policies.files import ROOT, Reader
from policies.parameters import Profile
from policies.rule import Rule
from policies.table import RULES
from settings.problems import nearest

Level = Literal["disabled", "advisory", "mandatory"]
ORDER: tuple[Level, ...] = get_args(Level)
"""From the weakest to the strictest."""
PROFILES: tuple[Profile, ...] = get_args(Profile)
FILE = "policies/profiles.yaml"

LEVELS: Mapping[str, Mapping[Profile, Level]] = {
    "P1": {"dev": "mandatory", "test": "mandatory", "prod": "mandatory"},
    "P2": {"dev": "advisory", "test": "mandatory", "prod": "mandatory"},
    "P3": {"dev": "disabled", "test": "advisory", "prod": "mandatory"},
    "P4": {"dev": "advisory", "test": "advisory", "prod": "advisory"},
}
"""``Rule.profile`` -> level by profile."""
BY_ENVIRONMENT: Mapping[str, Profile] = {"dev": "dev", "tst": "test", "pro": "prod", "test": "test", "prod": "prod"}
"""``installation.environment`` of the settings -> profile."""
STRICTEST: Profile = "prod"

Tightened = Mapping[str, Mapping[Profile, Level]]
"""Rule id -> levels that are stricter than those of the table."""
NO_CHANGE: Tightened = {}


def of_environment(code: str | None) -> Profile:
    """Return the profile of an environment; the strictest if the environment is not known."""
    return BY_ENVIRONMENT.get(code or "", STRICTEST)


def level(rule: Rule, profile: Profile, tightened: Tightened = NO_CHANGE) -> Level:
    """Return how strict a rule is in a profile."""
    return tightened.get(rule.id, {}).get(profile, LEVELS[rule.profile][profile])


def enabled(rule: Rule, profile: Profile, tightened: Tightened = NO_CHANGE) -> bool:
    """Return whether a rule is applied at all in a profile."""
    return level(rule, profile, tightened) != "disabled"


def load(root: Path = ROOT, name: str = FILE, rules: Mapping[str, Rule] = RULES) -> Tightened:
    """Read the levels that an installation tightens.

    Raises:
        PolicyFileError: an unknown rule, profile, level or key; a level below the table's, or one that falls from dev
            to prod. Every fault is reported with its line.

    """
    reader = Reader(root, name)
    tightened: dict[str, Mapping[Profile, Level]] = {}
    top = reader.mapping((), {} if reader.document.data is None else reader.document.data, ("levels",))
    levels = top.get("levels") or {}
    if not isinstance(levels, dict):
        levels = reader.mapping(("levels",), levels, ())
    for identifier, stated in levels.items():
        rule = rules.get(identifier)
        if rule is None:
            near = nearest(identifier, list(rules))
            reader.issue(("levels", identifier), "there is no such rule", found=identifier, allowed=near or "")
            continue
        tightened[identifier] = _levels(reader, rule, stated)
    reader.stop()
    return tightened


def _levels(reader: Reader, rule: Rule, value: Any) -> Mapping[Profile, Level]:  # noqa: ANN401 - from a file
    path = ("levels", rule.id)
    checked: dict[Profile, Level] = {}
    levels = reader.mapping(path, value, PROFILES)
    for profile in (each for each in PROFILES if each in levels):
        stated, base = levels[profile], LEVELS[rule.profile][profile]
        if stated not in ORDER:
            reader.issue((*path, profile), "there is no such level", found=str(stated), allowed=", ".join(ORDER))
        elif ORDER.index(stated) < ORDER.index(base):
            message = "weaker than the table of rules; use a waiver for single resources"
            reader.issue((*path, profile), message, found=stated, allowed=f"{base} or stricter")
        else:
            checked[profile] = stated
    merged = [ORDER.index(checked.get(each, LEVELS[rule.profile][each])) for each in PROFILES]
    if merged != sorted(merged):
        reader.issue(path, "test must be as strict as dev, and prod as test", found=", ".join(ORDER[i] for i in merged))
    return checked
