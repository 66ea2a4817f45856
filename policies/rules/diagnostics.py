"""Rules about logs, telemetry, alerts, and about keeping what must not be lost."""

from __future__ import annotations

from policies.rule import Rule
from policies.rules import diagnostics_settings, diagnostics_sinks, diagnostics_watch


def _number(rule: Rule) -> str:
    return rule.id


_ALL = (*diagnostics_settings.RULES, *diagnostics_sinks.RULES, *diagnostics_watch.RULES)
RULES: tuple[Rule, ...] = tuple(sorted(_ALL, key=_number))
