"""Container Apps jobs: environment, secrets, sizes."""

from __future__ import annotations

import pytest

from .cases import Case, decide
from .memory import GROUP
from .valid import VNET

JOB, ENVIRONMENT = "app:Job", "app:ManagedEnvironment"
REFERENCE = "template.containers.0.env"


def secret(**one: str) -> dict[str, object]:
    return {"configuration.secrets": [{"name": "one", "value": "1"}, one]}


def size(cpu: float, memory: str) -> dict[str, object]:
    return {"template.containers.0.resources": {"cpu": cpu, "memory": memory}}


CASES = {
    "an environment that is not there": Case(
        JOB,
        {"environmentId": f"{GROUP}/providers/Microsoft.App/managedEnvironments/two"},
        "InvalidResourceReference",
    ),
    "a reference to a secret that it does not have": Case(
        JOB, {REFERENCE: [{"name": "ONE", "secretRef": "two"}]}, "ContainerAppSecretRefNotFound"
    ),
    "a variable without a secret": Case(JOB, {REFERENCE: [{"name": "ONE", "value": "1"}]}),
    "a secret named like a role": Case(JOB, secret(name="keycloak_user", value="1"), "ContainerAppSecretInvalid"),
    "a secret in a vault": Case(
        JOB, secret(name="two", keyVaultUrl="https://kv-one.vault.azure.net/secrets/two", identity="system")
    ),
    "a secret in a vault that nobody reads": Case(
        JOB, secret(name="two", keyVaultUrl="https://kv-one.vault.azure.net/secrets/two"), "ContainerAppSecretInvalid"
    ),
    "a small container": Case(JOB, size(0.5, "1Gi")),
    "too little memory": Case(JOB, size(0.5, "0.5Gi"), "ContainerAppInvalidResourceTotal"),
    "a third of a CPU": Case(JOB, size(0.3, "0.6Gi"), "ContainerAppInvalidResourceTotal"),
    "a subnet that is not delegated to it": Case(
        ENVIRONMENT,
        {"vnetConfiguration": {"infrastructureSubnetId": f"{VNET}/subnets/endpoints", "internal": True}},
        "ManagedEnvironmentSubnetDelegationError",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_azure_answers(name: str) -> None:
    decide(CASES[name])
