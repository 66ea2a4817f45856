"""Rules about App Service: apps, their slots, their settings, and the plans that they run on."""

from __future__ import annotations

from policies.rules.web import access, identity, runtime, transport

RULES = (*access.RULES, *identity.RULES, *runtime.RULES, *transport.RULES)
