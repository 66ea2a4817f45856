"""Rules about private endpoints: services have them, names resolve to them, and there is no other way in."""

from __future__ import annotations

from policies.rules.privatelink import endpoints, zones

RULES = (*endpoints.RULES, *zones.RULES)
