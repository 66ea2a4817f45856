"""Rules about AKS clusters and their node pools.

The program cannot build a cluster yet: in the shipped stacks these rules have nothing to judge.
"""

from __future__ import annotations

from policies.rules.aks import access, operation

RULES = (*access.RULES, *operation.RULES)
