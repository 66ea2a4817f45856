"""What may enter and leave a network, as rows of the stack file; each row names its reason.

Everything else is denied. Whatever a customer would add to a security group by hand has a row here: a group is written
whole with every deployment, so a rule that is in no file vanishes with the next one.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from settings import service_tags
from settings.base import Key, Model, Text, arm_id_of, example_id, refused
from settings.subnets import BUILT_IN

_LIKE_A_TAG = re.compile(r"[A-Z][A-Za-z0-9]+(?:\.[A-Z][A-Za-z0-9]+)*")
_LIKE_A_HOST = re.compile(r"(?:https?://)?(?:\*\.)?(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?:[:/].*)?")
_PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")
_EVERYWHERE = ("*", "Any", "0.0.0.0/0")
_LAST_PORT = 65535
_WIDEST = 8
"""Shortest prefix of a block in a row, on either end: a shorter one names almost everybody."""
_VNET = "Microsoft.Network/virtualNetworks"
VnetId = Annotated[str, AfterValidator(arm_id_of(_VNET)), Field(examples=[example_id(_VNET)])]

ENDPOINTS = next(row.role for row in BUILT_IN if row.private_endpoints)
OPENS_CONNECTIONS = tuple(row.role for row in BUILT_IN if not row.private_endpoints)
"""Built-in subnets that something sends from; a private endpoint never opens a connection."""
ANSWERS = (ENDPOINTS, "runner")
"""Built-in subnets in which something answers; nothing listens in the others."""


def _destination(value: str) -> str:
    allowed = f"an IPv4 block in CIDR form, /{_WIDEST} or narrower, or an Azure service tag, never the whole Internet"
    if value in _EVERYWHERE:
        raise refused("opens the way out to everywhere", allowed, "Storage.WestEurope")
    if tag := service_tags.spelled(value):
        if width := service_tags.width(tag):
            raise refused(f"opens the way out to {width}", allowed, "Storage.WestEurope")
        return tag
    if _LIKE_A_TAG.fullmatch(value):
        allowed = "a tag that Azure has (az network list-service-tags), with a region if it takes one, or an IPv4 block"
        raise refused("no service tag of that name", allowed, service_tags.suggestion(value))
    if _LIKE_A_HOST.fullmatch(value):
        what = (
            "a host name: a network security group compares addresses and never sees a name, so software as a service "
            "without fixed addresses cannot be allowed yet"
        )
        allowed = (
            "the IPv4 blocks that its provider publishes, or an Azure service tag; names take a firewall with rules "
            "for them, which only `network: {mode: existing}` can bring"
        )
        raise refused(what, allowed, "203.0.113.0/28")
    try:
        block = IPv4Network(value)
    except ValueError:
        raise refused("neither an IPv4 block nor a service tag", allowed, "203.0.113.0/28") from None
    if block.prefixlen < _WIDEST:
        raise refused("opens the way out to almost everywhere", allowed, "203.0.113.0/28")
    return str(block)


def _source(value: str) -> str:
    allowed = f"an IPv4 block in CIDR form, /{_WIDEST} or narrower, or the name of a subnet of this network"
    if re.fullmatch(r"[a-z][a-z0-9-]*", value):
        return value
    try:
        block = IPv4Network(value)
    except ValueError:
        raise refused("neither an IPv4 block nor a subnet", allowed, "10.100.0.0/16") from None
    if block.prefixlen < _WIDEST:
        raise refused("lets almost everybody in", allowed, "10.100.0.0/16")
    return str(block)


def _ports(value: str) -> str:
    match = _PORTS.fullmatch(value)
    low, high = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= low <= high <= _LAST_PORT:
        raise refused("no port or range of ports", f"a number from 1 to {_LAST_PORT}, or two with a hyphen", "443")
    return value


Port = Annotated[str, AfterValidator(_ports)]


class EgressRule(Model):
    """One destination that workloads may reach; everything that no rule allows is denied."""

    name: Key = Field(examples=["smtp-relay"])
    """Name of the rule in the network security group."""
    destination: Annotated[str, AfterValidator(_destination)] = Field(examples=["203.0.113.0/28"])
    """IPv4 block or Azure service tag, none that stands for all of Azure or the Internet. A security group knows no
    host names."""
    ports: tuple[Port, ...] = Field(min_length=1, examples=[["443"]])
    """TCP ports or ranges, as text: ``"443"``, ``"8000-8010"``."""
    subnets: tuple[str, ...] = Field(default=(), examples=[["runner"]])
    """Subnets that may: ``apps``, ``jobs``, ``runner`` or subnets of your own; all of them if left out."""
    reason: Text = Field(examples=["Mail relay of the customer"])
    """The reason; shown in the rule's description and in the evidence."""


class Egress(Model):
    """What may leave the network. An empty list is closed, never open."""

    allow: tuple[EgressRule, ...] = ()
    """Destinations beyond those that the platform's own services need."""


class IngressRule(Model):
    """One source of connections into a subnet; everything that no rule allows is denied."""

    name: Key = Field(examples=["head-office"])
    """Name of the rule in the network security group."""
    source: Annotated[str, AfterValidator(_source)] = Field(examples=["10.100.0.0/16"])
    """Where connections come from: an IPv4 block outside this network (an office, a VPN, a hub), or a subnet of it."""
    subnet: str = Field(default=ENDPOINTS, examples=[ENDPOINTS])
    """Where they go: ``endpoints``, behind which every service of the platform is; ``runner``; a subnet of your own."""
    ports: tuple[Port, ...] = Field(default=("443",), min_length=1, examples=[["443"]])
    """TCP ports or ranges, as text. 443 reaches the applications, the vault, the storage and the registry, each of
    which still asks who it is."""
    reason: Text = Field(examples=["Staff in the head office use the applications"])
    """The reason; shown in the rule's description and in the evidence."""


class Ingress(Model):
    """Who reaches the platform. Without a row nobody does but the platform itself: no service has a public address."""

    allow: tuple[IngressRule, ...] = ()
    """Sources of connections. Append only, so that no priority moves."""
    peerings: tuple[VnetId, ...] = ()
    """Virtual networks to peer with, e.g. the hub. This side is created here, the other one is its owner's to create.
    Leave them out where the hub's team makes both sides, as Azure Virtual WAN does."""
    gateway: VnetId | None = None
    """The one of ``peerings`` whose VPN or ExpressRoute gateway people come through; it must exist already."""

    @model_validator(mode="after")
    def _gateway_is_a_peer(self) -> Self:
        if self.gateway is not None and self.gateway.lower() not in {one.lower() for one in self.peerings}:
            raise refused("gateway names a network that is not peered", "one of peerings", "gateway: the hub's id")
        return self
