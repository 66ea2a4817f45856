"""Key Vault references of applications, seen through after a deployment.

App Service hands an application the text of a reference that it could not resolve, and looks again a day later; a right
that is new takes minutes to spread (Microsoft Learn: "Use Key Vault references"). So after a deployment the references
of each site are read, asked for anew where one is unresolved or its secret has changed, and waited for.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from resources.tokens import normalise
from stacks.cloud.model import STAGING, Cloud, SecretReference
from stacks.events import Run
from stacks.slots import DeployedApp
from support.errors import OperationError

SECONDS = 900.0
"""How long rights may take to spread: "up to 10 minutes" (Microsoft Learn: "Troubleshoot Azure RBAC"), and a start."""
EVERY_SECONDS = 15.0

ADVICE = {
    "SecretNotFound": "put it into the vault",
    "AccessToKeyVaultDenied": "the application's identity may not read it: `./fabrix access SECRET` shows who may",
    "VaultNotFound": "the name of the vault does not resolve from the application's subnet: see its private DNS zone",
    "MSINotEnabled": "the site has lost its identity: `./fabrix drift STACK` shows who took it",
}
"""Status of Azure → what to do."""


@dataclass(frozen=True, kw_only=True)
class References:
    """Reads and refreshes the references of a stack's applications."""

    cloud: Cloud
    assumed: Collection[str] = ()
    """Secrets that count as resolved: on the local Azure, those that an operator supplies."""
    timeout: float = SECONDS
    every: float = EVERY_SECONDS

    def settle(self, apps: Iterable[DeployedApp], changed: Collection[str] = ()) -> int:
        """Return how many references are resolved, once all are.

        Args:
            apps: applications with their sites and slots.
            changed: secrets that got another value: who refers to one is told to fetch it.

        Raises:
            OperationError: some are not in time, with application, setting, secret, status and what to do for each; or
                Azure refuses, or does not answer.

        """
        sites = [(app.key, app.site_id, slot) for app in apps for slot in (None, STAGING) if not slot or app.slot_id]
        deadline = time.monotonic() + self.timeout
        read = {site: self._read(site) for site in sites}
        for site, references in read.items():
            if _open(references) or any(one.secret in changed for one in references):
                self.cloud.refresh_references(site[1], site[2])
                read[site] = self._read(site)
        while waiting := [site for site, references in read.items() if _open(references)]:
            if time.monotonic() > deadline:
                lines = [f"  {_line(site, one)}" for site in waiting for one in _open(read[site])]
                raise OperationError("applications cannot read secrets that they need:\n" + "\n".join(lines))
            time.sleep(self.every)
            for site in waiting:
                self.cloud.refresh_references(site[1], site[2])
                read[site] = self._read(site)
        return sum(map(len, read.values()))

    def _read(self, site: tuple[str, str, str | None]) -> list[SecretReference]:
        return [one for one in self.cloud.references(site[1], site[2]) if one.secret not in self.assumed]


def changed_secrets(run: Run) -> set[str]:
    """Return the names of the secrets that a deployment gave another value."""
    steps = [
        step
        for step in run.finished
        if step.operation == "update"
        and normalise(step.type) == "keyvault:Secret"
        and any(path.startswith("properties") for path in (*step.detailed, *step.diffs))
    ]
    return {str(((step.new or {}).get("inputs") or {}).get("secretName")) for step in steps}


def _open(references: Iterable[SecretReference]) -> list[SecretReference]:
    return [one for one in references if not one.resolved]


def _line(site: tuple[str, str, str | None], one: SecretReference) -> str:
    where = f"{site[0]} (slot {site[2]})" if site[2] else site[0]
    advice = ADVICE.get(one.status, "Azure looks again by itself; run the command again")
    return f"{where}: {one.setting} refers to {one.secret or 'no secret'}, status {one.status}: {advice}"
