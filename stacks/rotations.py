"""How often secrets were rotated: in the stack file, and in what is deployed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from settings import PlatformSettings
from stacks.slots import stack_output

OUTPUT = "rotations"
"""Stack output with the counts, written once every application has its settings."""


def deployed_counts(deployment: Mapping[str, Any]) -> dict[str, int]:
    """Return the counts of a state by secret."""
    return {name: int(count) for name, count in (stack_output(deployment, OUTPUT) or {}).items()}


def deployed_secrets(deployment: Mapping[str, Any]) -> set[str]:
    """Return the names of the secrets that a state has."""
    entries = deployment.get("resources") or ()
    return {str(entry["inputs"].get("secretName")) for entry in entries if entry["type"].endswith(":keyvault:Secret")}


def since(deployment: Mapping[str, Any], settings: PlatformSettings) -> dict[str, str]:
    """Return when each generated secret got its present value, by name: an ISO time."""
    prefix = f"secret-{settings.names.region_code}-"
    made = {
        entry["urn"].rsplit("::", 1)[-1]: str(entry.get("created") or "")
        for entry in deployment.get("resources") or ()
        if entry["type"].startswith("random:") and not entry.get("delete")
    }
    times = {}
    for secret in settings.secrets:
        second = "-second" if secret.opens_database and (secret.rotations or 0) % 2 else ""
        times[secret.name] = made.get(f"{prefix}{secret.name}{second}", "")
    return times


def skipped(deployment: Mapping[str, Any], settings: PlatformSettings) -> Iterator[str]:
    """Yield each count of the stack file that does not follow what is deployed: it would end a password in use."""
    deployed, wanted, there = deployed_counts(deployment), settings.security.rotations, deployed_secrets(deployment)
    for secret in settings.secrets:
        before, after = deployed.get(secret.name), wanted.get(secret.name)
        if before == after or secret.name not in there or secret.generator == "databaseUrl":
            continue
        prepared = before is not None or not secret.opens_database
        following = (before or 0) + 1 if prepared else 0
        if after == following or (after or 0) == (before or 0) == 0:
            continue
        yield (
            f"security.rotations.{secret.name}: {_shown(before)} to {_shown(after)}. Write {_shown(before)}; "
            f"`./fabrix rotate STACK {secret.name}` makes it {following if prepared else 1}."
        )


def _shown(count: int | None) -> str:
    return "no entry" if count is None else str(count)
