"""Changes of size that Azure does not make at once are found before a deployment, with the runs that lead there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ruamel.yaml import YAML

from settings import load
from settings.sizes import PRESETS, Sizing
from stacks import forbidden_steps as module
from stacks.forbidden_steps import forbidden_steps
from stacks.state import resource_graph
from support.checkout import ROOT
from support.errors import Exit, OperationError
from targets.local import LocalTarget

M, S = PRESETS["m"], PRESETS["s"]


def deployed(size: Sizing, *, grown: int | None = None) -> dict[str, Any]:
    """A state with the server and the cache of a size; ``grown`` is what the server's storage has become."""
    server = {
        "sku": {"name": size.postgres.sku_name, "tier": size.postgres.tier},
        "highAvailability": {"mode": size.postgres.ha},
        "storage": {"storageSizeGB": size.postgres.storage_gib},
    }
    cache = {
        "sku": {"name": size.redis.sku},
        "highAvailability": "Enabled" if size.redis.high_availability else "Disabled",
    }
    types = {
        "dbforpostgresql:Server": (
            server,
            {**server, "storage": {"storageSizeGB": grown or size.postgres.storage_gib}},
        ),
        "redisenterprise:RedisEnterprise": (cache, cache),
        "redisenterprise:Database": ({"clusteringPolicy": size.redis.clustering}, {}),
    }
    return {
        "resources": [
            {
                "urn": f"urn:pulumi:dev::p::azure-native:{kind}::x",
                "type": f"azure-native:{kind}",
                "inputs": ins,
                "outputs": outs,
            }
            for kind, (ins, outs) in types.items()
        ]
    }


def steps(before: dict[str, Any], after: Sizing) -> list[str]:
    return list(forbidden_steps(resource_graph(before), after))


@pytest.mark.parametrize("size", ["evaluation", "s", "m", "l"])
def test_what_is_deployed_can_be_deployed_again(size: Any) -> None:
    assert not steps(deployed(PRESETS[size]), PRESETS[size])


class Session:
    """A stack in West Europe, on the local Azure, that asks for a standby in another zone."""

    def __init__(self) -> None:
        platform = YAML(typ="safe").load((ROOT / "Pulumi.test.yaml").read_text(encoding="utf-8"))
        raw = platform["config"]["aifabrix:platform"]
        raw["installation"]["region"] = "westeurope"
        self.stack, self.settings, self.target = "test", load.config(ROOT, raw), LocalTarget()


@pytest.mark.parametrize("before", [None, "Disabled", "SameZone"])
def test_a_standby_that_azure_gives_to_nothing_new_is_refused(monkeypatch: pytest.MonkeyPatch, before: Any) -> None:
    size = replace(M, postgres=replace(M.postgres, ha=before)) if before else None
    state = {"deployment": deployed(size)} if size else None
    monkeypatch.setattr(module, "deployed_state", lambda _: state)
    with pytest.raises(OperationError, match="Azure makes no new PostgreSQL servers with a standby") as error:
        module.refuse_forbidden_steps(Session())  # ty: ignore[invalid-argument-type]
    assert error.value.code is Exit.BAD_INPUT
    (problem,) = error.value.details["problems"]
    assert problem["path"].endswith("data.postgres.highAvailability")


def test_a_server_that_has_it_already_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "deployed_state", lambda _: {"deployment": deployed(M)})
    module.refuse_forbidden_steps(Session())  # ty: ignore[invalid-argument-type]


def test_a_standby_moves_by_way_of_none() -> None:
    same_zone = replace(M, postgres=replace(M.postgres, ha="SameZone"))
    (text,) = steps(deployed(same_zone), M)
    assert "SameZone to ZoneRedundant. Two runs: first data.postgres.highAvailability: Disabled" in text
    without = replace(M, postgres=replace(M.postgres, ha="Disabled"))
    assert not steps(deployed(same_zone), without)
    assert not steps(deployed(without), M)


def test_growing_from_s_to_m_takes_two_runs() -> None:
    (text,) = steps(deployed(S), M)
    assert "Disabled to ZoneRedundant together with Burstable to GeneralPurpose" in text
    assert text.endswith("Two runs: first with data.postgres.highAvailability: Disabled.")
    assert not steps(deployed(S), replace(M, postgres=replace(M.postgres, ha="Disabled")))


def test_storage_that_grew_by_itself_says_what_to_write() -> None:
    (text,) = steps(deployed(M, grown=512), M)
    assert text == "data.postgres.storageGib: 512 to 256: it grew by itself. Write storageGib: 512."
    (text,) = steps(deployed(M), replace(M, postgres=replace(M.postgres, storage_gib=128)))
    assert "never shrinks" in text


def test_a_cache_is_clustered_before_it_grows_beyond_25_gb() -> None:
    large = replace(M, redis=replace(M.redis, sku="Balanced_B50", clustering="EnterpriseCluster"))
    (text,) = steps(deployed(M), large)
    assert "first data.redis.clustering: EnterpriseCluster with sku: Balanced_B3" in text
    clustered = replace(M, redis=replace(M.redis, clustering="EnterpriseCluster"))
    assert not steps(deployed(M), clustered)
    assert not steps(deployed(clustered), large)
    (text,) = steps(deployed(clustered), M)
    assert "Azure never changes EnterpriseCluster" in text


def test_a_replica_is_never_removed() -> None:
    (text,) = steps(deployed(M), replace(M, redis=replace(M.redis, high_availability=False)))
    assert "never removes a replica" in text
