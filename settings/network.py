"""The virtual network: created here or the customer's own, and who resolves its private names."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from settings.base import Key, Model, Text, arm_id_of, example_id, refused
from settings.runners import RUNNERS, Runner
from settings.subnets import BUILT_IN, SMALLEST, CustomSubnet
from settings.traffic import Egress, EgressRule, Ingress, VnetId

_DNS_ZONE = "Microsoft.Network/privateDnsZones"
ZoneId = Annotated[str, AfterValidator(arm_id_of(_DNS_ZONE)), Field(examples=[example_id(_DNS_ZONE)])]
_ZONE = re.compile(r"privatelink(?:\.[a-z0-9-]+){2,}")


class SubnetRequest(Model):
    """A subnet of the customer's own in the platform's network. Set ``prefix`` or ``size``, not both."""

    name: Key = Field(examples=["batch"])
    """Name of the subnet; also its role."""
    size: int | None = Field(default=None, ge=8, le=SMALLEST, examples=[27])
    """Prefix length; the block is chosen from the top of the address space."""
    prefix: str | None = Field(default=None, examples=["10.20.3.0/27"])
    """CIDR block, when it must be a certain one."""
    delegation: str | None = Field(
        default=None, pattern=r"^Microsoft\.[A-Za-z]+/[A-Za-z/]+$", examples=["Microsoft.Web/serverFarms"]
    )
    """Azure service that the subnet is delegated to."""
    purpose: Text = Field(examples=["Nightly batch jobs"])
    """What it is for; shown on the map."""

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.size is None) == (self.prefix is None):
            raise refused("set either size or prefix", "exactly one of the two", "size: 27")
        if self.name in {row.role for row in BUILT_IN}:
            raise refused("the platform has a subnet of this name", "any other name", f"{self.name}-own")
        return self

    @property
    def as_subnet(self) -> CustomSubnet:
        """The request as address planning takes it."""
        return CustomSubnet(
            name=self.name,
            prefix=self.prefix,
            size=self.size or SMALLEST,
            delegation=self.delegation,
            purpose=self.purpose,
        )


class NewNetwork(Model):
    """A virtual network of the platform's own."""

    mode: Literal["create"]
    """``create``: this stack makes the network."""
    address_space: tuple[str, ...] = Field(min_length=1, examples=[["10.20.0.0/22"]])
    """Private IPv4 blocks, not used elsewhere in the customer's network. A /24 is enough, a /22 leaves room."""
    subnets: tuple[SubnetRequest, ...] = ()
    """Subnets of the customer's own. Append only: the block of each depends on those before it."""
    ingress: Ingress = Ingress()
    """Who reaches the platform: people and other networks."""
    egress: Egress = Egress()
    """What may leave the network."""
    runner: Runner | None = None
    """Whose CI runner lives in the subnet ``runner``; it may then reach that service, and nothing else may.
    ``azureDevOps``, or leave it out: for others write rows of ``egress`` with ``subnets: [runner]``."""

    @property
    def outbound(self) -> tuple[EgressRule, ...]:
        """Every row of what may leave: the stack file's, then those of the runner."""
        return (*self.egress.allow, *(RUNNERS[self.runner] if self.runner else ()))


REQUIRED_ROLES = ("endpoints", "apps")
"""Roles that an existing network must name a subnet for."""


class ExistingNetwork(Model):
    """A virtual network that the customer's hub team owns; subnets, routes and security groups are theirs."""

    mode: Literal["existing"]
    """``existing``: the network exists already."""
    id: VnetId
    """ARM id of the virtual network."""
    subnets: dict[str, str] = Field(examples=[{"endpoints": "snet-endpoints", "apps": "snet-apps"}])
    """Role → name of the subnet; ``endpoints`` and ``apps`` are needed, ``jobs`` and ``runner`` are optional."""
    egress: Egress = Egress()
    """What the platform expects to be allowed to reach; documentation for the hub team."""

    @property
    def outbound(self) -> tuple[EgressRule, ...]:
        """Every row of what may leave."""
        return self.egress.allow

    @model_validator(mode="after")
    def _roles(self) -> Self:
        roles = [row.role for row in BUILT_IN]
        missing = [role for role in REQUIRED_ROLES if role not in self.subnets]
        unknown = [role for role in self.subnets if role not in roles]
        if missing or unknown:
            what = f"no subnet for {', '.join(missing)}" if missing else f"unknown subnet role {', '.join(unknown)}"
            allowed = (
                f"{', '.join(REQUIRED_ROLES)}, and optionally {', '.join(r for r in roles if r not in REQUIRED_ROLES)}"
            )
            raise refused(what, allowed, "{endpoints: snet-endpoints, apps: snet-apps}")
        return self


Network = Annotated[NewNetwork | ExistingNetwork, Field(discriminator="mode")]


class NewZones(Model):
    """Private DNS zones in this stack, linked to its network."""

    mode: Literal["create"]
    """``create``: this stack makes the zones."""


def _zone_names(zones: dict[str, str]) -> dict[str, str]:
    for name in zones:
        if not _ZONE.fullmatch(name):
            raise refused(
                f"{name!r} is no private link zone",
                "names that begin with privatelink.",
                "privatelink.vaultcore.azure.net",
            )
    return zones


class ExistingZones(Model):
    """Private DNS zones of the customer's hub; the program writes records into them."""

    mode: Literal["existing"]
    """``existing``: zones of the hub."""
    zones: Annotated[dict[str, ZoneId], AfterValidator(_zone_names)] = Field(min_length=1)
    """Zone name, e.g. ``privatelink.vaultcore.azure.net`` → its ARM id."""


class PolicyZones(Model):
    """The hub's Azure Policy writes the records of every private endpoint; the program makes none."""

    mode: Literal["policy"]
    """``policy``: Azure Policy of the hub does it."""


Dns = Annotated[NewZones | ExistingZones | PolicyZones, Field(discriminator="mode")]
