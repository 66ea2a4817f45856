"""Security rules, inside a network security group or as resources of their own."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from resources.model import Resource
from resources.values import Trilean, Value, all_of, any_of, equals, find, get, matches, negate, one_of, some

TYPES = ("network:NetworkSecurityGroup", "network:SecurityRule")
EVERYONE = {"*", "any", "internet"}
WIDE_V4, WIDE_V6 = 7, 15
"""Longest prefix that still means everyone: 0.0.0.0/1 and 128.0.0.0/1 together are the Internet too."""

PORTS: Mapping[int, str] = {
    21: "FTP", 22: "SSH", 23: "Telnet", 25: "SMTP", 53: "DNS", 111: "RPC", 135: "RPC", 137: "NetBIOS", 139: "NetBIOS",
    161: "SNMP", 389: "LDAP", 445: "SMB", 636: "LDAP", 1433: "SQL Server", 1434: "SQL Server", 1521: "Oracle",
    2049: "NFS", 2375: "Docker", 2376: "Docker", 2379: "etcd", 3306: "MySQL", 3389: "RDP", 4505: "Salt",
    5432: "PostgreSQL", 5601: "Kibana", 5900: "VNC", 5985: "WinRM", 5986: "WinRM", 6379: "Redis", 6380: "Redis",
    6432: "PgBouncer", 6443: "Kubernetes", 7000: "Cassandra", 8500: "Redis shards", 9042: "Cassandra",
    9200: "Elasticsearch", 9300: "Elasticsearch", 10000: "Managed Redis", 10250: "kubelet", 11211: "memcached",
    15672: "RabbitMQ", 19000: "Service Fabric", 27017: "MongoDB",
}  # fmt: skip
"""Ports for management and for data stores."""
PORTLESS = ("Icmp", "Esp", "Ah")


def security_rules(resource: Resource) -> list[tuple[str, Value]]:
    """Return the rules of a group, or the rule itself, each with its path; an empty group has one that is unset."""
    if resource.type == "network:SecurityRule":
        return [("", resource)]
    return [(f"{path}.", rule) for path, rule in find(resource, "securityRules[]")] or [("securityRules.", {})]


def _is_outbound(resource: Resource) -> bool:
    return resource.type == "network:SecurityRule" and equals(get(resource, "direction"), "Outbound") is True


def admits_everyone(rule: Value) -> Trilean:
    """Return whether a rule admits anyone on the Internet, on some port."""
    return all_of(
        equals(get(rule, "direction"), "Inbound"),
        equals(get(rule, "access"), "Allow"),
        any_of(
            matches(get(rule, "sourceAddressPrefix"), _everyone),
            some(get(rule, "sourceAddressPrefixes"), lambda prefix: matches(prefix, _everyone)),
        ),
    )


def _everyone(prefix: Value) -> bool:
    text = str(prefix).strip().lower()
    if text in EVERYONE:
        return True
    try:
        block = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return block.prefixlen <= (WIDE_V4 if block.version == 4 else WIDE_V6)  # noqa: PLR2004 - version of the protocol


def _sensitive(ports: Value) -> bool:
    text = str(ports).strip()
    if text == "*":
        return True
    first, _, last = text.partition("-")
    if not first.isdigit() or not (last or first).isdigit():
        return False
    return any(int(first) <= port <= int(last or first) for port in PORTS)


def not_open_to_everyone(resource: Resource, _context: Context) -> Outcome | list[Outcome]:
    """NW-01: no inbound rule admits everyone."""
    if _is_outbound(resource):
        return skip("an outbound rule")
    return [
        ok(negate(admits_everyone(rule)), "admits anyone on the Internet", f"{path}sourceAddressPrefix")
        for path, rule in security_rules(resource)
    ]


def no_sensitive_port(resource: Resource, _context: Context) -> Outcome | list[Outcome]:
    """NW-02: ports for management and databases are closed to the Internet."""
    if _is_outbound(resource):
        return skip("an outbound rule")
    reason = "opens a port for management or of a database to the Internet"
    return [
        ok(negate(all_of(admits_everyone(rule), _opens(rule))), reason, f"{path}destinationPortRange")
        for path, rule in security_rules(resource)
    ]


def _opens(rule: Value) -> Trilean:
    return all_of(
        negate(one_of(get(rule, "protocol"), PORTLESS)),
        any_of(
            matches(get(rule, "destinationPortRange"), _sensitive),
            some(get(rule, "destinationPortRanges"), lambda ports: matches(ports, _sensitive)),
        ),
    )


RULES: tuple[Rule, ...] = (
    Rule(
        id="NW-01",
        title="No inbound allow from any/Internet outside the list",
        types=TYPES,
        property="sourceAddressPrefix, sourceAddressPrefixes, access, direction",
        severity="C",
        scope="R",
        profile="P1",
        iso=(direct("A.8.20", "Nothing in the network is open to everyone."),),
        hipaa=(direct("164.312(a)(1)", "Strangers cannot reach systems with health information."),),
        gdpr=(direct("Art. 32(1)(b)", "The network, too, protects the confidentiality of systems."),),
        what="No rule allows inbound traffic from any address, from the tag Internet, or from half of the Internet. "
        "The list of exceptions is the waiver file: each has an owner and ends.",
        why="One rule with `*` defeats every other one; scanners find it within minutes.",
        remediation="Name the addresses or the service tag that need access, e.g. `AzureFrontDoor.Backend`.",
        azure_default="Inbound from the Internet is denied (rule DenyAllInbound).",
        bad='network.SecurityRuleArgs(direction="Inbound", access="Allow", source_address_prefix="*", …)',
        good='network.SecurityRuleArgs(direction="Inbound", access="Allow", source_address_prefix="10.20.0.64/26", …)',
        check=not_open_to_everyone,
    ),
    Rule(
        id="NW-02",
        title="Management and database ports never from Internet",
        types=TYPES,
        property="destinationPortRange, destinationPortRanges, protocol",
        severity="C",
        scope="R",
        profile="P1",
        iso=(
            direct("A.8.20", "Management of systems is not exposed to the Internet."),
            supporting("A.6.7", "Remote work uses a controlled entrance and not an open port."),
        ),
        hipaa=(direct("164.312(a)(1)", "Strangers cannot reach databases and consoles."),),
        gdpr=(direct("Art. 32(1)(b)", "No store of personal data is exposed to the Internet."),),
        what="No rule opens SSH, RDP, WinRM, SMB, a database, a cache or the API of a cluster to the Internet.",
        why="Stolen passwords and worms are tried on these ports all day, from everywhere.",
        remediation="Use Bastion, a VPN or a runner inside the network; databases have private endpoints.",
        azure_default="Inbound from the Internet is denied.",
        bad='network.SecurityRuleArgs(direction="Inbound", access="Allow", source_address_prefix="Internet",\n'
        '    destination_port_range="22", …)',
        good='network.SecurityRuleArgs(direction="Inbound", access="Allow", source_address_prefix="10.20.0.160/28",\n'
        '    destination_port_range="22", …)',
        check=no_sensitive_port,
    ),
)
