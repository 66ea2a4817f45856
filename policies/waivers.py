"""Waivers: who excused which resource from which rule, why, and until when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from policies.files import ROOT, Reader
from policies.model import ANY
from policies.parameters import Profile
from policies.profiles import PROFILES
from policies.rule import Rule
from policies.table import RULES
from resources.tokens import label
from settings.problems import nearest, show

FILE = "policies/waivers.yaml"
REQUIRED = ("rule", "urn", "owner", "reason", "ticket", "approver", "expires")
OPTIONAL = ("granted", "environments")
LONGEST_DAYS: Mapping[Profile, int] = {"dev": 365, "test": 365, "prod": 90}
"""How long a waiver may run from the day it was granted; the shortest of its environments counts."""
_REASON_LETTERS = 20
_NAME_LETTERS = re.compile(r"[A-Za-z0-9]{3}")
_PATTERN = re.compile(r"(?P<type>[A-Za-z-]+:[A-Za-z0-9/:]+)::(?P<name>\S+)")


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """One exception, in force."""

    rule: str
    urn: str
    """``<type>::<name pattern>``, such as ``web:WebApp::app-weu-flowise*``."""
    owner: str
    reason: str
    ticket: str
    approver: str
    expires: date
    """The last day on which it holds."""
    granted: date | None = None
    """The first day on which it holds; None where the file does not say."""
    environments: tuple[Profile, ...] = PROFILES
    where: str = ""
    """``policies/waivers.yaml:12``."""

    def covers(self, rule: str, urn: str) -> bool:
        """Tell whether it excuses this resource from this rule."""
        return rule == self.rule and fnmatchcase(label(urn), self.urn)


@dataclass(frozen=True)
class Waivers:
    """The waivers of a file."""

    in_force: tuple[Waiver, ...]
    expired: tuple[Waiver, ...]
    early: tuple[Waiver, ...] = ()
    """Granted for a later day: so the term cannot be stretched by writing down a late beginning."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with waivers that do not hold, one sentence each: rule GV-10 reports them."""
        ended = "{0.where}: the waiver of {0.rule} expired on {0.expires}; renew it, or mend what it excuses"
        early = "{0.where}: the waiver of {0.rule} is granted from {0.granted} on and excuses nothing before"
        return (*(ended.format(each) for each in self.expired), *(early.format(each) for each in self.early))


def load(today: date, root: Path = ROOT, name: str = FILE, rules: Mapping[str, Rule] = RULES) -> Waivers:
    """Read a file of waivers; one with several patterns gives a waiver for each, as each must be used.

    Raises:
        PolicyFileError: a file that is no YAML, an unknown rule or key, a missing field, a pattern that covers
            anything, a term that is too long. Every fault is named with its line. An expired waiver is no fault of the
            file: it is kept apart, excuses nothing, and is reported.

    """
    reader = Reader(root, name)
    top = reader.mapping((), {} if reader.document.data is None else reader.document.data, ("waivers",))
    listed = top.get("waivers") or []
    if not isinstance(listed, list):
        reader.issue(("waivers",), "a list is expected", found=show(listed), allowed="a list of waivers")
        listed = []
    found = [waiver for index, given in enumerate(listed) for waiver in _waivers(reader, index, given, today, rules)]
    reader.stop()
    early = tuple(each for each in found if each.granted and each.granted > today)
    return Waivers(
        tuple(each for each in found if each.expires >= today and each not in early),
        tuple(each for each in found if each.expires < today and each not in early),
        early,
    )


def _waivers(
    reader: Reader,
    index: int,
    given: Any,  # noqa: ANN401 - from a file
    today: date,
    rules: Mapping[str, Rule],
) -> list[Waiver]:
    path = ("waivers", index)
    before = len(reader.problems)
    fields = dict(reader.mapping(path, given, (*REQUIRED, *OPTIONAL)))
    patterns = _patterns(reader, path, fields)
    for key in REQUIRED:
        if key != "urn" and (not isinstance(fields.get(key), str) or not fields[key].strip()):
            message = "every waiver says this, in quotes where it could be read as something else than text"
            reader.issue((*path, key), message, found=show(fields.get(key)), allowed=_EXAMPLES[key])
    if len(reader.problems) > before:
        return []
    rule = rules.get(fields["rule"])
    if rule is None:
        near = nearest(fields["rule"], list(rules))
        reader.issue((*path, "rule"), "there is no such rule", found=fields["rule"], allowed=near or "")
    for place, pattern in patterns.items():
        _judge_pattern(reader, place, pattern, rule)
    if len(fields["reason"]) < _REASON_LETTERS:
        reader.issue((*path, "reason"), "a reason that another person can judge", found=fields["reason"])
    environments = _environments(reader, path, fields.get("environments", list(PROFILES)))
    expires = _date(reader, (*path, "expires"), fields["expires"])
    granted = _date(reader, (*path, "granted"), fields["granted"]) if "granted" in fields else today
    if expires and granted and environments:
        longest = min(LONGEST_DAYS[each] for each in environments)
        if (expires - granted).days > longest:
            reader.issue((*path, "expires"), "the term is too long", found=fields["expires"], allowed=f"{longest} days")
    if len(reader.problems) > before or expires is None:
        return []
    texts = {key: fields[key] for key in REQUIRED if key not in {"urn", "expires"}}
    return [
        Waiver(
            **texts, urn=pattern, expires=expires, granted=granted, environments=environments,
            where=f"{reader.document.name}:{reader.document.line(place if len(patterns) > 1 else path)}",
        )
        for place, pattern in patterns.items()
    ]  # fmt: skip


_EXAMPLES: Mapping[str, str] = {
    "rule": "PG-05", "urn": "dbforpostgresql:Server::postgres-weu", "owner": "platform-team@contoso.example",
    "reason": "Keycloak cannot present Entra tokens to PostgreSQL", "ticket": "SEC-1042",
    "approver": "security-officer@contoso.example", "expires": '"2027-02-15"',
}  # fmt: skip
_Place = tuple[str | int, ...]


def _patterns(reader: Reader, path: _Place, fields: Mapping[str, Any]) -> Mapping[_Place, str]:
    """Return the patterns of a waiver by their place: one, or a list of them."""
    given = fields.get("urn")
    top: _Place = (*path, "urn")
    found: dict[_Place, str] = {}
    for index, each in enumerate(given if isinstance(given, list) else [given]):
        place = (*top, index) if isinstance(given, list) else top
        found[place] = str(each)
        if not isinstance(each, str) or not each:
            reader.issue(place, "every waiver says this", found=show(each), allowed=_EXAMPLES["urn"])
    if not found:
        reader.issue(top, "every waiver says this", found="an empty list", allowed=_EXAMPLES["urn"])
    return found


def _judge_pattern(reader: Reader, place: _Place, pattern: str, rule: Rule | None) -> None:
    match = _PATTERN.fullmatch(pattern)
    if match is None:
        message = "a pattern is <type>::<name>, and the type has no wildcard"
        reader.issue(place, message, found=pattern, allowed=_EXAMPLES["urn"])
    elif not _NAME_LETTERS.search(re.sub(r"\[[^\]]*\]", "", match["name"])):
        message = "the pattern covers anything: name the resource by three letters or more"
        reader.issue(place, message, found=pattern, allowed=_EXAMPLES["urn"])
    elif rule and rule.scope == "R" and ANY not in rule.types and match["type"] not in rule.types:
        message = f"{rule.id} does not judge this type"
        reader.issue(place, message, found=match["type"], allowed=", ".join(rule.types))


def _environments(reader: Reader, path: _Place, given: Any) -> tuple[Profile, ...]:  # noqa: ANN401
    named = given if isinstance(given, list) else [given]
    if not named or any(each not in PROFILES for each in named):
        reader.issue((*path, "environments"), "not environments", found=show(given), allowed=", ".join(PROFILES))
        return ()
    return tuple(each for each in PROFILES if each in named)


def _date(reader: Reader, path: _Place, text: Any) -> date | None:  # noqa: ANN401
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        reader.issue(path, "not a date", found=show(text), allowed='"2027-02-15"')
        return None
