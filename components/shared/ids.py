"""Values that are known before the resource they refer to exists, and still wait for it.

What Azure computes is unknown in a preview; an ARM id is not computed, it is composed of names that we chose.
Composing it ourselves lets policies judge references in a preview, and Pulumi still orders the work, because the value
carries the dependency.
"""

from __future__ import annotations

import pulumi

from components.context import Context


def after(value: pulumi.Input[str], *resources: pulumi.Resource) -> pulumi.Output[str]:
    """``value``, known when it is known, with a dependency on ``resources``."""
    # A URN is the one output of a resource that the engine knows in every preview.
    return pulumi.Output.all(value, *(resource.urn for resource in resources)).apply(lambda values: str(values[0]))


def arm_id(
    context: Context, resource_group_name: pulumi.Input[str], path: pulumi.Input[str], *resources: pulumi.Resource
) -> pulumi.Output[str]:
    """ARM id of ``path`` (``Microsoft.KeyVault/vaults/NAME``) in a resource group; depends on ``resources``."""
    group = pulumi.Output.from_input(resource_group_name).apply(context.resource_group_id)
    return after(pulumi.Output.concat(group, "/providers/", path), *resources)
