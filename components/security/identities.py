"""The identities of applications in Entra and their rights: one identity each, and a reason for every right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import authorization, managedidentity

from components.base import FabrixComponent
from components.context import Context
from components.shared.ids import arm_id
from components.shared.roles import Grant, grants


@dataclass(frozen=True, kw_only=True)
class IdentitiesArgs:
    """Inputs of :class:`Identities`."""

    context: Context
    resource_group_name: pulumi.Input[str]
    holders: Sequence[str]
    """Keys of applications, and of anything else that runs: an identity each, never shared."""


class Identities(FabrixComponent[IdentitiesArgs]):
    """One user-assigned identity for each application; no credential exists that could leak.

    User-assigned, because rights must be granted before the application exists, and survive its replacement.
    """

    identity_ids: dict[str, pulumi.Output[str]]
    """Key → ARM id, known in a preview."""
    client_ids: dict[str, pulumi.Output[str]]
    """Key → application id, by which code and the registry pull name the identity."""
    principal_ids: dict[str, pulumi.Output[str]]
    """Key → object id, to which roles are granted."""

    def build(self, name: str, args: IdentitiesArgs) -> None:
        """Create the identities."""
        self.identity_ids, self.client_ids, self.principal_ids = {}, {}, {}
        for key in args.holders:
            identity_name = args.context.names.of("identity", key)
            identity = managedidentity.UserAssignedIdentity(
                f"{name}-{key}",
                resource_name_=identity_name,
                resource_group_name=args.resource_group_name,
                location=args.context.location,
                tags=dict(args.context.tags),
                opts=self.child(),
            )
            path = f"Microsoft.ManagedIdentity/userAssignedIdentities/{identity_name}"
            self.identity_ids[key] = arm_id(args.context, args.resource_group_name, path, identity)
            self.client_ids[key] = identity.client_id
            self.principal_ids[key] = identity.principal_id


@dataclass(frozen=True, kw_only=True)
class AccessArgs:
    """Inputs of :class:`Access`."""

    context: Context
    principals: Mapping[str, pulumi.Input[str]]
    """Holder → object id."""
    table: Sequence[Grant]
    """Every right, one row each; rows are independent of their order."""
    principal_type: str = "ServicePrincipal"
    """``ServicePrincipal`` for identities, ``Group`` for groups; persons get no rights of their own."""


class Access(FabrixComponent[AccessArgs]):
    """A table of grants as role assignments."""

    assignments: list[authorization.RoleAssignment]
    """What must exist before the holders start work."""

    def build(self, name: str, args: AccessArgs) -> None:
        """Create the assignments."""
        self.assignments = grants(
            self,
            name,
            args.table,
            principals=args.principals,
            context=args.context,
            principal_type=args.principal_type,
        )
