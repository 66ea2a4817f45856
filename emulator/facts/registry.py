"""Facts about Microsoft.ContainerRegistry."""

from __future__ import annotations

from emulator.facts.build import SUCCEEDED, fact, outputs
from emulator.facts.model import Fact
from emulator.facts.names import name_rule

_REGISTRY = "Microsoft.ContainerRegistry/registries"
_CHILD_API = "2024-11-01-preview"

_REGISTRY_NAME = name_rule(r"[A-Za-z0-9]+", 5, 50, "letters and digits only")

FACTS: tuple[Fact, ...] = (
    fact(
        "containerregistry:Registry",
        _REGISTRY,
        "registryName",
        api="2023-01-01-preview",
        name=_REGISTRY_NAME,
        unique="global",
        immutable=("location", "encryption", "zoneRedundancy"),
        outputs=outputs(SUCCEEDED, lambda _, p: {"loginServer": f"{p.name.lower()}.azurecr.io"}),
        logs=("ContainerRegistryRepositoryEvents", "ContainerRegistryLoginEvents"),
    ),
    fact(
        "containerregistry:ScopeMap",
        f"{_REGISTRY}/scopeMaps",
        "registryName",
        "scopeMapName",
        api=_CHILD_API,
        name=_REGISTRY_NAME,
        outputs=outputs(SUCCEEDED),
    ),
    fact(
        "containerregistry:Token",
        f"{_REGISTRY}/tokens",
        "registryName",
        "tokenName",
        api=_CHILD_API,
        name=_REGISTRY_NAME,
        outputs=outputs(SUCCEEDED),
    ),
    fact(
        "containerregistry:CacheRule",
        f"{_REGISTRY}/cacheRules",
        "registryName",
        "cacheRuleName",
        api=_CHILD_API,
        name=_REGISTRY_NAME,
        immutable=("sourceRepository", "targetRepository"),
        outputs=outputs(SUCCEEDED),
    ),
    fact(
        "containerregistry:Replication",
        f"{_REGISTRY}/replications",
        "registryName",
        "replicationName",
        api=_CHILD_API,
        name=_REGISTRY_NAME,
        immutable=("location", "zoneRedundancy"),
        outputs=outputs(SUCCEEDED),
    ),
)
