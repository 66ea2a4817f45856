"""Who may do what with state, keys, ledgers and subscriptions: every right of a pipeline, one row each.

A stack's identity works on its own stack and reads the one before it, since a promotion looks at where its release
comes from. It reads nothing of a later stack, and writes nothing of another one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi

from components.shared.roles import ROLES, Grant
from settings.bootstrap import PLAN, StackPlace

OWN = ("role-administrator", "locks-contributor", "key-vault-crypto-user", "reader-and-data-access")
"""Roles that only the bootstrap gives: a pipeline can never pass them on, to itself or to others."""

DELEGABLE = tuple(sorted(role.id for key, role in ROLES.items() if key not in OWN))
"""Role definitions that a pipeline may assign: those that the platform's own grants need."""

STATE, LEDGER, OPERATIONS = "state", "ledger", "operations"
CONTAINERS = (STATE, LEDGER, OPERATIONS)
"""Kinds of containers; each stack has one of each, called KIND-STACK."""


def table(
    stacks: Sequence[StackPlace],
    containers: Mapping[str, pulumi.Input[str]],
    keys: Mapping[str, pulumi.Input[str]],
) -> list[Grant]:
    """Build every grant; ``containers`` and ``keys`` map KIND-STACK to ARM ids."""
    rows: list[Grant] = []
    for position, stack in enumerate(stacks):
        rows += _own(stack, containers, keys)
        rows += _plan(stack, containers, keys)
        if position:
            for holder in (stack.name, stack.name + PLAN):
                rows += _before(holder, stack, stacks[position - 1], containers, keys)
    return rows


def condition() -> str:
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


def subscription(stack: StackPlace) -> str:
    """ARM id of the subscription of ``stack``."""
    return f"/subscriptions/{stack.subscription_id}"


def _own(
    stack: StackPlace, containers: Mapping[str, pulumi.Input[str]], keys: Mapping[str, pulumi.Input[str]]
) -> list[Grant]:
    name = stack.name
    writer, user = "storage-blob-data-contributor", "key-vault-crypto-user"
    return [
        Grant(holder=name, role=writer, on=f"{STATE}-{name}", scope=containers[f"{STATE}-{name}"],
              reason=f"deploys {name}: reads and writes its state and the engine's locks"),
        Grant(holder=name, role=writer, on=f"{OPERATIONS}-{name}", scope=containers[f"{OPERATIONS}-{name}"],
              reason=f"deploys {name}: holds its lock, journal and plans"),
        Grant(holder=name, role=writer, on=f"{LEDGER}-{name}", scope=containers[f"{LEDGER}-{name}"],
              reason=f"adds entries to the ledger of {name}; the container lets nobody change or delete one"),
        Grant(holder=name, role=user, on=f"key-{STATE}-{name}", scope=keys[f"{STATE}-{name}"],
              reason=f"opens and closes the secrets in the state of {name}"),
        Grant(holder=name, role=user, on=f"key-{LEDGER}-{name}", scope=keys[f"{LEDGER}-{name}"],
              reason=f"signs the ledger of {name}"),
        Grant(holder=name, role="contributor", on="subscription", scope=subscription(stack),
              reason=f"creates and changes the resources of {name}"),
        Grant(holder=name, role="locks-contributor", on="subscription", scope=subscription(stack),
              reason=f"puts locks on what holds the data of {name}, which Contributor may not"),
    ]  # fmt: skip


def _before(
    name: str,
    stack: StackPlace,
    before: StackPlace,
    containers: Mapping[str, pulumi.Input[str]],
    keys: Mapping[str, pulumi.Input[str]],
) -> list[Grant]:
    other = before.name
    reader = "storage-blob-data-reader"
    why = f"promotes from {other} to {stack.name}:"
    rows = [
        Grant(holder=name, role=reader, on=f"{STATE}-{other}", scope=containers[f"{STATE}-{other}"],
              reason=f"{why} sees which release runs there"),
        Grant(holder=name, role=reader, on=f"{LEDGER}-{other}", scope=containers[f"{LEDGER}-{other}"],
              reason=f"{why} sees since when it runs there"),
        Grant(holder=name, role=reader, on=f"{OPERATIONS}-{other}", scope=containers[f"{OPERATIONS}-{other}"],
              reason=f"{why} sees whether something is under way there"),
        Grant(holder=name, role="key-vault-crypto-user", on=f"key-{STATE}-{other}", scope=keys[f"{STATE}-{other}"],
              reason=f"{why} the engine opens the whole state to compare it with Azure"),
        Grant(holder=name, role="key-vault-reader", on=f"key-{LEDGER}-{other}", scope=keys[f"{LEDGER}-{other}"],
              reason=f"{why} reads the public key that the ledger there is verified with"),
    ]  # fmt: skip
    if stack.subscription_id != before.subscription_id:
        rows.append(
            Grant(holder=name, role="reader", on=f"subscription-{other}", scope=subscription(before),
                  reason=f"{why} sees health and drift there")
        )  # fmt: skip
    return rows


def _plan(
    stack: StackPlace, containers: Mapping[str, pulumi.Input[str]], keys: Mapping[str, pulumi.Input[str]]
) -> list[Grant]:
    """Rights of who plans before anybody has approved: it reads the stack and writes beside it, never into it."""
    name, holder = stack.name, stack.name + PLAN
    writer, user = "storage-blob-data-contributor", "key-vault-crypto-user"
    why = f"plans for {name} and looks for drift:"
    return [
        Grant(holder=holder, role="storage-blob-data-reader", on=f"{STATE}-{name}", scope=containers[f"{STATE}-{name}"],
              reason=f"{why} reads its state"),
        Grant(holder=holder, role=writer, on=f"{OPERATIONS}-{name}", scope=containers[f"{OPERATIONS}-{name}"],
              reason=f"{why} holds its lock meanwhile"),
        Grant(holder=holder, role=writer, on=f"{LEDGER}-{name}", scope=containers[f"{LEDGER}-{name}"],
              reason=f"{why} adds what the gates decided; the container lets nobody change or delete an entry"),
        Grant(holder=holder, role=user, on=f"key-{STATE}-{name}", scope=keys[f"{STATE}-{name}"],
              reason=f"{why} opens the secrets in the state, which the engine needs to plan"),
        Grant(holder=holder, role=user, on=f"key-{LEDGER}-{name}", scope=keys[f"{LEDGER}-{name}"],
              reason=f"{why} signs what the gates decided"),
        Grant(holder=holder, role="reader", on="subscription", scope=subscription(stack),
              reason=f"{why} reads its resources"),
        Grant(holder=holder, role="reader-and-data-access", on="subscription", scope=subscription(stack),
              reason=f"{why} the program asks for the key of the account whose shares App Service mounts"),
    ]  # fmt: skip
