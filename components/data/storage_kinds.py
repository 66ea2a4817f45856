"""The storage accounts of an installation, each a choice of arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi

from components.context import Context
from components.data.storage import StorageAccountArgs
from components.data.storage_services import Lifecycle
from components.shared.diagnostics import Sink
from components.shared.endpoints import PrivateAccess


@dataclass(frozen=True, kw_only=True)
class AccountDefaults:
    """The arguments that the accounts of a region share."""

    context: Context
    resource_group_name: pulumi.Input[str]
    sku: str
    """See :class:`StorageAccountArgs`."""
    infrastructure_encryption: bool
    access: PrivateAccess
    sink: Sink

    def account(self, part: str) -> StorageAccountArgs:
        """Describe an account with nothing in it."""
        return StorageAccountArgs(
            context=self.context,
            resource_group_name=self.resource_group_name,
            part=part,
            sku=self.sku,
            infrastructure_encryption=self.infrastructure_encryption,
            access=self.access,
            sink=self.sink,
        )


def data_account(
    defaults: AccountDefaults, *, containers: Sequence[str], lifecycle: Lifecycle | None = None
) -> StorageAccountArgs:
    """Describe the account of the applications' blobs, reached with Entra tokens only."""
    return replace(defaults.account("data"), containers=tuple(containers), lifecycle=lifecycle or Lifecycle())


def files_account(defaults: AccountDefaults, *, shares: Mapping[str, int], part: str = "files") -> StorageAccountArgs:
    """Describe an account of SMB shares, one an application, that App Service mounts.

    ``shares`` maps a share to its quota in GiB. The key of the account opens all of them and is in the environment of
    every application that mounts one: an application that runs its users' code has an account of its own.

    App Service mounts with the account key and in no other way (Microsoft Learn, "Mount Azure Storage as a local
    share"), so keys are on here, bounded by an expiry policy, and this account holds nothing but such shares.
    """
    return replace(defaults.account(part), shares=dict(shares), shared_key=True)


def audit_account(defaults: AccountDefaults, *, immutable_days: int | None, delete_days: int) -> StorageAccountArgs:
    """Describe the account of logs: unchangeable for ``immutable_days``, deleted by Azure after ``delete_days``.

    Raises ``ValueError`` when they would be deleted while they are still immutable.
    """
    if immutable_days is not None and delete_days < immutable_days:
        raise ValueError(
            f"audit logs cannot be deleted after {delete_days} days while they are immutable for {immutable_days}"
        )
    return replace(
        defaults.account("audit"),
        trusted_services=True,
        immutable_days=immutable_days,
        lifecycle=Lifecycle(delete_days=delete_days, versions_days=delete_days),
    )


def flows_account(defaults: AccountDefaults, *, delete_days: int) -> StorageAccountArgs:
    """Describe the account of flow logs, which Azure deletes after ``delete_days``.

    An account of their own, because the watcher writes the blob of an hour anew about every minute: versions of it, or
    blobs that cannot be changed, would be paid for sixty times.
    """
    return replace(
        defaults.account("flows"),
        trusted_services=True,
        lifecycle=Lifecycle(delete_days=delete_days, versions_days=None),
    )
