"""Laws of Container Apps jobs: their environment, their secrets, what a container may ask for.

Sources: Microsoft Learn, "Jobs in Azure Container Apps", "Manage secrets in Azure Container Apps", "Containers in Azure
Container Apps" (combinations of CPU and memory of the Consumption profile).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from emulator.ids import arm_name
from emulator.laws.helpers import changing, entries, is_known, missing, refuse, string_at, values_at
from emulator.world import Request, World

_SECRET = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
GIB_PER_CPU = 2
MAX_CPU = 4
STEP = 0.25


def secret_names(request: Request, _: World) -> Iterator[str]:
    """Refuse a secret's name with capitals or underscores, and one without a value or a place in a vault."""
    if not changing(request):
        return
    for secret in entries(request.get("configuration.secrets")):
        name = secret.get("name")
        if is_known(name) and not _SECRET.fullmatch(str(name)):
            allowed = "lower-case letters, digits, hyphens and dots, a letter or digit at both ends"
            yield refuse("ContainerAppSecretInvalid", f"secret {name}", allowed, "Name it anew.")
        if "value" not in secret and not ("keyVaultUrl" in secret and "identity" in secret):
            yield refuse(
                "ContainerAppSecretInvalid",
                f"secret {name} has neither a value nor a keyVaultUrl with an identity",
                "one of the two",
                "Give it a value.",
            )


def secret_references(request: Request, _: World) -> Iterator[str]:
    """Refuse a variable whose secret the job does not have."""
    if not changing(request):
        return
    secrets = request.get("configuration.secrets") or []
    members = secrets if isinstance(secrets, list) else [secrets]
    names = [one.get("name") if isinstance(one, dict) else one for one in members]
    if not all(isinstance(name, str) for name in names):  # unknown in this preview
        return
    listed = {str(name) for name in names}
    for reference in values_at(request.inputs, "template.containers.*.env.*.secretRef"):
        if str(reference) not in listed:
            problem = f"a variable of {arm_name(request.id)} refers to secret {reference}"
            allowed = ", ".join(sorted(listed)) or "none: the job has no secrets"
            yield refuse("ContainerAppSecretRefNotFound", problem, allowed, "Add the secret to the job.")


def container_sizes(request: Request, _: World) -> Iterator[str]:
    """Refuse a sum of CPU and memory that the Consumption profile does not have."""
    if not changing(request):
        return
    containers = request.get("template.containers")
    members = containers if isinstance(containers, list) else []
    sizes = [_size(one) for one in members]
    if not sizes or None in sizes:
        return
    cpu, memory = (sum(numbers) for numbers in zip(*filter(None, sizes), strict=True))
    if cpu % STEP or not STEP <= cpu <= MAX_CPU or memory != cpu * GIB_PER_CPU:
        yield refuse(
            "ContainerAppInvalidResourceTotal",
            f"the containers of {arm_name(request.id)} have {cpu:g} CPU and {memory:g}Gi together",
            f"steps of {STEP} CPU from {STEP} to {MAX_CPU}, with {GIB_PER_CPU}Gi for each CPU",
            f"Ask for {cpu:g} CPU and {cpu * GIB_PER_CPU:g}Gi.",
        )


def _size(container: Any) -> tuple[float, float] | None:
    """Return CPU and GiB of a container; None where it does not say them, or they are unknown."""
    size = container.get("resources") if isinstance(container, dict) else None
    cpu, memory = (size.get("cpu"), size.get("memory")) if isinstance(size, dict) else (None, None)
    if not isinstance(cpu, int | float) or not isinstance(memory, str):
        return None
    return float(cpu), float(memory.removesuffix("Gi"))


def environment(request: Request, world: World) -> Iterator[str]:
    """Refuse a job in an environment that does not exist."""
    environment_id = string_at(request, "environmentId")
    if request.operation == "create" and environment_id:
        yield from missing(world, environment_id, f"the environment of job {arm_name(request.id)}")


CHECK = {"app:Job": (secret_names, secret_references, container_sizes)}
STATE = {"app:Job": (environment,)}
