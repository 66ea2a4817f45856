"""An operation that Azure refuses because something is busy is tried again, and nothing else is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.shared import busy
from tests.emulator.core.conftest import SUBSCRIPTION, TENANT
from tests.emulator.core.test_with_engine import Probe

REFUSED = "ServerIsBusy: Cannot complete operation while server 'psql' is busy. Please try again later."


def decided(*errors: str, waits: tuple[float, ...] = (0.0, 0.0), operation: str = "update") -> bool:
    args = pulumi.ErrorHookArgs(
        "urn", "", "db", "azure-native:dbforpostgresql:Database", errors=list(errors), failed_operation=operation
    )
    return asyncio.run(busy.again(waits=waits)(args))  # ty: ignore[invalid-argument-type]


@pytest.mark.parametrize(
    ("error", "tried_again"),
    [
        (REFUSED, True),
        ('Status=409 Code="StorageAccountOperationInProgress"', True),
        ("Cannot modify this site because another operation is in progress", True),
        ('Code="ConflictError" A vault with the same name already exists in deleted state', False),
        ("AuthorizationFailed", False),
    ],
)
def test_only_what_succeeds_later_is_tried_again(error: str, tried_again: bool) -> None:
    assert decided(error) is tried_again


def test_a_create_is_tried_again_only_where_azure_took_nothing() -> None:
    assert decided(
        f"PUT https://x\nRESPONSE 409: 409 Conflict\nERROR CODE: ServerIsBusy\n{REFUSED}", operation="create"
    )
    assert not decided(f"GET https://x/operations/1\nRESPONSE 200: 200 OK\n{REFUSED}", operation="create"), (
        "what failed after Azure took it exists, and the engine records it only if it is not created again"
    )


def test_it_is_given_up_after_the_last_wait_and_where_another_error_follows() -> None:
    assert decided(REFUSED, REFUSED) is True
    assert decided(REFUSED, REFUSED, REFUSED) is False
    assert decided("AuthorizationFailed", REFUSED) is False
    assert 120 < sum(busy.WAITS) < 600, (
        "longer than the wait that Azure's support names, shorter than anybody's patience"
    )


def test_every_writer_that_has_an_order_is_among_them() -> None:
    assert {
        "azure-native:dbforpostgresql:Database",
        "azure-native:dbforpostgresql:Configuration",
        "azure-native:storage:FileShare",
        "azure-native:network:PrivateEndpoint",
    } <= busy.WRITTEN


PROGRAM = f"""
import pulumi, pulumi_azure_native
from pathlib import Path
from pulumi import ResourceOptions
from pulumi_azure_native import resources, storage
from components.shared import busy
from emulator.control import ControlPlane
from emulator.facts import TABLE
from emulator.laws import LAWS
from emulator.store import Store

async def mend(args):
    "Stands for the time that passes: what the refused operation needs comes into being."
    if len(args.errors) > 1 or "ParentResourceNotFound" not in args.errors[0]:
        return False
    store = Store(Path("azure.db").resolve())
    plane = ControlPlane(store, "{SUBSCRIPTION}", "{TENANT}", facts=TABLE, laws=LAWS)
    plane.create("azure-native:storage:StorageAccount", {{
        "resourceGroupName": "rg-probe", "accountName": "stprobe4711", "location": "swedencentral",
        "kind": "StorageV2", "sku": {{"name": "Standard_LRS"}},
    }})
    store.close()
    return True

pulumi.runtime.register_stack_transformation(busy.retry_while_busy(mend))
azure = pulumi_azure_native.Provider("azure", subscription_id="{SUBSCRIPTION}", tenant_id="{TENANT}")
group = resources.ResourceGroup("group", resource_group_name="rg-probe", location="swedencentral",
    opts=ResourceOptions(provider=azure))
storage.BlobContainer("container", container_name="uploads", account_name="stprobe4711", resource_group_name=group.name,
    opts=ResourceOptions(provider=azure))
"""


@pytest.mark.engine
def test_the_engine_tries_again_and_a_destroy_needs_no_program(
    tmp_path: Path, engine_environment: Callable[[Path], Any]
) -> None:
    probe = Probe(tmp_path, engine_environment(tmp_path))
    probe.environment["PYTHONPATH"] = str(Path(__file__).parents[3])
    (tmp_path / "__main__.py").write_text(PROGRAM)
    said = probe.run("up", "--yes", "--skip-preview")
    assert "retrying create" in said and "errored" not in said, said
    probe.run("preview", "--expect-no-changes")
    probe.run("destroy", "--yes", "--skip-preview")
