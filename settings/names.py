"""Physical names of Azure resources: Cloud Adoption Framework style, bounded in length, unique where Azure demands it.

Sources: Microsoft Learn, "Naming rules and restrictions for Azure resources" and "Abbreviation recommendations for
Azure resources".
"""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import dataclass
from functools import cached_property

from settings.name_rules import RULES, SUFFIX_LENGTH, NameRule
from settings.regions import REGIONS

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://aifabrix.ai/platform-infrastructure")
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


class IllegalNameError(ValueError):
    """A name that Azure would refuse; the message has the name, the rule and the kind."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """Every physical name of one installation: a function of the fields below, known before any resource exists."""

    service_name: str
    """First part of every name, 3-40 lower-case letters, digits, hyphens."""
    environment: str
    """Environment code: ``dev``, ``tst`` or ``pro``."""
    region: str
    """ARM name of the region, e.g. ``swedencentral``."""
    subscription_id: str
    instance: int = 1
    """Tells two installations of one environment in one region apart, 1-999."""
    vault_generation: int = 1
    """Number of the key vault: a deleted one keeps its name, the next number has another."""

    @property
    def region_code(self) -> str:
        """Short code of the region, e.g. ``sdc``."""
        return REGIONS[self.region].code

    @cached_property
    def identity(self) -> str:
        """Identity of this installation, unique among all."""
        return f"{self.subscription_id}/{self.service_name}/{self.environment}/{self.region}/{self.instance:03}"

    @cached_property
    def suffix(self) -> str:
        """Six characters that globally unique names end with; the same for all of them unless a name had to be cut."""
        return _digest(self.identity)

    def of(self, kind: str, part: str | None = None) -> str:
        """Name of a resource of ``kind``; ``part`` tells several of one kind apart (``data``, an app's key).

        Raises :class:`IllegalNameError` when the kind keeps ``part`` verbatim and Azure's rule refuses it, ``KeyError``
        for a kind without a row in the table of rules.
        """
        rule = RULES[kind]
        if rule.style == "guid":
            return self.guid(kind, part or "")
        if rule.style == "verbatim":
            return _checked(kind, rule, part or "")
        return _checked(kind, rule, self._compose(rule, part, self._suffix_of(kind)))

    def guid(self, *parts: str) -> str:
        """Deterministic GUID of this installation and ``parts``; the name of a role assignment."""
        return str(uuid.uuid5(_NAMESPACE, "/".join((self.identity, *parts))))

    def _suffix_of(self, kind: str) -> str:
        if kind == "key_vault" and self.vault_generation > 1:
            return _digest(f"{self.identity}/vault/{self.vault_generation}")
        return self.suffix

    def _compose(self, rule: NameRule, part: str | None, suffix: str) -> str:
        """``<abbreviation>-<service>-<part>-<environment>-<region>-<suffix or instance>``, shortened until it fits.

        The region goes first (the suffix covers it), then the stem is cut. A cut name's suffix also covers what was
        cut, so that two long parts that begin alike stay different.
        """
        join = "" if rule.style == "letters" else "-"
        stem = _clean(f"{self.service_name}{join}{part}" if part else self.service_name, rule)
        tail = suffix if rule.suffix else f"{self.instance:03}"
        for pieces in (
            (rule.abbreviation, stem, self.environment, self.region_code, tail),
            (rule.abbreviation, stem, self.environment, suffix),
        ):
            name = join.join(pieces)
            if len(name) <= rule.max_length:
                return name
        fixed = (
            rule.abbreviation,
            self.environment,
            _digest(f"{self.identity}/{rule.abbreviation}/{part or ''}/{suffix}"),
        )
        room = rule.max_length - len(join.join(fixed)) - len(join)
        return join.join((fixed[0], stem[:room].rstrip("-"), *fixed[1:]))


def check_name(kind: str, name: str) -> str | None:
    """Return why Azure refuses ``name`` for ``kind``; None when it accepts it."""
    rule = RULES[kind]
    if not rule.min_length <= len(name) <= rule.max_length or not re.fullmatch(rule.pattern, name):
        return f"{rule.min_length}-{rule.max_length} characters, {rule.description}"
    return None


def _checked(kind: str, rule: NameRule, name: str) -> str:
    if broken := check_name(kind, name):
        msg = f"{name!r} is no name for a {kind.replace('_', ' ')}: allowed are {broken} (unique in {rule.scope})"
        raise IllegalNameError(msg)
    return name


def _clean(stem: str, rule: NameRule) -> str:
    """``stem`` in the characters that the kind allows."""
    lower = stem.lower()
    if rule.style == "letters":
        return re.sub(r"[^a-z0-9]", "", lower)
    return re.sub(r"-{2,}", "-", re.sub(r"[^a-z0-9-]", "-", lower)).strip("-")


def _digest(text: str) -> str:
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    digits = []
    for _ in range(SUFFIX_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(digits)
