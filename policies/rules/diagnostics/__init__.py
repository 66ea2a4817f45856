"""Rules about logs, telemetry and alerts, and about protecting what must not be lost."""

from __future__ import annotations

from policies.rules.diagnostics import settings, sinks, watch

RULES = (*settings.RULES, *sinks.RULES, *watch.RULES)
