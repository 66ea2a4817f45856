"""The subnets of an environment: the append-only table of built-in ones, and the records that a plan is made of.

Minimum sizes and delegations: Microsoft Learn, "Integrate your app with an Azure virtual network" (/28, /26 advised),
"Networking in Azure Container Apps environment" (/27 with workload profiles), "What is a private endpoint".
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

SMALLEST = 29
"""Longest prefix that Azure accepts for a subnet; it leaves 3 usable addresses."""

RESERVE = 24
"""Prefix length of the block at the beginning of the first address space that only built-in subnets use."""


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """One subnet of an address plan."""

    role: str
    """Name in the program: ``endpoints``, ``apps``, ``jobs``, ``runner``, or a custom subnet's name."""
    prefix: str
    """CIDR block."""
    delegation: str | None
    """Service that the subnet is delegated to, e.g. ``Microsoft.Web/serverFarms``; exclusive."""
    purpose: str
    """One sentence, for the map and for reviewers."""
    private_endpoints: bool
    """Whether private endpoints may be put here."""
    built_in: bool = True


@dataclass(frozen=True, kw_only=True)
class BuiltInSubnet:
    """A built-in subnet before it has an address."""

    role: str
    length: int
    """Prefix length; the same for every size preset, so that growing moves nothing."""
    delegation: str | None
    purpose: str
    private_endpoints: bool = False

    def at(self, block: IPv4Network) -> Subnet:
        """Place the subnet at ``block``."""
        return Subnet(
            role=self.role,
            prefix=str(block),
            delegation=self.delegation,
            purpose=self.purpose,
            private_endpoints=self.private_endpoints,
        )


@dataclass(frozen=True, kw_only=True)
class CustomSubnet:
    """A subnet that the stack file adds; exactly one of ``prefix`` and ``size`` decides where and how large it is."""

    name: str
    prefix: str | None = None
    """CIDR block inside the address space."""
    size: int = SMALLEST
    """Prefix length; used when ``prefix`` is None."""
    delegation: str | None = None
    purpose: str = ""

    def at(self, block: IPv4Network) -> Subnet:
        """Place the subnet at ``block``."""
        return Subnet(
            role=self.name,
            prefix=str(block),
            delegation=self.delegation,
            purpose=self.purpose,
            private_endpoints=False,
            built_in=False,
        )


BUILT_IN: tuple[BuiltInSubnet, ...] = (
    BuiltInSubnet(
        role="endpoints",
        length=26,
        delegation=None,
        purpose="Private endpoints of every service the platform uses; 59 of them fit",
        private_endpoints=True,
    ),
    BuiltInSubnet(
        role="apps",
        length=26,
        delegation="Microsoft.Web/serverFarms",
        purpose="Outbound traffic of the web apps; one address an instance, twice that while a plan scales",
    ),
    BuiltInSubnet(
        role="jobs",
        length=27,
        delegation="Microsoft.App/environments",
        purpose="Jobs inside the network: database roles, extensions, checks",
    ),
    BuiltInSubnet(
        role="runner",
        length=28,
        delegation=None,
        purpose="The customer's CI runner, the only place from which private endpoints are deployed to",
    ),
)
"""Append only: changing, moving or removing a row moves every later subnet of existing installations."""
