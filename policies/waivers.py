"""Waivers: who accepted which violation of a rule by a resource, why, and until when."""

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
"""How long a waiver may run from the day it was granted; the shortest among its environments counts."""
_REASON_LETTERS = 20
_NAME_LETTERS = re.compile(r"[A-Za-z0-9]{3}")
_PATTERN = re.compile(r"(?P<type>[A-Za-z-]+:[A-Za-z0-9/:]+)::(?P<name>\S+)")


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """One accepted violation."""

    rule: str
    urn: str
    """``<type>::<name pattern>``, such as ``web:WebApp::app-sdc-flowise*``."""
    owner: str
    reason: str
    ticket: str
    approver: str
    expires: date
    """The last day on which it holds."""
    granted: date | None = None
    """The first day on which it holds; None if the file does not say."""
    environments: tuple[Profile, ...] = PROFILES
    where: str = ""
    """``policies/waivers.yaml:12``."""

    def covers(self, rule: str, urn: str) -> bool:
        """Return whether it waives this rule for this resource."""
        return rule == self.rule and fnmatchcase(label(urn), self.urn)


@dataclass(frozen=True)
class Waivers:
    """The waivers of a file."""

    in_force: tuple[Waiver, ...]
    expired: tuple[Waiver, ...]
    early: tuple[Waiver, ...] = ()
    """Granted from a later day on; they do not hold yet, so that a late start cannot extend the term."""

    @property
    def problems(self) -> tuple[str, ...]:
        """Faults of waivers that do not hold, one sentence each; rule GV-10 reports them."""
        ended = "{0.where}: the waiver of {0.rule} expired on {0.expires}; renew it, or fix what it waives"
        early = "{0.where}: the waiver of {0.rule} is granted from {0.granted} on and waives nothing before"
        return (*(ended.format(each) for each in self.expired), *(early.format(each) for each in self.early))


def load(today: date, root: Path = ROOT, name: str = FILE, rules: Mapping[str, Rule] = RULES) -> Waivers:
    """Read a file of waivers; one with several patterns becomes a waiver for each, as each must be used.

    Raises:
        PolicyFileError: a file that is not YAML, an unknown rule or key, a missing field, a pattern that covers
            anything, a term that is too long. Every fault is reported with its line. An expired waiver is not a fault
            of the file: it is kept apart, waives nothing, and is reported.

    """
    reader = Reader(root, name)
    top = reader.mapping((), {} if reader.document.data is None else reader.document.data, ("waivers",))
    listed = top.get("waivers") or []
    if not isinstance(listed, list):
        reader.issue(("waivers",), "a list is expected", found=show(listed), allowed="a list of waivers")
        listed = []
    waivers = [waiver for index, entry in enumerate(listed) for waiver in _waivers(reader, index, entry, today, rules)]
    reader.stop()
    early = tuple(each for each in waivers if each.granted and each.granted > today)
    return Waivers(
        tuple(each for each in waivers if each.expires >= today and each not in early),
        tuple(each for each in waivers if each.expires < today and each not in early),
        early,
    )


def _waivers(
    reader: Reader,
    index: int,
    entry: Any,  # noqa: ANN401 - from a file
    today: date,
    rules: Mapping[str, Rule],
) -> list[Waiver]:
    path = ("waivers", index)
    before = len(reader.problems)
    fields = dict(reader.mapping(path, entry, (*REQUIRED, *OPTIONAL)))
    patterns = _patterns(reader, path, fields)
    for key in REQUIRED:
        if key != "urn" and (not isinstance(fields.get(key), str) or not fields[key].strip()):
            message = "every waiver has this field, in quotes if YAML would not read it as text"
            reader.issue((*path, key), message, found=show(fields.get(key)), allowed=_EXAMPLES[key])
    if len(reader.problems) > before:
        return []
    rule = rules.get(fields["rule"])
    if rule is None:
        near = nearest(fields["rule"], list(rules))
        reader.issue((*path, "rule"), "there is no such rule", found=fields["rule"], allowed=near or "")
    for each, pattern in patterns.items():
        _check_pattern(reader, each, pattern, rule)
    if len(fields["reason"]) < _REASON_LETTERS:
        reader.issue((*path, "reason"), "not a reason that another person can judge", found=fields["reason"])
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
            where=f"{reader.document.name}:{reader.document.line(each if len(patterns) > 1 else path)}",
        )
        for each, pattern in patterns.items()
    ]  # fmt: skip


_EXAMPLES: Mapping[str, str] = {
    "rule": "PG-05", "urn": "dbforpostgresql:Server::postgres-sdc", "owner": "platform-team@contoso.example",
    "reason": "Keycloak cannot present Entra tokens to PostgreSQL", "ticket": "SEC-1042",
    "approver": "security-officer@contoso.example", "expires": '"2027-02-15"',
}  # fmt: skip
_Path = tuple[str | int, ...]


def _patterns(reader: Reader, path: _Path, fields: Mapping[str, Any]) -> Mapping[_Path, str]:
    """Return the patterns of a waiver, one or a list of them, by their paths."""
    urn = fields.get("urn")
    top: _Path = (*path, "urn")
    patterns: dict[_Path, str] = {}
    for index, each in enumerate(urn if isinstance(urn, list) else [urn]):
        own = (*top, index) if isinstance(urn, list) else top
        patterns[own] = str(each)
        if not isinstance(each, str) or not each:
            reader.issue(own, "every waiver has this field", found=show(each), allowed=_EXAMPLES["urn"])
    if not patterns:
        reader.issue(top, "every waiver has this field", found="an empty list", allowed=_EXAMPLES["urn"])
    return patterns


def _check_pattern(reader: Reader, path: _Path, pattern: str, rule: Rule | None) -> None:
    match = _PATTERN.fullmatch(pattern)
    if match is None:
        message = "a pattern is <type>::<name>, and the type has no wildcard"
        reader.issue(path, message, found=pattern, allowed=_EXAMPLES["urn"])
    elif not _NAME_LETTERS.search(re.sub(r"\[[^\]]*\]", "", match["name"])):
        message = "the pattern covers anything: name the resource by three letters or more"
        reader.issue(path, message, found=pattern, allowed=_EXAMPLES["urn"])
    elif rule and rule.scope == "R" and ANY not in rule.types and match["type"] not in rule.types:
        message = f"{rule.id} does not judge this type"
        reader.issue(path, message, found=match["type"], allowed=", ".join(rule.types))


def _environments(reader: Reader, path: _Path, value: Any) -> tuple[Profile, ...]:  # noqa: ANN401
    named = value if isinstance(value, list) else [value]
    if not named or any(each not in PROFILES for each in named):
        reader.issue((*path, "environments"), "not environments", found=show(value), allowed=", ".join(PROFILES))
        return ()
    return tuple(each for each in PROFILES if each in named)


def _date(reader: Reader, path: _Path, text: Any) -> date | None:  # noqa: ANN401
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        reader.issue(path, "not a date", found=show(text), allowed='"2027-02-15"')
        return None
