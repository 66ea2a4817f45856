"""Rules about Azure Container Registry, where the images of the applications lie."""

from __future__ import annotations

from policies.rule import Rule
from policies.rules import registry_access, registry_images

RULES: tuple[Rule, ...] = (*registry_access.RULES, *registry_images.RULES)
