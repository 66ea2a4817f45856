"""What a CI runner has to reach, by the service that it takes its jobs from: rows for the runner's subnet alone.

A service is here if it answers at a few published blocks. GitHub's does not: the addresses of its Actions service are
a few hundred single ones, which change ("Configuring private networking for GitHub-hosted runners", docs.github.com),
so they belong in the stack file of whoever needs them. What a runner installs (Python packages, the engine, plugins)
comes from content delivery networks without addresses of their own; it has to be in the runner's image.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from settings.traffic import EgressRule

Runner = Literal["azureDevOps"]

_AZURE_DEVOPS = tuple(f"150.171.{number}.0/24" for number in (22, 23, 73, 74, 75, 76))
"""Microsoft Learn, "Allowed address lists and network connections" (Azure DevOps), outbound connections; the service
tag ``AzureDevOps`` names the addresses that it calls from, not these."""


def _row(name: str, block: str, reason: str) -> EgressRule:
    fields = {"name": name, "destination": block, "ports": ("443",), "subnets": ("runner",), "reason": reason}
    return EgressRule.model_validate(fields)


RUNNERS: Mapping[Runner, tuple[EgressRule, ...]] = MappingProxyType(
    {
        "azureDevOps": tuple(
            _row(f"azure-devops-{number}", block, "The runner takes its jobs from Azure DevOps")
            for number, block in enumerate(_AZURE_DEVOPS, 1)
        )
    }
)
"""Service → its rows."""
