"""Key Vault references of applications, seen through after a deployment.

App Service hands an application the text of a reference that it could not resolve, and looks again a day later; a right
that is new takes minutes to spread (Microsoft Learn: "Use Key Vault references"). So after a deployment the references
of each site are read, asked for anew where one is unresolved or its secret has changed, and waited for.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

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


class Settled(NamedTuple):
    """The references of a stack once nothing more has to be waited for."""

    resolved: int
    missing: tuple[str, ...] = ()
    """Supplied secrets that no application can read yet."""

    def __str__(self) -> str:
        yet = f"; not yet, since you supply them: {', '.join(self.missing)}" if self.missing else ""
        return f"{self.resolved} references of applications to secrets are resolved{yet}"


@dataclass(frozen=True, kw_only=True)
class References:
    """Reads and refreshes the references of a stack's applications."""

    cloud: Cloud
    supplied: Collection[str] = ()
    """Secrets that the customer puts into the vault, perhaps long after the deployment: fetched where they are there by
    now, and never waited for."""
    timeout: float = SECONDS
    every: float = EVERY_SECONDS

    def settle(self, apps: Iterable[DeployedApp], changed: Collection[str] = ()) -> Settled:
        """Return what is resolved, once all references are but those to supplied secrets.

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
            if any(not one.resolved or one.secret in changed for one in references):
                self.cloud.refresh_references(site[1], site[2])
                read[site] = self._read(site)
        while waiting := [site for site, references in read.items() if self._open(references)]:
            if time.monotonic() > deadline:
                lines = [f"  {_line(site, one)}" for site in waiting for one in self._open(read[site])]
                raise OperationError("applications cannot read secrets that they need:\n" + "\n".join(lines))
            time.sleep(self.every)
            for site in waiting:
                self.cloud.refresh_references(site[1], site[2])
                read[site] = self._read(site)
        found = [one for references in read.values() for one in references]
        missing = sorted({one.secret for one in found if not one.resolved})
        return Settled(sum(one.resolved for one in found), tuple(missing))

    def _read(self, site: tuple[str, str, str | None]) -> Sequence[SecretReference]:
        return self.cloud.references(site[1], site[2])

    def _open(self, references: Iterable[SecretReference]) -> list[SecretReference]:
        """Return the references that have to be waited for."""
        return [one for one in references if not one.resolved and one.secret not in self.supplied]


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


def _line(site: tuple[str, str, str | None], one: SecretReference) -> str:
    where = f"{site[0]} (slot {site[2]})" if site[2] else site[0]
    advice = ADVICE.get(one.status, "Azure looks again by itself; run the command again")
    return f"{where}: {one.setting} refers to {one.secret or 'no secret'}, status {one.status}: {advice}"
