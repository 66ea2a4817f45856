"""How the services inside a storage account are set: blobs, files, life cycle, encryption, immutability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from pulumi_azure_native import storage

SMB_CIPHERS = ("AES-128-GCM", "AES-256-GCM")
"""The two strong channel ciphers. App Service cannot mount a share that allows AES-256-GCM alone: its Linux client
picks AES-128-GCM first and is then refused (MicrosoftDocs/azure-docs pull request 124158, azurefile-csi-driver issue
2833). AES-128-CCM is left out."""

PREFIXES = 10
"""Most prefixes of one rule (Microsoft Learn, "Azure Blob Storage lifecycle management policy structure")."""


@dataclass(frozen=True, kw_only=True)
class Lifecycle:
    """When Azure deletes blobs by itself."""

    delete_days: int | None = None
    """Days after the last change until a blob is deleted; None keeps it."""
    prefixes: Sequence[str] = ()
    """CONTAINER/PATH of the blobs that are deleted; empty means all. Old versions are bounded everywhere."""
    versions_days: int | None = 90
    """Days until a version that is no longer current is deleted: without a bound, versioning never gives space back.
    None: no versions are made, and what is overwritten or deleted is gone at once."""


class BlobService(TypedDict):
    """Keyword arguments of ``storage.BlobServiceProperties`` that do not name it."""

    is_versioning_enabled: bool
    change_feed: storage.ChangeFeedArgs
    delete_retention_policy: storage.DeleteRetentionPolicyArgs
    container_delete_retention_policy: storage.DeleteRetentionPolicyArgs


class FileService(TypedDict):
    """Keyword arguments of ``storage.FileServiceProperties`` that do not name it."""

    protocol_settings: storage.ProtocolSettingsArgs
    share_delete_retention_policy: storage.DeleteRetentionPolicyArgs


def blob_service(soft_delete_days: int, *, history: bool) -> BlobService:
    """Turn on soft delete of containers for ``soft_delete_days``; with ``history`` also of blobs, and versions.

    Without versions, soft delete of blobs keeps what is overwritten too (Microsoft Learn, "Soft delete for blobs"), so
    both are on or off together.
    """
    kept = storage.DeleteRetentionPolicyArgs(enabled=True, days=soft_delete_days)
    return BlobService(
        is_versioning_enabled=history,
        change_feed=storage.ChangeFeedArgs(enabled=history),
        delete_retention_policy=kept if history else storage.DeleteRetentionPolicyArgs(enabled=False),
        container_delete_retention_policy=kept,
    )


def file_service(soft_delete_days: int) -> FileService:
    """SMB 3.1.1 with strong ciphers; mounts with an account key sign in with NTLMv2, the one method that knows keys."""
    return FileService(
        protocol_settings=storage.ProtocolSettingsArgs(
            smb=storage.SmbSettingArgs(
                versions="SMB3.1.1",
                authentication_methods="NTLMv2",
                channel_encryption=";".join(SMB_CIPHERS),
            )
        ),
        share_delete_retention_policy=storage.DeleteRetentionPolicyArgs(enabled=True, days=soft_delete_days),
    )


def encryption(*, infrastructure: bool) -> storage.EncryptionArgs:
    """Microsoft's keys for blobs and files; ``infrastructure`` adds a second layer below."""
    service = storage.EncryptionServiceArgs(enabled=True, key_type="Account")
    return storage.EncryptionArgs(
        key_source="Microsoft.Storage",
        require_infrastructure_encryption=infrastructure,
        services=storage.EncryptionServicesArgs(blob=service, file=service),
    )


def immutability(days: int | None) -> storage.ImmutableStorageAccountArgs | None:
    """Build the retention that every container inherits, also those that Azure Monitor creates by itself.

    Unlocked: whoever may write the data can shorten the period of a blob and then delete it. Locking cannot be undone
    and is a person's decision. Locked or not, Azure refuses to delete the account while a container in it holds a blob
    (Microsoft Learn, "Version-level WORM policies for immutable blob data", deletion). Appending stays allowed, because
    Azure Monitor writes its exports as append blobs ("Log Analytics data export rules": account scope, protected append
    writes).
    """
    if days is None:
        return None
    return storage.ImmutableStorageAccountArgs(
        enabled=True,
        immutability_policy=storage.AccountImmutabilityPolicyPropertiesArgs(
            immutability_period_since_creation_in_days=days,
            allow_protected_append_writes=True,
            state="Unlocked",
        ),
    )


def management_policy(lifecycle: Lifecycle) -> storage.ManagementPolicySchemaArgs:
    """Build the rule for all blobs, and a second one where only some of them are deleted.

    It deletes and never tiers: append blobs, which logs are, cannot be moved to a cooler tier.
    """
    delete = None
    if lifecycle.delete_days is not None:
        after = storage.DateAfterModificationArgs(days_after_modification_greater_than=lifecycle.delete_days)
        delete = storage.ManagementPolicyBaseBlobArgs(delete=after)
    old = None
    if lifecycle.versions_days is not None:
        old = storage.DateAfterCreationArgs(days_after_creation_greater_than=lifecycle.versions_days)
    everything = storage.ManagementPolicyActionArgs(
        base_blob=None if lifecycle.prefixes else delete,
        snapshot=storage.ManagementPolicySnapShotArgs(delete=old) if old else None,
        version=storage.ManagementPolicyVersionArgs(delete=old) if old else None,
    )
    rules = [_rule("retention", everything)]
    if delete is not None and lifecycle.prefixes:
        some = storage.ManagementPolicyActionArgs(base_blob=delete)
        # Azure takes up to ten prefixes a rule.
        starts = range(0, len(lifecycle.prefixes), PREFIXES)
        parts = [list(lifecycle.prefixes[start : start + PREFIXES]) for start in starts]
        rules += [_rule(f"old-{number}", some, part) for number, part in enumerate(parts, 1)]
    return storage.ManagementPolicySchemaArgs(rules=rules)


def _rule(
    name: str, actions: storage.ManagementPolicyActionArgs, prefixes: Sequence[str] | None = None
) -> storage.ManagementPolicyRuleArgs:
    filters = storage.ManagementPolicyFilterArgs(
        blob_types=["blockBlob", "appendBlob"], prefix_match=list(prefixes) if prefixes else None
    )
    return storage.ManagementPolicyRuleArgs(
        name=name,
        enabled=True,
        type="Lifecycle",
        definition=storage.ManagementPolicyDefinitionArgs(actions=actions, filters=filters),
    )
