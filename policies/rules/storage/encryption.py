"""Storage accounts: encryption in transit and at rest."""

from __future__ import annotations

from collections.abc import Iterable

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.shared import expect, implies, restricted, set_inputs, split_list
from resources.model import Resource
from resources.values import Trilean, Value, all_of, at_least, equals, every, get, one_of, present

ACCOUNT = ("storage:StorageAccount",)


def https_only(resource: Resource, _context: Context) -> Outcome:
    """ST-01: HTTPS is required, explicitly."""
    return expect(resource, "enableHttpsTrafficOnly", "HTTPS is not required explicitly", to_be=True)


def tls_floor(resource: Resource, _context: Context) -> Outcome:
    """ST-02: TLS older than 1.2 is refused."""
    return expect(resource, "minimumTlsVersion", "TLS older than 1.2 is not refused", to_be=("TLS1_2", "TLS1_3"))


def double_encryption(resource: Resource, _context: Context) -> Outcome:
    """ST-10: the hardware encrypts a second time."""
    path = "encryption.requireInfrastructureEncryption"
    return expect(resource, path, "there is no second layer of encryption", to_be=True)


def customer_key(resource: Resource, context: Context) -> list[Outcome] | Outcome:
    """ST-11: restricted data is encrypted with a key of our Key Vault."""
    sensitive = restricted(resource, context)
    if sensitive is False:
        return skip("not classified as restricted or health data")
    source, vault = "encryption.keySource", "encryption.keyVaultProperties"
    keyed = equals(get(resource, source), "Microsoft.Keyvault")
    return [
        ok(implies(sensitive, keyed), "restricted data is encrypted with Microsoft's key only", source),
        *(
            ok(implies(sensitive, present(get(resource, f"{vault}.{name}"))), reason, f"{vault}.{name}")
            for name, reason in (("keyName", "no key is named"), ("keyVaultUri", "no vault is named"))
        ),
    ]


def _only(value: Value, allowed: Iterable[str]) -> Trilean:
    return all_of(present(value), every(split_list(value, ";"), lambda item: one_of(item, allowed)))


def safe_shares(resource: Resource, context: Context) -> list[Outcome]:
    """ST-15: shares are mounted with SMB 3.1.1 and AES-GCM only, and deleted ones can be restored."""
    versions, ciphers = "protocolSettings.smb.versions", "protocolSettings.smb.channelEncryption"
    enabled, kept = "shareDeleteRetentionPolicy.enabled", "shareDeleteRetentionPolicy.days"
    days = context.parameters.blob_retention_days
    strong = _only(get(resource, ciphers), ("AES-128-GCM", "AES-256-GCM"))
    return [
        ok(_only(get(resource, versions), ("SMB3.1.1",)), "SMB older than 3.1.1 is not ruled out", versions),
        ok(strong, "ciphers weaker than AES-GCM are not ruled out", ciphers),
        expect(resource, enabled, "a deleted share is lost at once", to_be=True),
        ok(at_least(get(resource, kept), days), f"a deleted share can be restored for fewer than {days} days", kept),
    ]


RULES: tuple[Rule, ...] = (
    Rule(
        id="ST-01",
        title="HTTPS only, set explicitly",
        types=ACCOUNT,
        property="enableHttpsTrafficOnly",
        severity="C",
        scope="R",
        profile="P1",
        iso=(
            direct("A.5.14", "Data to and from the account crosses the network only encrypted."),
            supporting("A.8.24", "Requires encryption in transit; the protocol version is another rule's subject."),
        ),
        hipaa=(direct("164.312(e)(1)", "Nobody in between can read or change health data in transmission."),),
        gdpr=(direct("Art. 32(1)(a)", "Personal data is encrypted on its way to and from the account."),),
        what="The account refuses requests over plain HTTP, and the program says so instead of relying on a default.",
        why="A request over HTTP exposes its content, and a shared access signature in its URL, to everyone in "
        "between. The default has changed between API versions, so only an explicit value can be relied on.",
        remediation="Set `enable_https_traffic_only=True`.",
        azure_default="On since API version 2019-04-01, off before.",
        bad='storage.StorageAccount("data", kind="StorageV2", enable_https_traffic_only=False)',
        good='storage.StorageAccount("data", kind="StorageV2", enable_https_traffic_only=True)',
        check=https_only,
        remediate=set_inputs({"enableHttpsTrafficOnly": True}),
    ),
    Rule(
        id="ST-02",
        title="TLS 1.2 or newer",
        types=ACCOUNT,
        property="minimumTlsVersion",
        severity="H",
        scope="R",
        profile="P1",
        iso=(
            supporting("A.5.14", "Transfers use a protocol version that is not broken."),
            direct("A.8.24", "Sets the minimum version of the cryptographic protocol."),
        ),
        hipaa=(
            direct("164.312(e)(2)(ii)", "Encryption in transmission is only as good as the weakest version allowed."),
        ),
        gdpr=(direct("Art. 32(1)(a)", "State-of-the-art encryption excludes TLS 1.0 and 1.1."),),
        what="Clients must speak TLS 1.2 or newer.",
        why="TLS 1.0 and 1.1 have known weaknesses and are deprecated (RFC 8996); as long as the account accepts them, "
        "an attacker in between can force a client down to them.",
        remediation='Set `minimum_tls_version="TLS1_2"`.',
        azure_default="TLS 1.0 where the property is not set.",
        bad='storage.StorageAccount("data", kind="StorageV2", minimum_tls_version="TLS1_0")',
        good='storage.StorageAccount("data", kind="StorageV2", minimum_tls_version="TLS1_2")',
        check=tls_floor,
        remediate=set_inputs({"minimumTlsVersion": "TLS1_2"}),
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
        "chosen when the account is created.",
        remediation="Set `encryption.require_infrastructure_encryption=True`. An existing account has to be replaced.",
        azure_default="Off; fixed when the account is created.",
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
            direct("Art. 32(1)(a)", "Special categories of data are encrypted under the controller's own key."),
            supporting("Art. 34(3)(a)", "Data whose key is withdrawn is unintelligible to anyone who has taken it."),
        ),
        what="An account tagged `data-classification: restricted` or `phi` is encrypted with a key of our Key Vault.",
        why="Only with a customer-managed key can access be cut off at once, for everyone including the cloud "
        "provider.",
        remediation='Set `encryption.key_source="Microsoft.Keyvault"` with `key_vault_properties` and a user-assigned '
        "identity that may use the key.",
        azure_default="Microsoft's key.",
        bad='storage.EncryptionArgs(key_source="Microsoft.Storage")',
        good='storage.EncryptionArgs(key_source="Microsoft.Keyvault", '
        'key_vault_properties=storage.KeyVaultPropertiesArgs(key_name="storage", key_vault_uri=vault_uri))',
        check=customer_key,
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
            direct("A.8.13", "A share that was deleted by mistake can be restored."),
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
