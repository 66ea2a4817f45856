"""The administrative Entra groups of the platform, and what each may do in Azure.

Source: docs/reference/product.md, "Groups": names and permissions inside the product. The Azure roles are ours:
the least with which the people of a group can do that work here. No group gets Owner, and no person gets a right of
their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi
import pulumi_azuread as azuread

from components.base import FabrixComponent
from components.context import Context
from components.shared.roles import Grant
from settings.groups import Group

RESOURCE_GROUP, VAULT, WORKSPACE = "resource-group", "vault", "workspace"
"""Kinds of scope in :data:`GROUP_RIGHTS`."""


@dataclass(frozen=True, kw_only=True)
class GroupRight:
    """What one group may do, on one kind of scope."""

    group: str
    """Role value of the group, e.g. ``aifabrix-observer``."""
    role: str
    """Key of :data:`components.shared.roles.ROLES`."""
    on: str
    """Kind of scope."""
    reason: str


def _right(group: str, role: str, on: str, reason: str) -> GroupRight:
    return GroupRight(group=group, role=role, on=on, reason=reason)


GROUP_RIGHTS: tuple[GroupRight, ...] = (
    _right("aifabrix-platform-admin", "contributor", RESOURCE_GROUP, "Platform admins run every resource"),
    _right(
        "aifabrix-infrastructure-admin", "contributor", RESOURCE_GROUP, "They create, change and delete environments"
    ),
    _right("aifabrix-security-admin", "key-vault-administrator", VAULT, "Security admins supply and rotate secrets"),
    _right("aifabrix-security-admin", "reader", RESOURCE_GROUP, "Security admins review the configuration"),
    _right("aifabrix-security-admin", "log-analytics-reader", WORKSPACE, "Security admins read the audit log"),
    _right(
        "aifabrix-deployment-admin", "website-contributor", RESOURCE_GROUP, "They deploy applications and swap slots"
    ),
    _right("aifabrix-deployment-admin", "reader", RESOURCE_GROUP, "They see what an application depends on"),
    _right("aifabrix-compliance-admin", "reader", RESOURCE_GROUP, "Compliance reviews the configuration"),
    _right(
        "aifabrix-compliance-admin", "log-analytics-reader", WORKSPACE, "Compliance reads and exports the audit log"
    ),
    _right("aifabrix-developer", "reader", RESOURCE_GROUP, "Developers see where their applications run"),
    _right("aifabrix-developer", "log-analytics-reader", WORKSPACE, "Developers read the logs of their applications"),
    _right("aifabrix-observer", "reader", RESOURCE_GROUP, "Observers see health and deployments"),
)
"""Rights of groups. Deploying is the controller's and the pipeline's work, so developers change nothing in Azure."""


@dataclass(frozen=True, kw_only=True)
class GroupsArgs:
    """Inputs of :class:`Groups`."""

    context: Context
    groups: Sequence[Group]
    """Groups with the display names of the settings."""
    mode: Literal["create", "existing", "ids"]
    """Groups belong to the tenant: where several stacks share their names, one creates and the others look up."""
    object_ids: Mapping[str, str] = field(default_factory=dict)
    """Role value → object id, for ``ids``."""


class Groups(FabrixComponent[GroupsArgs]):
    """The groups, created, looked up, or named by object id. Members are the customer's and never touched."""

    object_ids: dict[str, pulumi.Output[str]]
    """Role value → object id."""

    def build(self, name: str, args: GroupsArgs) -> None:
        """Create the groups, find them by display name, or take their ids as they are.

        Creating and finding ask Microsoft Graph, for which a pipeline's identity needs app roles; ids need nothing.
        """
        object_id = {"create": self._create, "existing": self._look_up, "ids": self._listed}[args.mode]
        self.object_ids = {group.role: object_id(name, args, group) for group in args.groups}

    def _create(self, name: str, args: GroupsArgs, group: Group) -> pulumi.Output[str]:
        return azuread.Group(
            f"{name}-{group.role}",
            display_name=args.context.names.of("group", group.display_name),
            description=group.purpose,
            security_enabled=True,
            # Entra allows two groups of one name; a right given to the wrong one would go unnoticed.
            prevent_duplicate_names=True,
            # Deleting a group loses its members and everything else that the customer tied to it.
            opts=self.child(protect=args.context.protection.protect),
        ).object_id

    def _look_up(self, _name: str, _args: GroupsArgs, group: Group) -> pulumi.Output[str]:
        return azuread.get_group_output(
            display_name=group.display_name, security_enabled=True, opts=pulumi.InvokeOutputOptions(parent=self)
        ).object_id

    def _listed(self, _name: str, args: GroupsArgs, group: Group) -> pulumi.Output[str]:
        return pulumi.Output.from_input(args.object_ids[group.role])


def group_grants(scopes: Mapping[str, pulumi.Input[str]], rights: Iterable[GroupRight] = GROUP_RIGHTS) -> list[Grant]:
    """Grants of ``rights`` on ``scopes`` (kind of scope → ARM id), for :class:`components.security.identities.Access`.

    Raises ``KeyError`` for a kind of scope that ``scopes`` lacks: a right must not silently go missing.
    """
    return [
        Grant(holder=right.group, role=right.role, on=right.on, scope=scopes[right.on], reason=right.reason)
        for right in rights
    ]
