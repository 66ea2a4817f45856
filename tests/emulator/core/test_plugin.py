"""The azure-native plugin as the engine meets it: a process with a port, gRPC, refusals in Azure's words."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from emulator import wire
from emulator.values import UNKNOWN, Secret

from .conftest import GROUP, SECRET, SUBSCRIPTION, TENANT, VAULT, group_inputs, vault_inputs
from .plugin import EMPTY, Plugin, pb, urn


@pytest.fixture
def plugin(plugin_environment: dict[str, str]) -> Iterator[Plugin]:
    """A configured azure-native plugin."""
    with Plugin("azure-native", plugin_environment) as started:
        settings = {"subscriptionId": f'"{SUBSCRIPTION}"', "tenantId": TENANT}
        started.stub.Configure(pb.ConfigureRequest(args=wire.encode(settings)))
        yield started


def test_it_prints_a_port_and_nothing_else_and_ends_cleanly_when_cancelled(plugin: Plugin) -> None:
    plugin.stub.Cancel(EMPTY)
    assert plugin.end() == (0, "", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_on_a_signal(plugin: Plugin, number: signal.Signals) -> None:
    plugin.process.send_signal(number)
    assert plugin.end() == (0, "", "")


def test_it_ends_within_two_seconds_when_its_parent_is_killed(
    plugin_environment: dict[str, str], tmp_path: Path
) -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-m', 'emulator.plugins', 'azure-native'], stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], env=plugin_environment, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        orphan = int(parent.stdout.readline())
        parent.kill()
    started = time.monotonic()
    while Path(f"/proc/{orphan}/cmdline").exists() and Path(f"/proc/{orphan}/cmdline").read_bytes():
        assert time.monotonic() - started < 10, "an orphan must not outlive its engine"
        time.sleep(0.02)


def test_it_ends_when_the_engine_that_it_knew_no_longer_answers(plugin_environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as engine:
        address = f"127.0.0.1:{engine.getsockname()[1]}"
        with Plugin("random", plugin_environment, address) as started:
            engine.accept()[0].close()  # the watchdog has seen the engine alive
            engine.close()
            assert started.end() == (0, "", "")


def test_it_accepts_secrets_and_resources_and_names_the_version_of_the_sdk(plugin: Plugin) -> None:
    said = plugin.stub.Handshake(pb.ProviderHandshakeRequest())
    assert (said.accept_secrets, said.accept_resources, said.accept_outputs) == (True, True, False)
    assert plugin.stub.GetPluginInfo(EMPTY).version == "3.29.0"


def test_an_object_lives_from_create_to_delete(plugin: Plugin) -> None:
    arm, outputs = plugin.create(GROUP, group_inputs())
    assert arm == f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-test"
    assert outputs["name"] == "rg-test"
    plugin.stub.Update(pb.UpdateRequest(id=arm, urn=urn(GROUP), news=wire.encode(group_inputs(tags={"a": "b"}))))
    seen = plugin.read(GROUP, arm)
    assert wire.decode(seen.inputs) == group_inputs(tags={"a": "b"}), "Read returns inputs, so that import works"
    plugin.stub.Delete(pb.DeleteRequest(id=arm, urn=urn(GROUP)))
    assert plugin.read(GROUP, arm).id == "", "an empty id says that the object is gone"


def test_check_names_the_property_that_is_wrong(plugin: Plugin) -> None:
    answer = plugin.check(VAULT, vault_inputs(vaultNme="x"))
    assert [one.property for one in answer.failures] == ["vaultNme"]
    assert "did you mean 'vaultName'?" in answer.failures[0].reason


def test_a_preview_creates_nothing(plugin: Plugin) -> None:
    arm, outputs = plugin.create(GROUP, group_inputs(), preview=True)
    assert outputs["name"] == "rg-test"
    assert plugin.read(GROUP, arm).id == ""


def test_unknown_and_secret_inputs_pass_through_a_preview(plugin: Plugin) -> None:
    inputs = {
        "resourceGroupName": "rg-test",
        "vaultName": UNKNOWN,
        "secretName": "s",
        "properties": {"value": Secret("x")},
    }
    assert list(plugin.check(SECRET, inputs).failures) == []
    arm, outputs = plugin.create(SECRET, inputs, preview=True)
    assert arm == ""
    assert outputs["properties"]["value"] == Secret("x")


def test_an_immutable_change_replaces_and_deletes_first_because_the_name_stays(plugin: Plugin) -> None:
    answer = plugin.diff(GROUP, group_inputs(), group_inputs(location="northeurope"))
    assert (list(answer.replaces), answer.deleteBeforeReplace) == (["location"], True)
    kind = pb.PropertyDiff.Kind.Name(answer.detailedDiff["location"].kind)
    assert (kind, list(answer.diffs)) == ("UPDATE_REPLACE", ["location"])


def test_equal_inputs_are_no_change(plugin: Plugin) -> None:
    assert plugin.diff(VAULT, vault_inputs(), vault_inputs()).changes == pb.DiffResponse.DIFF_NONE


def test_a_refusal_carries_azures_code_and_the_way_out_but_no_secret(plugin: Plugin) -> None:
    inputs = vault_inputs(resourceGroupName="rg-missing", tags={"t": Secret("rg-missing")})
    with pytest.raises(grpc.RpcError) as caught:
        plugin.create(VAULT, inputs)
    said = caught.value.details()  # ty: ignore[missing-attribute]
    assert "ResourceGroupNotFound" in said
    assert "rg-missing" not in said, "a text that is secret in the request is not repeated"


def test_sixty_four_creates_at_once_are_all_made(plugin: Plugin) -> None:
    with ThreadPoolExecutor(64) as pool:
        names = [f"rg-{number}" for number in range(64)]
        made = list(pool.map(lambda name: plugin.create(GROUP, group_inputs(resourceGroupName=name))[0], names))
    assert len(set(made)) == 64
    assert all(plugin.read(GROUP, arm).id == arm for arm in made)


def test_functions_read_what_exists(plugin: Plugin) -> None:
    plugin.create(GROUP, group_inputs())
    plugin.create(VAULT, vault_inputs())
    me = plugin.invoke("azure-native:authorization:getClientConfig")
    assert (me["subscriptionId"], me["tenantId"]) == (SUBSCRIPTION, TENANT)
    found = plugin.invoke("azure-native:keyvault:getVault", resourceGroupName="rg-test", vaultName="KV-TEST")
    assert found["name"] == "kv-test"
    assert found["id"].endswith("/vaults/kv-test")


def test_keys_of_a_storage_account_are_secret_and_stay_the_same(plugin: Plugin) -> None:
    plugin.create(GROUP, group_inputs())
    account = {"resourceGroupName": "rg-test", "accountName": "sttest01", "location": "swedencentral"}
    plugin.create(
        "azure-native:storage:StorageAccount", {**account, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    )
    asked = {"resourceGroupName": "rg-test", "accountName": "sttest01"}
    first = plugin.invoke("azure-native:storage:listStorageAccountKeys", **asked)
    assert isinstance(first["keys"][0]["value"], Secret)
    assert first == plugin.invoke("azure-native:storage:listStorageAccountKeys", **asked)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("azure-native:keyvault:getVault", "was not found"),
        (
            "azure-native:web:listWebAppPublishingCredentials",
            "no function azure-native:web:listWebAppPublishingCredentials",
        ),
    ],
)
def test_a_function_that_cannot_answer_says_why(plugin: Plugin, function: str, said: str) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        plugin.invoke(function, resourceGroupName="rg", vaultName="kv")
    assert said in caught.value.details()  # ty: ignore[missing-attribute]


def test_another_subscription_does_not_replace_the_provider(plugin: Plugin) -> None:
    request = pb.DiffRequest(old_inputs=wire.encode({"subscriptionId": "a"}), news=wire.encode({"subscriptionId": "b"}))
    answer = plugin.stub.DiffConfig(request)
    assert (list(answer.diffs), list(answer.replaces)) == (["subscriptionId"], [])


def test_a_plugin_without_a_store_says_what_is_missing(plugin_environment: dict[str, str]) -> None:
    del plugin_environment["FABRIX_AZURE_DB"]
    command = [sys.executable, "-m", "emulator.plugins", "azure-native"]
    done = subprocess.run(command, env=plugin_environment, capture_output=True, text=True, check=False)
    assert (done.returncode, "FABRIX_AZURE_DB is not set" in done.stderr) == (2, True)
