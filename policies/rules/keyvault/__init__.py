"""Rules about Key Vault: the vault itself, and the keys and secrets in it."""

from __future__ import annotations

from policies.rules.keyvault import contents, vault

RULES = (*contents.RULES, *vault.RULES)
