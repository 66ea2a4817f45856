"""Key Vault's resources at API version 2026-02-01: the SDK's classes, served by a versioned package of azure-native.

The control plane refuses every version before 2026-02-01 from 27 February 2027 on (Microsoft Learn, "Prepare for Key
Vault API version 2026-02-01"), and azure-native 3.29 sends 2024-11-01. Its provider serves any version that it knows
as a package of its own (Pulumi, azure-native version guide, "Accessing any API version via local packages"); such a
package differs from the SDK in its name and in the version that it sends. So the SDK's classes are used as they are,
under the package's type tokens.

State that was written under the SDK's own tokens moves by alias. The real provider records the API version among the
inputs (pulumi-azure-native pull request 4015), so its first plan says ``update`` with the same values. Delete this
module once the SDK sends 2026-02-01 itself; aliases in the other direction then move the state back.
"""

from __future__ import annotations

import base64
import importlib.metadata
import json
from typing import Any

import pulumi
import pulumi_azure_native as azure
from pulumi.runtime.settings import register_package
from pulumi_azure_native import keyvault

VERSION = "v20260201"
PACKAGE = f"azure-native_keyvault_{VERSION}"
"""Name of the package; the provider composes it like this."""

_PARAMETER = base64.b64encode(json.dumps({"module": "keyvault", "version": VERSION}).encode())


async def _package() -> str:
    """Register the package with the engine, once a deployment, and return its reference."""
    version = importlib.metadata.version("pulumi-azure-native")
    # The provider expects base64 in the parameter; the SDK decodes what it is given once before that.
    return await register_package("azure-native", version, "", PACKAGE, version, base64.b64encode(_PARAMETER).decode())


class _Versioned(pulumi.CustomResource):
    """Comes after a class of the SDK in the order of base classes, and registers under the package instead."""

    def __init__(self, token: str, name: str, props: Any, opts: pulumi.ResourceOptions) -> None:  # noqa: ANN401
        moved = pulumi.ResourceOptions(aliases=[pulumi.Alias(type_=token)])
        versioned = token.replace("azure-native:", f"{PACKAGE}:", 1)
        super().__init__(versioned, name, props, pulumi.ResourceOptions.merge(opts, moved), package_ref=_package())


class Vault(keyvault.Vault, _Versioned):
    """A vault."""


class Secret(keyvault.Secret, _Versioned):
    """A secret."""


class Key(keyvault.Key, _Versioned):
    """A key."""


class _VersionedProvider(pulumi.ProviderResource):
    """As :class:`_Versioned`, for a provider."""

    def __init__(self, _: str, name: str, props: Any, opts: pulumi.ResourceOptions | None) -> None:  # noqa: ANN401
        super().__init__(PACKAGE, name, props, opts, package_ref=_package())


class _Provider(azure.Provider, _VersionedProvider):
    """Serves the resources of this module, with the configuration of azure-native's provider."""


def providers(subscription_id: str, tenant_id: str) -> list[pulumi.ProviderResource]:
    """Return explicit providers of azure-native and of this module's package, bound to a subscription.

    Explicit, so that a login with rights elsewhere can never deploy to the wrong subscription.
    """
    return [
        azure.Provider("azure", subscription_id=subscription_id, tenant_id=tenant_id),
        _Provider("azure-keyvault", subscription_id=subscription_id, tenant_id=tenant_id),
    ]
