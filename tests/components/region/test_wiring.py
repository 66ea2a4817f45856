"""Values that are made of what services say."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.region.wiring import controller_deploys, controller_grants, facts, secret_values
from settings import load
from settings.control import OwnControl

ROOT = Path(__file__).parents[3]
HOST = "redis.swedencentral.redis.azure.net"


def test_the_address_of_the_cache_carries_its_key_so_that_a_url_parser_gives_it_back(plan: Any) -> None:
    """A key is base64, and ``/``, ``+`` and ``=`` mean something in a URL."""

    def build() -> dict[str, Any]:
        values = secret_values(
            load.stack(ROOT, "dev"),
            postgres_host="psql",
            redis_host=HOST,
            redis_key=pulumi.Output.from_input("a+b/c="),
            insights="insights",
            storage_keys={"storage-keyKeyVault": "key"},
        )
        return {name: values[name] for name in ("redis-urlKeyVault", "redis-passwordKeyVault")}

    assert plan(build).result == {
        "redis-urlKeyVault": f"rediss://:a%2Bb%2Fc%3D@{HOST}:10000?ssl_cert_reqs=required",
        "redis-passwordKeyVault": "a+b/c=",
    }


@pytest.mark.parametrize(("chosen", "expected"), [("database", ("database", "false")), ("azure", ("azure", "true"))])
def test_a_controller_is_told_to_deploy_only_where_it_has_the_rights(chosen: str, expected: tuple[str, str]) -> None:
    settings = load.stack(ROOT, "dev")
    control = OwnControl.model_validate({"mode": "create", "deployments": chosen})
    changed = dataclasses.replace(settings, file=settings.file.model_copy(update={"control": control}))
    told = facts(changed, resource_group="rg")
    assert (told["controller.deployment"], told["controller.keyVault"]) == expected
    assert controller_deploys(changed) is (chosen == "azure")


def test_a_controller_that_deploys_may_do_so_in_a_group_of_its_own_alone() -> None:
    rows = list(controller_grants("/subscriptions/s/resourceGroups/rg-deployments"))
    assert {row.scope for row in rows} == {"/subscriptions/s/resourceGroups/rg-deployments"}
    assert {row.role for row in rows} == {
        "website-contributor",
        "managed-identity-operator",
        "key-vault-secrets-officer",
    }
    assert all(row.holder == "miso-controller" and len(row.reason) > 20 for row in rows)


def test_the_shipped_controllers_need_no_right_in_azure() -> None:
    assert not any(controller_deploys(load.stack(ROOT, stack)) for stack in ("dev", "test", "prod"))
