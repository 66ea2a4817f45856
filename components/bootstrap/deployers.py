"""The identities of pipelines in Entra: used through federated tokens with exact subjects, never with a secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import managedidentity

from components.base import FabrixComponent
from components.context import Context
from components.security.identities import Identities, IdentitiesArgs
from settings.bootstrap import AUDIENCE, PLAN, Trust


@dataclass(frozen=True, kw_only=True)
class DeployersArgs:
    """Inputs of :class:`Deployers`."""

    context: Context
    resource_group_name: pulumi.Input[str]
    stacks: Sequence[str]
    trusts: Sequence[Trust]


class Deployers(FabrixComponent[DeployersArgs]):
    """User-assigned identities: rights on a subscription suffice to create them; an app registration needs Graph."""

    client_ids: dict[str, pulumi.Output[str]]
    """Holder → what a pipeline signs in with."""
    principal_ids: dict[str, pulumi.Output[str]]
    """Holder → object id, to which roles are assigned."""

    def build(self, name: str, args: DeployersArgs) -> None:
        """Create identities and credentials."""
        holders = {stack: f"deploy-{stack}" for stack in args.stacks}
        holders |= {stack + PLAN: f"plan-{stack}" for stack in args.stacks}
        identities = Identities(
            name,
            IdentitiesArgs(
                context=args.context, resource_group_name=args.resource_group_name, holders=tuple(holders.values())
            ),
            opts=self.child(),
        )
        self.client_ids = {holder: identities.client_ids[key] for holder, key in holders.items()}
        self.principal_ids = {holder: identities.principal_ids[key] for holder, key in holders.items()}
        last: dict[str, pulumi.Resource] = {}
        for trust in args.trusts:
            key = holders[trust.holder]
            last[key] = managedidentity.FederatedIdentityCredential(
                f"{name}-{key}-{trust.name}",
                federated_identity_credential_resource_name=trust.name,
                resource_name_=identities.identity_ids[key].apply(lambda arm: arm.rsplit("/", 1)[-1]),
                resource_group_name=args.resource_group_name,
                issuer=trust.issuer,
                subject=trust.subject,
                audiences=[AUDIENCE],
                # One after another: Azure refuses two writes to one identity's credentials at the same time.
                opts=self.child(depends_on=[last[key]] if key in last else []),
            )
