"""Storage accounts: what becomes of the data. Copies, encryption, redundancy, file shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.data_shared import classified, given, words
from resources.model import Resource
from resources.values import Trilean, Value, all_of, at_least, equals, every, get, matches, negate, one_of, present

ACCOUNT = ("storage:StorageAccount",)

PAIR_ABROAD = frozenset({"brazilsouth"})
"""Regions whose pair lies in another geography (Microsoft Learn, "Azure region pairs"): a geo-redundant copy would
leave it."""


def copies_stay(resource: Resource, _context: Context) -> list[Outcome]:
    """ST-09."""
    return [
        ok(
            equals(get(resource, "allowCrossTenantReplication"), expected=False),
            "replication into another tenant is not ruled out",
            "allowCrossTenantReplication",
        ),
        ok(
            one_of(get(resource, "allowedCopyScope"), ("AAD", "PrivateLink")),
            "blobs may be copied from and to accounts of any tenant",
            "allowedCopyScope",
        ),
    ]


def fix_copies_stay(resource: Resource, _context: Context) -> Mapping[str, Any]:
    """ST-09. A scope that is narrow already stays as it is."""
    narrow = one_of(get(resource, "allowedCopyScope"), ("AAD", "PrivateLink"))
    return {"allowCrossTenantReplication": False} | ({} if narrow else {"allowedCopyScope": "AAD"})


def double_encryption(resource: Resource, _context: Context) -> Outcome:
    """ST-10."""
    path = "encryption.requireInfrastructureEncryption"
    return ok(equals(get(resource, path), expected=True), "there is no second layer of encryption", path)


def customer_key(resource: Resource, context: Context) -> list[Outcome] | Outcome:
    """ST-11."""
    restricted = classified(resource, context.parameters.restricted_classifications)
    if restricted is False:
        return skip("not classified as restricted or health data")
    return [
        ok(
            given(restricted, equals(get(resource, "encryption.keySource"), "Microsoft.Keyvault")),
            "restricted data is encrypted with Microsoft's key only",
            "encryption.keySource",
        ),
        ok(
            given(restricted, present(get(resource, "encryption.keyVaultProperties.keyName"))),
            "no key of a vault is named",
            "encryption.keyVaultProperties.keyName",
        ),
        ok(
            given(restricted, present(get(resource, "encryption.keyVaultProperties.keyVaultUri"))),
            "no vault is named",
            "encryption.keyVaultProperties.keyVaultUri",
        ),
    ]


def _place(value: Value) -> str:
    return str(value).replace(" ", "").lower()


def redundant(resource: Resource, _context: Context) -> list[Outcome]:
    """ST-13."""
    sku = get(resource, "sku.name")
    across = matches(sku, lambda name: not str(name).upper().endswith("LRS"))
    abroad = all_of(
        matches(sku, lambda name: str(name).upper().endswith(("GRS", "GZRS"))),
        matches(get(resource, "location"), lambda place: _place(place) in PAIR_ABROAD),
    )
    return [
        ok(across, "all copies lie in one data centre", "sku.name"),
        ok(negate(abroad), "the copy in the paired region lies in another geography", "location"),
    ]


def _only(value: Value, separator: str, allowed: Iterable[str]) -> Trilean:
    return all_of(present(value), every(words(value, separator), lambda word: one_of(word, allowed)))


def safe_shares(resource: Resource, context: Context) -> list[Outcome]:
    """ST-15."""
    smb, kept = "protocolSettings.smb", "shareDeleteRetentionPolicy"
    days = context.parameters.blob_retention_days
    return [
        ok(
            _only(get(resource, f"{smb}.versions"), ";", ("SMB3.1.1",)),
            "SMB older than 3.1.1 is not ruled out",
            f"{smb}.versions",
        ),
        ok(
            _only(get(resource, f"{smb}.channelEncryption"), ";", ("AES-128-GCM", "AES-256-GCM")),
            "weaker ciphers than AES-GCM are not ruled out",
            f"{smb}.channelEncryption",
        ),
        ok(
            equals(get(resource, f"{kept}.enabled"), expected=True),
            "a deleted share is gone at once",
            f"{kept}.enabled",
        ),
        ok(
            at_least(get(resource, f"{kept}.days"), days),
            f"a deleted share can be restored for fewer than {days} days",
            f"{kept}.days",
        ),
    ]


RULES: tuple[Rule, ...] = (
    Rule(
        id="ST-09",
        title="No cross-tenant replication; copy scope limited",
        types=ACCOUNT,
        property="allowCrossTenantReplication, allowedCopyScope",
        severity="M",
        scope="R",
        profile="P2",
        iso=(direct("A.8.12", "Closes two ways in which whole containers leave for somebody else's tenant."),),
        hipaa=(supporting("164.312(c)(1)", "Data cannot be overwritten by copies from accounts of strangers."),),
        gdpr=(
            direct("Art. 32(2)", "Counters unauthorised disclosure by those who may configure the account."),
            supporting("Art. 44", "A copy in a foreign tenant may be a transfer that nobody has assessed."),
        ),
        what="Object replication stays inside the tenant, and so does the copying of blobs.",
        why="Whoever may configure the account could otherwise have Azure itself carry the data away, past every "
        "firewall.",
        remediation='Set `allow_cross_tenant_replication=False` and `allowed_copy_scope="AAD"`.',
        azure_default="Replication: on for accounts made before December 2023. Copies: from and to anywhere.",
        bad='storage.StorageAccount("data", kind="StorageV2", allow_cross_tenant_replication=True)',
        good='storage.StorageAccount("data", kind="StorageV2", allow_cross_tenant_replication=False, '
        'allowed_copy_scope="AAD")',
        check=copies_stay,
        remediate=fix_copies_stay,
    ),
    Rule(
        id="ST-10",
        title="Double encryption",
        types=ACCOUNT,
        property="encryption.requireInfrastructureEncryption",
        severity="M",
        scope="R",
        profile="P3",
        iso=(direct("A.8.24", "Two layers with independent keys and algorithms."),),
        hipaa=(direct("164.312(a)(2)(iv)", "Encryption at rest that survives the failure of one layer."),),
        gdpr=(direct("Art. 32(1)(a)", "Encryption of stored personal data."),),
        what="The storage hardware encrypts a second time below the service.",
        why="One layer may fail: a leaked key, a broken implementation. The second costs nothing, but can only be "
        "chosen when the account is made.",
        remediation="Set `encryption.require_infrastructure_encryption=True`. An existing account has to be replaced.",
        azure_default="Off; fixed when the account is made.",
        bad='storage.EncryptionArgs(key_source="Microsoft.Storage")',
        good='storage.EncryptionArgs(key_source="Microsoft.Storage", require_infrastructure_encryption=True)',
        check=double_encryption,
    ),
    Rule(
        id="ST-11",
        title="CMK when classification is restricted/phi",
        types=ACCOUNT,
        property="encryption.keySource, keyVaultProperties",
        severity="H",
        scope="R",
        profile="P3",
        iso=(direct("A.8.24", "The owner of the data manages the key and can withdraw it."),),
        hipaa=(direct("164.312(a)(2)(iv)", "The covered entity controls the key that encrypts health data."),),
        gdpr=(
            direct("Art. 32(1)(a)", "Encryption of special categories of data under the controller's own key."),
            supporting("Art. 34(3)(a)", "Data whose key is withdrawn is unintelligible to whoever has taken it."),
        ),
        what="An account tagged `data-classification: restricted` or `phi` is encrypted with a key of our Key Vault.",
        why="Only with an own key can access be cut off at once, for everybody, the cloud provider included.",
        remediation='Set `encryption.key_source="Microsoft.Keyvault"` with `key_vault_properties` and a user-assigned '
        "identity that may use the key.",
        azure_default="Microsoft's key.",
        bad='storage.EncryptionArgs(key_source="Microsoft.Storage")',
        good='storage.EncryptionArgs(key_source="Microsoft.Keyvault", key_vault_properties='
        'storage.KeyVaultPropertiesArgs(key_name="storage", key_vault_uri=vault_uri))',
        check=customer_key,
    ),
    Rule(
        id="ST-13",
        title="Zone or in-region geo replication",
        types=ACCOUNT,
        property="sku.name",
        severity="M",
        scope="R",
        profile="P3",
        iso=(
            direct("A.8.14", "The data is there when one data centre is not."),
            supporting("A.5.30", "Applications can go on, or be built again, after the loss of a site."),
        ),
        hipaa=(supporting("164.308(a)(7)(ii)(B)", "Recovery finds the data where the disaster was not."),),
        gdpr=(
            direct("Art. 32(1)(b)", "Availability and resilience of the store."),
            supporting("Art. 44", "The second copy stays inside the geography that was chosen."),
        ),
        what="Copies lie in several zones, or in the paired region of the same geography.",
        why="Locally redundant storage is one fire away from being gone.",
        remediation="Choose a SKU with ZRS, GRS or GZRS. Between LRS and ZRS Azure converts on request.",
        azure_default="None: the SKU is required.",
        bad='storage.SkuArgs(name="Standard_LRS")',
        good='storage.SkuArgs(name="Standard_ZRS")',
        check=redundant,
    ),
    Rule(
        id="ST-15",
        title="SMB 3.1.1, strong cipher, share soft delete",
        types=("storage:FileServiceProperties",),
        property="protocolSettings.smb.*, shareDeleteRetentionPolicy",
        severity="M",
        scope="R",
        profile="P2",
        iso=(
            direct("A.8.24", "Only the protocol version and ciphers that are state of the art."),
            direct("A.8.13", "A share that was deleted by mistake can be had back."),
        ),
        hipaa=(direct("164.312(e)(2)(ii)", "Mounts are encrypted with authenticated ciphers."),),
        gdpr=(
            direct("Art. 32(1)(a)", "Files are encrypted on their way to the application."),
            direct("Art. 32(1)(c)", "Availability is restored after an accident."),
        ),
        what="Shares are mounted with SMB 3.1.1 and AES-GCM only, and a deleted share can be restored.",
        why="Older versions negotiate without integrity protection, and the loss of a share takes all its files.",
        remediation="Set `protocol_settings.smb` (versions, channel_encryption) and `share_delete_retention_policy`.",
        azure_default="SMB 2.1, 3.0 and 3.1.1 with every cipher; share soft delete for 7 days.",
        bad='storage.SmbSettingArgs(versions="SMB2.1;SMB3.0;SMB3.1.1", channel_encryption="AES-128-CCM")',
        good='storage.SmbSettingArgs(versions="SMB3.1.1", channel_encryption="AES-128-GCM;AES-256-GCM")',
        check=safe_shares,
    ),
)
