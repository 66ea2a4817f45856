"""Facts about Microsoft.ContainerRegistry."""

from __future__ import annotations

from emulator.facts import names
from emulator.facts.build import SUCCEEDED, fact, outputs
from emulator.facts.model import Fact

_REGISTRY = "Microsoft.ContainerRegistry/registries"
_CHILD_API = "2024-11-01-preview"

FACTS: tuple[Fact, ...] = (
    fact(
        "containerregistry:Registry",
        _REGISTRY,
        "registryName",
        api="2023-01-01-preview",
        name=names.REGISTRY,
        unique="global",
        immutable=("location", "encryption", "zoneRedundancy"),
        outputs=outputs(SUCCEEDED, lambda _, p: {"loginServer": f"{p.name.lower()}.azurecr.io"}),
    ),
    fact(
        "containerregistry:ScopeMap",
        f"{_REGISTRY}/scopeMaps",
        "registryName",
        "scopeMapName",
        api=_CHILD_API,
        name=names.REGISTRY,
        outputs=outputs(SUCCEEDED),
    ),
    fact(
        "containerregistry:Token",
        f"{_REGISTRY}/tokens",
        "registryName",
        "tokenName",
        api=_CHILD_API,
        name=names.REGISTRY,
        outputs=outputs(SUCCEEDED),
    ),
    fact(
        "containerregistry:CacheRule",
        f"{_REGISTRY}/cacheRules",
        "registryName",
        "cacheRuleName",
        api=_CHILD_API,
        name=names.REGISTRY,
        immutable=("sourceRepository", "targetRepository"),
        outputs=outputs(SUCCEEDED),
    ),
    fact(
        "containerregistry:Replication",
        f"{_REGISTRY}/replications",
        "registryName",
        "replicationName",
        api=_CHILD_API,
        name=names.REGISTRY,
        immutable=("location", "zoneRedundancy"),
        outputs=outputs(SUCCEEDED),
    ),
)
