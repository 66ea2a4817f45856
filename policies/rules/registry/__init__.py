"""Rules about Azure Container Registry, which holds the images of the applications."""

from __future__ import annotations

from policies.rules.registry import access, images

RULES = (*access.RULES, *images.RULES)
