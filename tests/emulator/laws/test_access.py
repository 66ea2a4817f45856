"""Vaults, role assignments, locks, names that are taken, and identities."""

from __future__ import annotations

import pytest

from emulator.world import ObjectView

from .cases import Case, decide
from .memory import GONE, Memory, ask, changed, codes
from .valid import PRINCIPAL, SECRETS_USER, VALID, VAULT, world

KV, ROLE, LOCK = "keyvault:Vault", "authorization:RoleAssignment", "authorization:ManagementLockByScope"
CREDENTIAL = "managedidentity:FederatedIdentityCredential"
OTHER = "99999999-9999-4999-8999-999999999999"


def definition(guid: str) -> str:
    return VALID[ROLE]["roleDefinitionId"].replace(SECRETS_USER, guid)


CASES = {
    "purge protection set to false": Case(KV, {"properties.enablePurgeProtection": False}, "BadRequest"),
    "purge protection left out": Case(KV, {"properties.enablePurgeProtection": GONE}),
    "purge protection taken away": Case(KV, {"properties.enablePurgeProtection": GONE}, "BadRequest", olds={}),
    "purge protection added": Case(KV, {}, olds={"properties.enablePurgeProtection": GONE}),
    "soft delete switched off": Case(KV, {"properties.enableSoftDelete": False}, "BadRequest"),
    "deleted secrets kept 6 days": Case(KV, {"properties.softDeleteRetentionInDays": 6}, "BadRequest"),
    "deleted secrets kept 7 days": Case(KV, {"properties.softDeleteRetentionInDays": 7}),
    "another retention later": Case(KV, {"properties.softDeleteRetentionInDays": 30}, "BadRequest", olds={}),
    "the default retention written out later": Case(KV, {}, olds={"properties.softDeleteRetentionInDays": GONE}),
    "neither RBAC nor access policies": Case(KV, {"properties.enableRbacAuthorization": GONE}, "BadRequest"),
    "access policies": Case(KV, {"properties.enableRbacAuthorization": False, "properties.accessPolicies": []}),
    "a private address rule": Case(
        KV, {"properties.networkAcls": {"ipRules": [{"value": "10.0.0.4"}]}}, "InvalidIPAddressRange"
    ),
    "a secret without a value": Case("keyvault:Secret", {"properties.value": GONE}, "BadParameter"),
    "a secret of 26 kB": Case("keyvault:Secret", {"properties.value": "x" * 26_000}, "BadParameter"),
    "a key of a kind that does not exist": Case("keyvault:Key", {"properties.kty": "DSA"}, "BadParameter"),
    "a key of 1024 bits": Case("keyvault:Key", {"properties.keySize": 1024}, "BadParameter"),
    "a key on a curve": Case("keyvault:Key", {"properties.kty": "EC", "properties.curveName": "P-256"}),
    "a key on an unknown curve": Case(
        "keyvault:Key", {"properties.kty": "EC", "properties.curveName": "P-192"}, "BadParameter"
    ),
    "key versions of 27 days": Case(
        "keyvault:Key", {"properties.rotationPolicy.attributes.expiryTime": "P27D"}, "BadParameter"
    ),
    "key versions of a year": Case("keyvault:Key", {"properties.rotationPolicy.attributes.expiryTime": "P1Y"}),
    "renewal before an end that does not come": Case(
        "keyvault:Key", {"properties.rotationPolicy.attributes": GONE}, "BadParameter"
    ),
    "a principal that is a name": Case(ROLE, {"principalId": "miso"}, "InvalidPrincipalId"),
    "a role by name": Case(ROLE, {"roleDefinitionId": "Key Vault Secrets User"}, "InvalidRoleDefinitionId"),
    "a role that does not exist": Case(ROLE, {"roleDefinitionId": definition(OTHER)}, "RoleDefinitionDoesNotExist"),
    "another built-in role": Case(ROLE, {"roleDefinitionId": definition("7f951dda-4ed3-4680-a7ca-43fe172d538d")}),
    "a condition without a version": Case(ROLE, {"condition": "true"}, "InvalidConditionVersion"),
    "a lock of an unknown level": Case(LOCK, {"level": "NoDelete"}, "InvalidLockLevel"),
    "a credential for two audiences": Case(CREDENTIAL, {"audiences": ["a", "b"]}, "InvalidFederatedCredential"),
    "a credential of an issuer without TLS": Case(CREDENTIAL, {"issuer": "http://one"}, "InvalidFederatedCredential"),
    "an app with an identity that is not there": Case(
        "storage:StorageAccount",
        {"identity": {"type": "UserAssigned", "userAssignedIdentities": [VAULT.replace("vaults/kv-one", "vaults/x")]}},
        "InvalidResourceReference",
    ),
    "a region that does not exist": Case(KV, {"location": "westeuropa"}, "LocationNotAvailableForResourceType"),
    "a region by its display name": Case(KV, {"location": "Sweden Central"}),
    "a vault everywhere": Case(KV, {"location": "global"}, "LocationNotAvailableForResourceType"),
    "fifty-one tags": Case(KV, {"tags": {f"t{n}": "x" for n in range(51)}}, "InvalidTagCount"),
    "a tag with a slash": Case(KV, {"tags": {"a/b": "x"}}, "InvalidTagNameCharacters"),
    "a long tag": Case(KV, {"tags": {"a": "x" * 257}}, "TagValueTooLong"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_azure_decides_on(case: Case) -> None:
    there = world(case.kind) if case.olds is None else world()
    if case.code == "InvalidRoleDefinitionId":
        texts = ask(there, case.kind, changed(VALID[case.kind], case.changes))
        assert "InvalidRoleDefinitionId" in codes(texts), texts
        return
    decide(case, there)


GLOBAL = {
    KV: "VaultAlreadyExists",
    "storage:StorageAccount": "StorageAccountAlreadyTaken",
    "containerregistry:Registry": "AlreadyInUse",
    "dbforpostgresql:Server": "ServerNameAlreadyExists",
    "web:WebApp": "WebsiteAlreadyExists",
}


@pytest.mark.parametrize("kind", GLOBAL)
def test_a_name_is_taken_across_subscriptions(kind: str) -> None:
    there = world(kind)
    there.add(kind, VALID[kind], subscription=OTHER)
    assert codes(ask(there, kind, VALID[kind])) == {GLOBAL[kind]}, "somebody else in the world has the name"


def test_a_cache_name_is_taken_in_its_region_only() -> None:
    kind = "redisenterprise:RedisEnterprise"
    there = world(kind)
    there.add(kind, VALID[kind], subscription=OTHER)
    assert codes(ask(there, kind, VALID[kind])) == {"NameNotAvailable"}
    assert not ask(there, kind, changed(VALID[kind], {"location": "northeurope"}))


def test_the_same_grant_twice_is_refused_under_another_name() -> None:
    second = {"roleAssignmentName": OTHER}
    decide(Case(ROLE, second, "RoleAssignmentExists"), world())
    decide(Case(ROLE, {**second, "principalId": OTHER}), world())
    decide(Case(ROLE, {**second, "scope": VAULT.rsplit("/providers/", 1)[0]}), world())


def test_a_role_that_the_program_defines_exists() -> None:
    there = world(ROLE)
    there.add("authorization:RoleDefinition", {"scope": VALID[ROLE]["scope"], "roleDefinitionId": OTHER})
    decide(Case(ROLE, {"roleDefinitionId": definition(OTHER)}), there)


def test_a_lock_forbids_deletes_below_it_until_it_is_lifted() -> None:
    there, diagnostics, group = world(), "monitor:DiagnosticSetting", "monitor:ActionGroup"
    there.add(LOCK, VALID[LOCK])
    for kind in (KV, ROLE, diagnostics):
        texts = ask(there, kind, VALID[kind], olds=VALID[kind], operation="delete")
        assert codes(texts) == {"ScopeLocked"}, f"{kind} is the vault, or an extension of it"
    assert not ask(there, KV, VALID[KV], olds=VALID[KV]), "CanNotDelete lets updates through"
    assert not ask(there, group, VALID[group], olds=VALID[group], operation="delete"), "nothing beside it is locked"
    assert not ask(there, LOCK, VALID[LOCK], olds=VALID[LOCK], operation="delete"), "the lock itself may go"


def test_a_lock_holds_up_the_delete_of_everything_around_it() -> None:
    there, group = world(), "resources:ResourceGroup"
    assert not ask(there, group, VALID[group], olds=VALID[group], operation="delete"), "without a lock it may go"
    there.add(LOCK, VALID[LOCK])
    texts = ask(there, group, VALID[group], olds=VALID[group], operation="delete")
    assert codes(texts) == {"ScopeLocked"}, "a resource group goes with all that is inside, or not at all"
    assert "lock-one" in texts[0], "whoever is refused must find the lock"
    assert "kv-one" in texts[0], "and the object that it is on"
    assert not ask(there, group, VALID[group], olds=VALID[group]), "what is inside does not lock updates of the group"


def test_a_lock_does_not_reach_what_the_vault_itself_deletes() -> None:
    there, kind = world(), "keyvault:Secret"
    there.add(LOCK, VALID[LOCK])
    assert not ask(there, kind, VALID[kind], olds=VALID[kind], operation="delete"), "locks hold in the control plane"


def test_a_read_only_lock_forbids_every_change() -> None:
    there = world("keyvault:Secret")
    there.add(LOCK, changed(VALID[LOCK], {"level": "ReadOnly"}))
    decide(Case("keyvault:Secret", {}, "ScopeLocked"), there)


def test_a_lock_on_one_vault_does_not_hold_for_another_whose_name_begins_alike() -> None:
    there = world()
    there.add(LOCK, VALID[LOCK])
    other = changed(VALID[KV], {"vaultName": "kv-one-more"})
    there.add(KV, other)
    assert not ask(there, KV, other, olds=other, operation="delete")


def test_one_identity_trusts_a_subject_once() -> None:
    again = {"federatedIdentityCredentialResourceName": "again"}
    decide(Case(CREDENTIAL, again, "FederatedCredentialExists"), world())
    decide(Case(CREDENTIAL, {**again, "subject": "repo:one/two:environment:prod"}), world())


def test_the_value_of_a_secret_is_never_repeated() -> None:
    texts = ask(
        world("keyvault:Secret"),
        "keyvault:Secret",
        changed(VALID["keyvault:Secret"], {"properties.value": "hush" * 9000}),
    )
    assert codes(texts) == {"BadParameter"}
    assert "hush" not in "".join(texts)


def test_principals_are_compared_without_regard_to_case() -> None:
    decide(Case(ROLE, {"roleAssignmentName": OTHER, "principalId": PRINCIPAL.upper()}, "RoleAssignmentExists"), world())


def entra(kind: str) -> Memory:
    """A world whose directory has one object, OTHER."""
    there = world(ROLE)
    arm_type = f"Microsoft.Graph/{kind}"
    there.items.append(ObjectView(id=OTHER, token="", arm_type=arm_type, inputs={}, outputs={"objectId": OTHER}))
    return there


def system_assigned() -> Memory:
    """A world with a site whose own identity is OTHER."""
    there = world(ROLE)
    site = f"{VAULT.rsplit('/providers/', 1)[0]}/providers/Microsoft.Web/sites/app-one"
    outputs = {"identity": {"type": "SystemAssigned", "principalId": OTHER}}
    there.items.append(ObjectView(id=site, token="", arm_type="Microsoft.Web/sites", inputs={}, outputs=outputs))
    return there


@pytest.mark.parametrize(
    ("there", "stated", "code"),
    [
        (entra("groups"), "Group", None),
        (entra("groups"), "User", "UnmatchedPrincipalType"),
        (entra("users"), "ServicePrincipal", "UnmatchedPrincipalType"),
        (entra("servicePrincipals"), GONE, None),
        (system_assigned(), "ServicePrincipal", None),
        (system_assigned(), "User", "UnmatchedPrincipalType"),
        (world(ROLE), "Group", None),
        (world(ROLE), GONE, "PrincipalNotFound"),
    ],
    ids=["a group", "a group as user", "a user as application", "found without a type", "a site's own identity",
         "a site's own identity as user", "one that only the tenant knows", "nobody"],
)  # fmt: skip
def test_the_directory_is_asked_who_a_principal_is(there: Memory, stated: object, code: str | None) -> None:
    decide(Case(ROLE, {"principalId": OTHER.upper(), "principalType": stated}, code), there)


def test_the_identity_of_an_application_is_no_user() -> None:
    there = world(ROLE)
    identity = next(one for one in there.items if one.arm_type.endswith("/userAssignedIdentities"))
    of_identity = {"principalId": identity.outputs["principalId"]}
    decide(Case(ROLE, of_identity), there)
    decide(Case(ROLE, {**of_identity, "principalType": "User"}, "UnmatchedPrincipalType"), there)
