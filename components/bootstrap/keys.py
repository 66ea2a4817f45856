"""Two keys a stack: one encrypts the secrets in its state, one signs its ledger. Neither ever leaves the vault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import keyvault

from components.base import FabrixComponent
from components.bootstrap.rights import LEDGER, STATE
from components.context import Context
from components.shared import keyvault_api
from components.shared.ids import after
from components.shared.order import Writers

RSA_BITS = 3072
"""128 bits of security (NIST SP 800-57 part 1), enough beyond 2030."""


@dataclass(frozen=True, kw_only=True)
class StackKeysArgs:
    """Inputs of :class:`StackKeys`."""

    context: Context
    resource_group_name: pulumi.Input[str]
    vault_id: pulumi.Input[str]
    vault_name: pulumi.Input[str]
    writers: Writers
    """Writers to the vault, among which the keys take their turns."""
    stacks: Sequence[str]
    expires: int
    """End of the first version of each key, seconds since 1970."""


class StackKeys(FabrixComponent[StackKeysArgs]):
    """Keys called state-STACK and ledger-STACK.

    One pair a stack, so that who may sign for one cannot sign for another. The vault renews both. A state names the
    version that encrypts it (``providers``), because the secrets provider would ask the newest version to decrypt what
    an older one encrypted; ``pulumi stack change-secrets-provider`` moves it to the newest. A ledger trusts every
    version.
    """

    providers: dict[str, pulumi.Output[str]]
    """Stack → secrets provider of its state, the version of the key included."""
    key_ids: dict[str, pulumi.Output[str]]
    """KIND-STACK → ARM id, known in a preview; scope of the rights on one key."""

    def build(self, name: str, args: StackKeysArgs) -> None:
        """Create the keys through the resource manager, which reaches a vault without a public address."""
        ends = keyvault.KeyAttributesArgs(enabled=True, expires=args.expires)
        encrypting = keyvault.KeyPropertiesArgs(
            kty="RSA",
            key_size=RSA_BITS,
            key_ops=["encrypt", "decrypt", "wrapKey", "unwrapKey"],
            attributes=ends,
            rotation_policy=_rotation(),
        )
        signing = keyvault.KeyPropertiesArgs(
            kty="EC",
            curve_name="P-256",
            key_ops=["sign", "verify"],
            attributes=ends,
            rotation_policy=_rotation(),
        )
        self.key_ids, self.providers = {}, {}
        for stack in args.stacks:
            for kind, properties in ((STATE, encrypting), (LEDGER, signing)):
                key = f"{kind}-{stack}"
                created = keyvault_api.Key(
                    f"{name}-{key}",
                    key_name=key,
                    vault_name=args.vault_name,
                    resource_group_name=args.resource_group_name,
                    properties=properties,
                    tags=dict(args.context.tags),
                    opts=self.child(
                        depends_on=args.writers.next("keyvault:Key"),
                        protect=args.context.protection.protect,
                        retain_on_delete=True,  # ARM deletes no key; it goes with its vault
                    ),
                )
                args.writers.add(created)
                if kind == STATE:
                    self.providers[stack] = created.key_uri_with_version.apply(
                        lambda uri: uri.replace("https://", "azurekeyvault://")
                    )
                self.key_ids[key] = after(pulumi.Output.concat(args.vault_id, "/keys/", key), created)


def _rotation() -> keyvault.RotationPolicyArgs:
    """Create a version that is valid for a year, 30 days before the previous one expires."""
    return keyvault.RotationPolicyArgs(
        attributes=keyvault.KeyRotationPolicyAttributesArgs(expiry_time="P365D"),
        lifetime_actions=[
            keyvault.LifetimeActionArgs(
                action=keyvault.ActionArgs(type=keyvault.KeyRotationPolicyActionType.ROTATE),
                trigger=keyvault.TriggerArgs(time_before_expiry="P30D"),
            )
        ],
    )
