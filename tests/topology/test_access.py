"""Who may do what, from assignments, scopes, groups and the services' own lists."""

import dataclasses
import re

import pytest

from components.shared.roles import ROLES as ASSIGNED
from emulator.facts.roles import ROLES as NAMES
from resources.values import UNKNOWN
from tests.topology.small import ADMINISTER_VAULT, CONTRIBUTOR, GROUP, READ_SECRETS, READER, VAULT_ID
from topology.access import READ_SECRET, access_of, sites_of
from topology.builtin_roles import ROLES, role_of
from topology.questions import QUESTIONS, answers_about, indirect_readers

SECRET = f"{VAULT_ID}/secrets/secret-one"
PEOPLE = "azuread:index/group:Group"


def readers(small, secret: str = SECRET) -> set[str]:
    return {grant.principal.name for grant in access_of(small.build()).readers(secret)}


class TestRoles:
    def test_every_role_that_the_platform_assigns_is_known(self) -> None:
        missing = {role.name for role in ASSIGNED.values() if role_of(role.id) is None}
        assert not missing, f"without their actions nobody can say what these allow: {missing}"

    def test_each_has_the_name_that_azure_gives_it(self) -> None:
        wrong = {guid: role.name for guid, role in ROLES.items() if NAMES.get(guid) != role.name}
        assert not wrong

    def test_every_operation_is_written_as_azure_writes_them(self) -> None:
        form = re.compile(r"\*|\*/read|Microsoft\.[A-Za-z]+/.+")
        for role in ROLES.values():
            for operation in (*role.actions, *role.not_actions, *role.data_actions, *role.not_data_actions):
                assert form.fullmatch(operation), f"{role.name}: {operation}"

    @pytest.mark.parametrize(
        ("guid", "operation", "data", "allowed"),
        [
            (READ_SECRETS, READ_SECRET, True, True),
            (READ_SECRETS, READ_SECRET.lower(), True, True),
            (READ_SECRETS, "Microsoft.KeyVault/vaults/secrets/setSecret/action", True, False),
            (ADMINISTER_VAULT, READ_SECRET, True, True),
            (CONTRIBUTOR, READ_SECRET, True, False),
            (CONTRIBUTOR, "Microsoft.Storage/storageAccounts/listKeys/action", False, True),
            (CONTRIBUTOR, "Microsoft.Authorization/roleAssignments/write", False, False),
            (READER, "Microsoft.KeyVault/vaults/read", False, True),
            (READER, "Microsoft.ContainerRegistry/registries/pull/read", False, True),
            (READER, "Microsoft.KeyVault/vaults/write", False, False),
            ("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Microsoft.Authorization/roleAssignments/write", False, True),
            (
                "73c42c96-874c-492b-b04d-ab87d138a893",
                "Microsoft.OperationalInsights/workspaces/sharedKeys/read",
                False,
                False,
            ),
            ("21090545-7ca7-4776-b22c-e363652d74d2", READ_SECRET, True, False),
        ],
    )
    def test_what_a_role_allows(self, guid, operation, data, allowed) -> None:
        role = role_of(f"/providers/Microsoft.Authorization/roleDefinitions/{guid}")
        assert role is not None and role.allows(operation, data=data) is allowed


class TestScopes:
    def test_a_right_on_one_secret_reaches_no_other(self, small) -> None:
        assert readers(small) == {"id-one"}
        assert readers(small, f"{VAULT_ID}/secrets/secret-two") == {"id-two"}

    @pytest.mark.parametrize("scope", [VAULT_ID, GROUP, GROUP.rsplit("/", 2)[0], "/", VAULT_ID.upper()])
    def test_a_right_above_is_inherited(self, small, scope) -> None:
        small.grant("wide", "id-two", READ_SECRETS, scope)
        assert readers(small) == {"id-one", "id-two"}

    def test_a_name_that_begins_alike_is_another_one(self, small) -> None:
        small.grant("near", "id-two", READ_SECRETS, f"{VAULT_ID}/secrets/secret")
        assert readers(small) == {"id-one"}

    def test_an_unknown_scope_may_be_everything(self, small) -> None:
        small.grant("unknown", "id-two", READ_SECRETS, VAULT_ID)
        small.set("unknown", "scope", UNKNOWN)
        assert "id-two" in readers(small)

    def test_an_unknown_role_may_allow_it(self, small) -> None:
        small.grant("custom", "id-two", "99999999-0000-0000-0000-000000000000", VAULT_ID)
        assert "id-two" in readers(small), "what is not known is not taken for harmless"


class TestPrincipals:
    def test_an_identity_names_the_apps_that_run_as_it(self, small) -> None:
        found = {principal.name: principal.runs for principal in access_of(small.build()).principals}
        assert found == {"id-one": ("app-one",), "id-two": ("app-two",)}

    def test_a_member_has_the_rights_of_its_group(self, small) -> None:
        small.add("people", PEOPLE, displayName="People")
        small.add(
            "member",
            "azuread:index/groupMember:GroupMember",
            {"groupObjectId": ["people"], "memberObjectId": ["id-two"]},
            groupObjectId=UNKNOWN,
            memberObjectId=UNKNOWN,
        )
        small.grant("people-read", "people", READ_SECRETS, VAULT_ID, "Group")
        access = access_of(small.build())
        two = next(principal for principal in access.principals if principal.name == "id-two")
        assert {grant.principal.name for grant in access.of(two)} == {"id-two", "People"}

    def test_a_known_object_id_that_is_nobodys_here_stays_a_stranger(self, small) -> None:
        small.grant("stranger", "id-two", READ_SECRETS, VAULT_ID, "User")
        small.add("stranger", "authorization:RoleAssignment", **{**small.props("stranger"), "principalId": "5e5e"})
        found = [g.principal for g in access_of(small.build()).readers(SECRET) if g.principal.name == "5e5e"]
        assert [principal.kind for principal in found] == ["user"]

    def test_so_does_one_that_was_put_there_by_hand_after_deployment(self, small) -> None:
        small.grant("changed", "id-two", READ_SECRETS, VAULT_ID)
        small.set("changed", "principalId", "5e5e")
        small.resources["id-two"] = dataclasses.replace(small.resources["id-two"], outputs={"principalId": "2222"})
        assert readers(small) == {"id-one", "5e5e"}, "the state still says what the property was once made from"


class TestOwnLists:
    def test_a_vault_in_the_old_model_has_readers_of_its_own(self, small) -> None:
        small.props("vault")["properties"]["enableRbacAuthorization"] = False
        small.set("vault", "properties.accessPolicies", [{"objectId": "0b0b", "permissions": {"secrets": ["Get"]}}])
        assert "0b0b" in readers(small)

    def test_users_of_a_cache_and_administrators_of_a_database_are_listed(self, small) -> None:
        small.add("cache", "redisenterprise:RedisEnterprise", clusterName="cache", location="swedencentral")
        small.add(
            "user",
            "redisenterprise:AccessPolicyAssignment",
            {"user": ["id-one"]},
            clusterName="cache",
            user={"objectId": UNKNOWN},
        )
        topology = small.build()
        cache = topology.id_of(small.resources["cache"])
        answer = answers_about(access_of(topology), cache, "redisenterprise:RedisEnterprise")
        assert [grant.principal.name for grant in answer[0].grants] == ["id-one"]


class TestRoundabout:
    def test_who_changes_an_app_acts_as_its_identity(self, small) -> None:
        small.add("people", PEOPLE, displayName="People")
        small.grant("run", "people", CONTRIBUTOR, GROUP, "Group")
        topology = small.build()
        assert readers(small) == {"id-one"}, "a contributor reads no secret at the vault"
        assert [
            (row.grant.principal.name, row.through.name)
            for row in indirect_readers(topology, access_of(topology), SECRET)
        ] == [("People", "id-one")]

    def test_a_reader_of_configuration_does_not(self, small) -> None:
        small.add("people", PEOPLE, displayName="People")
        small.grant("look", "people", READER, GROUP, "Group")
        assert indirect_readers(small.build(), access_of(small.build()), SECRET) == []

    def test_slots_are_named_with_their_site(self, small) -> None:
        small.add("slot", "web:WebAppSlot", name="app-one", slot="staging")
        assert "app-one/staging" in sites_of(small.build())


def test_a_condition_is_told(small) -> None:
    small.set("grant-one", "condition", "@Resource[...]")
    assert [grant.conditional for grant in access_of(small.build()).readers(SECRET)] == [True]


def test_every_question_names_an_operation_of_azure() -> None:
    for questions in QUESTIONS.values():
        for question in questions:
            assert re.fullmatch(r"Microsoft\.[A-Za-z]+/[A-Za-z/]+", question.operation), question
