"""Rules about virtual networks: security rules, subnets, addresses, peerings, and what monitors and protects them."""

from __future__ import annotations

from policies.rules.network import security, subnets, vnet

RULES = (*security.RULES, *subnets.RULES, *vnet.RULES)
