"""Who may do what with state, keys, ledgers and subscriptions: every right of a pipeline, one row each.

A stack's identity works on its own stack and reads the one before it, since a promotion examines its source
stack. It reads nothing of a later stack, and writes nothing of another one. No identity gets a right in Microsoft
Graph, which would be one on the whole tenant: pipelines need none with ``groups: {mode: ids}`` (docs/pipelines.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.shared.roles import ROLES, Grant
from settings.bootstrap import PLAN, PlatformStack

ADMINISTRATOR = "role-administrator"

OWN = (ADMINISTRATOR, "locks-contributor", "key-vault-crypto-user", "reader-and-data-access")
"""Roles that only the bootstrap gives: a pipeline can never pass them on, to itself or to others."""

DELEGABLE = tuple(sorted(role.id for key, role in ROLES.items() if key not in OWN))
"""Role definitions that a pipeline may assign: those that the platform's own grants need."""

STATE, LEDGER, OPERATIONS = "state", "ledger", "operations"
CONTAINERS = (STATE, LEDGER, OPERATIONS)
"""Kinds of containers; each stack has one of each, called KIND-STACK."""


WRITES, READS = "storage-blob-data-contributor", "storage-blob-data-reader"
USES_KEY = "key-vault-crypto-user"


@dataclass(frozen=True)
class Right:
    """One row of the tables below."""

    role: str
    """Key of the role."""
    on: str
    """``KIND-{of}`` is a container, ``key-KIND-{of}`` a key, anything else the subscription. ``{of}`` is the stack that
    is acted on, ``{stack}`` the one that the holder acts for."""
    why: str


DEPLOYS = (
    Right(WRITES, "state-{of}", "deploys {of}: reads and writes its state and the engine's locks"),
    Right(WRITES, "operations-{of}", "deploys {of}: holds its lock, journal and plans"),
    Right(WRITES, "ledger-{of}", "adds entries to the ledger of {of}; the container lets nobody change or delete one"),
    Right(USES_KEY, "key-state-{of}", "opens and closes the secrets in the state of {of}"),
    Right(USES_KEY, "key-ledger-{of}", "signs the ledger of {of}"),
    Right("contributor", "subscription", "creates and changes the resources of {of}"),
    Right("locks-contributor", "subscription",
          "puts locks on what holds the data of {of}, which Contributor may not"),
    Right(ADMINISTRATOR, "subscription",
          "gives the applications and groups of {of} their roles; limited to these by a condition"),
)  # fmt: skip
"""Rights of the identity that changes a stack, on that stack.

The last one is never granted without :func:`delegation_condition`.
"""

PLANS = (
    Right(READS, "state-{of}", "plans for {of} and looks for drift: reads its state"),
    Right(WRITES, "operations-{of}", "plans for {of} and looks for drift: holds its lock meanwhile"),
    Right(WRITES, "ledger-{of}",
          "plans for {of} and looks for drift: adds what the gates decided; the container lets nobody change or delete "
          "an entry"),
    Right(USES_KEY, "key-state-{of}",
          "plans for {of} and looks for drift: opens the secrets in the state, which the engine needs to plan"),
    Right(USES_KEY, "key-ledger-{of}", "plans for {of} and looks for drift: signs what the gates decided"),
    Right("reader", "subscription", "plans for {of} and looks for drift: reads its resources"),
    Right("reader-and-data-access", "subscription",
          "plans for {of} and looks for drift: the program asks for the key of the account whose shares App Service "
          "mounts"),
)  # fmt: skip
"""Rights of the identity that plans, before any approval: it reads the stack and writes only beside its state.

One row goes further than its purpose. *Reader and Data Access* lists the keys of **every** storage account in the
subscription that allows keys, and a key of an account gives access to all of its data: so that identity could read and
write the file shares that applications mount. Azure has no narrower built-in role for it. All other accounts of the
platform allow no keys. What it needs beside these rows is in ``cache_keys.py``: a role of its own.
"""

READS_BEFORE = (
    Right(READS, "state-{of}", "promotes from {of} to {stack}: sees which release runs there"),
    Right(READS, "ledger-{of}", "promotes from {of} to {stack}: sees since when it runs there"),
    Right(READS, "operations-{of}", "promotes from {of} to {stack}: sees whether something is under way there"),
    Right(USES_KEY, "key-state-{of}",
          "promotes from {of} to {stack}: the engine opens the whole state to compare it with Azure"),
    Right("key-vault-reader", "key-ledger-{of}",
          "promotes from {of} to {stack}: reads the public key that the ledger there is verified with"),
    Right("reader", "subscription-{of}", "promotes from {of} to {stack}: sees health and drift there"),
)  # fmt: skip
"""Rights of both identities, on the previous stack."""


def pipeline_grants(
    stacks: Sequence[PlatformStack],
    containers: Mapping[str, pulumi.Input[str]],
    keys: Mapping[str, pulumi.Input[str]],
) -> list[Grant]:
    """Build every grant; ``containers`` and ``keys`` map KIND-STACK to ARM ids."""
    rows: list[Grant] = []
    for position, stack in enumerate(stacks):
        plans = stack.name + PLAN
        rows += _grants(DEPLOYS, stack.name, stack, stack, containers, keys)
        rows += _grants(PLANS, plans, stack, stack, containers, keys)
        if position:
            for holder in (stack.name, plans):
                rows += _grants(READS_BEFORE, holder, stack, stacks[position - 1], containers, keys)
    return rows


def _grants(
    rights: Sequence[Right],
    holder: str,
    stack: PlatformStack,
    of: PlatformStack,
    containers: Mapping[str, pulumi.Input[str]],
    keys: Mapping[str, pulumi.Input[str]],
) -> list[Grant]:
    """Fill in the names: ``holder`` acts for ``stack`` on what belongs to ``of``."""
    grants = []
    for right in rights:
        on = right.on.format(of=of.name)
        key = on.removeprefix("key-")
        scope = subscription_scope(of) if on.startswith("subscription") else keys[key] if key != on else containers[on]
        reason = right.why.format(of=of.name, stack=stack.name)
        grants.append(Grant(holder=holder, role=right.role, on=on, scope=scope, reason=reason))
    return grants


def delegation_condition() -> str:
    """Limit of the right to assign roles: these roles, to identities and groups, and nothing else.

    Form: Microsoft Learn, "Delegate Azure role assignment management using conditions", example "Constrain roles and
    principal types".
    """
    roles = "{" + ", ".join(DELEGABLE) + "}"
    kinds = "{'ServicePrincipal', 'Group'}"
    parts = []
    for action, source in (("write", "Request"), ("delete", "Resource")):
        attribute = f"@{source}[Microsoft.Authorization/roleAssignments"
        parts.append(
            f"((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/{action}'}})) OR "
            f"({attribute}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {roles} AND "
            f"{attribute}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {kinds}))"
        )
    return " AND ".join(parts)


def subscription_scope(stack: PlatformStack) -> str:
    """ARM id of the subscription of ``stack``."""
    return f"/subscriptions/{stack.subscription_id}"
