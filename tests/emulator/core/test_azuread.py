"""The azuread plugin keeps a directory: made-up ids, names unique on demand, objects that belong together."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import grpc
import pytest

from emulator import wire
from emulator.values import Unknown

from .conftest import TENANT
from .plugin import Plugin, pb, urn

GROUP = "azuread:index/group:Group"
MEMBER = "azuread:index/groupMember:GroupMember"
APPLICATION = "azuread:index/application:Application"
PRINCIPAL = "azuread:index/servicePrincipal:ServicePrincipal"
CREDENTIAL = "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential"


@pytest.fixture
def plugin(plugin_environment: dict[str, str]) -> Iterator[Plugin]:
    """A configured azuread plugin."""
    with Plugin("azuread", plugin_environment) as started:
        started.stub.Configure(pb.ConfigureRequest(args=wire.encode({"tenantId": TENANT})))
        yield started


def group(name: str = "admins", **more: object) -> dict[str, object]:
    """Inputs of a security group."""
    return {"displayName": name, "securityEnabled": True, **more}


def refusal(caught: pytest.ExceptionInfo[grpc.RpcError]) -> str:
    """What the plugin said."""
    return caught.value.details()  # ty: ignore[missing-attribute]


def test_a_group_has_an_object_id_that_a_preview_does_not_know(plugin: Plugin) -> None:
    arm, outputs = plugin.create(GROUP, group(), preview=True)
    assert (arm, outputs["displayName"]) == ("", "admins")
    assert isinstance(outputs["objectId"], Unknown)
    arm, outputs = plugin.create(GROUP, group())
    assert arm == f"/groups/{outputs['objectId']}"
    assert uuid.UUID(outputs["objectId"])


def test_two_groups_may_share_a_name_unless_the_program_forbids_it(plugin: Plugin) -> None:
    first, _ = plugin.create(GROUP, group())
    second, _ = plugin.create(GROUP, group())
    assert first != second
    with pytest.raises(grpc.RpcError) as caught:
        plugin.create(GROUP, group("ADMINS", preventDuplicateNames=True))
    assert "preventDuplicateNames is set" in refusal(caught)


def test_a_group_that_is_for_nothing_is_refused(plugin: Plugin) -> None:
    answer = plugin.check(GROUP, {"displayName": "x"})
    assert [one.property for one in answer.failures] == ["securityEnabled"]


def test_a_member_needs_its_group_and_goes_with_it(plugin: Plugin) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        plugin.create(MEMBER, {"groupObjectId": "nobody", "memberObjectId": "m"})
    assert "no Group has objectId 'nobody'" in refusal(caught)
    arm, outputs = plugin.create(GROUP, group())
    member, _ = plugin.create(MEMBER, {"groupObjectId": outputs["objectId"], "memberObjectId": "m"})
    assert member == f"{outputs['objectId']}/member/m"
    plugin.stub.Delete(pb.DeleteRequest(id=arm, urn=urn(GROUP)))
    assert plugin.read(MEMBER, member).id == ""


def test_another_member_is_another_object(plugin: Plugin) -> None:
    olds, news = ({"groupObjectId": "g", "memberObjectId": member} for member in "ab")
    assert list(plugin.diff(MEMBER, olds, news).replaces) == ["memberObjectId"]


def test_principals_and_credentials_belong_to_their_application(plugin: Plugin) -> None:
    application, outputs = plugin.create(APPLICATION, {"displayName": "ci"})
    principal, principal_outputs = plugin.create(PRINCIPAL, {"clientId": outputs["clientId"]})
    assert principal_outputs["displayName"] == "ci"
    assert principal_outputs["applicationTenantId"] == TENANT
    trust = {
        "audiences": ["api://AzureADTokenExchange"],
        "issuer": "https://token",
        "subject": "repo:x",
        "displayName": "ci",
    }
    credential, _ = plugin.create(CREDENTIAL, {"applicationId": application, **trust})
    assert credential.startswith(f"{outputs['objectId']}/federatedIdentityCredential/")
    plugin.stub.Delete(pb.DeleteRequest(id=application, urn=urn(APPLICATION)))
    assert [plugin.read(PRINCIPAL, one).id for one in (principal, credential)] == ["", ""]


def test_look_ups_find_by_name_or_say_what_was_asked(plugin: Plugin) -> None:
    _, outputs = plugin.create(GROUP, group())
    found = plugin.invoke("azuread:index/getGroup:getGroup", displayName="Admins", securityEnabled=True)
    assert found["objectId"] == outputs["objectId"]
    with pytest.raises(grpc.RpcError) as caught:
        plugin.invoke("azuread:index/getUser:getUser", userPrincipalName="eve@example.com")
    assert "no User found with userPrincipalName 'eve@example.com'" in refusal(caught)


def test_a_look_up_that_is_not_unique_asks_for_the_id(plugin: Plugin) -> None:
    plugin.create(GROUP, group())
    plugin.create(GROUP, group())
    with pytest.raises(grpc.RpcError) as caught:
        plugin.invoke("azuread:index/getGroup:getGroup", displayName="admins")
    assert "2 objects found" in refusal(caught)


def test_the_caller_has_a_tenant_and_an_object_id(plugin: Plugin) -> None:
    me = plugin.invoke("azuread:index/getClientConfig:getClientConfig")
    assert me["tenantId"] == TENANT
    assert uuid.UUID(me["objectId"])


def test_an_update_keeps_the_object_id(plugin: Plugin) -> None:
    arm, outputs = plugin.create(GROUP, group())
    answer = plugin.stub.Update(pb.UpdateRequest(id=arm, urn=urn(GROUP), news=wire.encode(group("others"))))
    assert wire.decode(answer.properties)["objectId"] == outputs["objectId"]
