"""Public addresses, network interfaces, address ranges and peerings; flow logs and DDoS protection."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from policies.model import Context, Outcome, ok
from policies.rule import Rule, direct, supporting
from policies.rules.shared import any_id_unknown, children, expect, expect_set, referrers
from resources.model import Resource
from resources.values import (
    UNKNOWN,
    Trilean,
    Value,
    all_of,
    any_of,
    at_least,
    equals,
    every,
    get,
    items,
    known,
    negate,
    one_of,
    present,
    some,
)

VNET = ("network:VirtualNetwork",)
DELETE_AFTER = tuple(f"daysAfter{event}GreaterThan" for event in ("Modification", "Creation", "LastAccessTime"))
"""How the life cycle of an account says when a blob is deleted."""
CONSUMERS = (
    ("network:NatGateway", "publicIpAddresses[].id", "nat"),
    ("network:AzureFirewall", "ipConfigurations[].publicIPAddress.id", "firewall"),
    ("network:AzureFirewall", "managementIpConfiguration.publicIPAddress.id", "firewall"),
    ("network:BastionHost", "ipConfigurations[].publicIPAddress.id", "bastion"),
    ("network:VirtualNetworkGateway", "ipConfigurations[].publicIPAddress.id", "gateway"),
    ("network:LoadBalancer", "frontendIPConfigurations[].publicIPAddress.id", "load balancer"),
    ("network:ApplicationGateway", "frontendIPConfigurations[].publicIPAddress.id", "application gateway"),
    ("network:NetworkInterface", "ipConfigurations[].publicIPAddress.id", "machine"),
)
"""Type, where it names a public address, and the purpose that it has one for."""


def public_address(resource: Resource, context: Context) -> list[Outcome]:
    """NW-07: a public address is Standard, zonal, and has an approved purpose."""
    return [
        expect(resource, "sku.name", "not of the Standard SKU", to_be=("Standard", "StandardV2")),
        expect_set(resource, "zones", "no availability zone is named"),
        ok(_purpose(resource, context), "no approved purpose needs this address", "tags.purpose"),
    ]


def _purpose(resource: Resource, context: Context) -> Trilean:
    """Return whether the users of the address may have one; where there are none, its tag has to say its purpose."""
    allowed = context.parameters.public_ip_purposes
    links = [(referrers(context, resource, type_, path), purpose) for type_, path, purpose in CONSUMERS]
    purposes = [purpose for link, purpose in links if link.certain]
    complete = all(link.complete for link, _ in links)
    if purposes:
        return all_of(*(purpose in allowed for purpose in purposes), True if complete else None)
    return one_of(get(resource, "tags.purpose"), allowed) if complete else None


def private_interface(resource: Resource, _context: Context) -> list[Outcome]:
    """NW-08: a network interface has no public address and does not forward."""
    addresses, forwarding = "ipConfigurations", "enableIPForwarding"
    private = every(get(resource, addresses), lambda each: negate(present(get(each, "publicIPAddress"))))
    return [
        ok(private, "a machine has a public address of its own", addresses),
        expect(resource, forwarding, "the interface forwards traffic of others", to_be=False, default=False),
    ]


def separate_ranges(resource: Resource, context: Context) -> Iterator[Outcome]:
    """NW-11: address ranges do not overlap, and peerings stay inside this program."""
    foreign = "peered with a network outside this program"
    if resource.type == "network:VirtualNetworkPeering":
        path = "remoteVirtualNetwork"
        yield ok(_approved(resource, resource, path, context), foreign, path)
        return
    path = "addressSpace.addressPrefixes"
    others = [vnet for vnet in context.graph.of("network:VirtualNetwork") if vnet.urn != resource.urn]
    apart = every(
        get(resource, path),
        lambda block: every(others, lambda vnet: every(get(vnet, path), lambda other: _apart(block, other))),
    )
    yield ok(apart, "the range overlaps with that of another network", path)
    peerings = items(resource, "virtualNetworkPeerings")
    for index, peering in enumerate([UNKNOWN] if peerings is UNKNOWN else peerings):
        path = f"virtualNetworkPeerings[{index}].remoteVirtualNetwork"
        yield ok(_approved(peering, resource, path, context), foreign, path)


def _apart(block: Value, other: Value) -> Trilean:
    try:
        first, second = ipaddress.ip_network(str(block), strict=False), ipaddress.ip_network(str(other), strict=False)
    except ValueError:
        return None
    return first.version != second.version or not first.overlaps(second)


def _approved(peering: Value, owner: Resource, path: str, context: Context) -> Trilean:
    targets = context.graph.refers(owner, f"{path}.id")
    if any(target.type == "network:VirtualNetwork" for target in targets):
        return True
    literal = known(get(peering, "remoteVirtualNetwork.id"))
    return False if literal and not any_id_unknown(context, *context.graph.of("network:VirtualNetwork")) else None


def flow_logs(resource: Resource, context: Context) -> Outcome:
    """NW-09: a flow log records the network."""
    logs = referrers(context, resource, "network:FlowLog", "targetResourceId")
    kept = logs.any(lambda log: _keeps(log, context))
    return ok(kept, "no flow log that is on, kept long enough, and analysed")


def _keeps(log: Resource, context: Context) -> Trilean:
    analytics = "flowAnalyticsConfiguration.networkWatcherFlowAnalyticsConfiguration.enabled"
    days, on = get(log, "retentionPolicy.days"), get(log, "retentionPolicy.enabled")
    enough = any_of(equals(days, 0), at_least(days, context.parameters.flow_log_days))
    own, kept = _life_cycle(log, context)
    return all_of(
        equals(get(log, "enabled"), expected=True),
        any_of(
            all_of(equals(on, expected=True), enough, negate(own)),
            all_of(equals(on, expected=False), kept),
        ),
        equals(get(log, analytics), expected=True),
    )


def _life_cycle(log: Resource, context: Context) -> tuple[Trilean, Trilean]:
    """Return whether the log's account has a life cycle, and whether the log outlives it for long enough.

    Both exclude each other with a retention of the log, which Azure keeps by replacing the account's life cycle.
    """
    accounts = [one for one in context.graph.refers(log, "storageId") if one.type == "storage:StorageAccount"]
    if not accounts:
        target = get(log, "storageId")
        if present(target) is False:
            return False, False
        open_ = not known(target) or any_id_unknown(context, *context.graph.of("storage:StorageAccount"))
        return None if open_ else False, None
    policies = children(context, accounts[0], "storage:ManagementPolicy", "accountName")
    least = context.parameters.flow_log_days
    return policies.any(), negate(policies.any(lambda one: some(get(one, "policy.rules"), lambda r: _early(r, least))))


def _early(rule: Value, least: int) -> Trilean:
    """Whether a rule of a life cycle deletes blobs before they are ``least`` days old."""
    delete = get(rule, "definition.actions.baseBlob.delete")
    return all_of(
        negate(equals(get(rule, "enabled", default=True), expected=False)),
        any_of(*(all_of(present(get(delete, day)), negate(at_least(get(delete, day), least))) for day in DELETE_AFTER)),
    )


def ddos_protection(resource: Resource, _context: Context) -> Outcome:
    """NW-10: a DDoS protection plan protects the network."""
    path = "enableDdosProtection"
    protected = all_of(equals(get(resource, path), expected=True), present(get(resource, "ddosProtectionPlan")))
    return ok(protected, "no DDoS protection plan", path)


RULES: tuple[Rule, ...] = (
    Rule(
        id="NW-07",
        title="Public IPs only for listed purposes; standard, zonal",
        types=("network:PublicIPAddress",),
        property="sku, zones, consumers",
        severity="H",
        scope="S",
        profile="P2",
        iso=(
            direct("A.8.20", "Every address on the Internet has an approved purpose."),
            supporting("A.5.9", "Public addresses and their users are known."),
        ),
        hipaa=(direct("164.312(a)(1)", "No system is reachable from the Internet by accident."),),
        gdpr=(direct("Art. 32(1)(b)", "The attack surface is small and known."),),
        what="A public address belongs to a NAT gateway, firewall, bastion or VPN gateway, is Standard, and names "
        "zones.",
        why="The address of a machine or load balancer is a way around the edge. Basic addresses are open by default "
        "and retired; without zones one building decides.",
        remediation="Remove the address, or use it for an approved purpose; set `sku` Standard and `zones`.",
        azure_default="Nothing is asked about the purpose; zones are not set.",
        bad='network.PublicIPAddress("vm", sku=network.PublicIPAddressSkuArgs(name="Basic"))',
        good='network.PublicIPAddress("egress", sku=network.PublicIPAddressSkuArgs(name="Standard"), zones=["1"])',
        check=public_address,
    ),
    Rule(
        id="NW-08",
        title="No NIC public IP or forwarding",
        types=("network:NetworkInterface",),
        property="ipConfigurations[].publicIPAddress, enableIPForwarding",
        severity="H",
        scope="R",
        profile="P1",
        iso=(direct("A.8.20", "Machines are not on the Internet and do not route."),),
        hipaa=(direct("164.312(a)(1)", "No machine can be reached around the access point."),),
        gdpr=(direct("Art. 32(1)(b)", "Machines with personal data are inside."),),
        what="No network interface has a public address or forwards traffic.",
        why="A public address is a way around every edge; forwarding connects segments around their rules.",
        remediation="Remove `public_ip_address`; set `enable_ip_forwarding=False`.",
        azure_default="No address, no forwarding.",
        bad='network.NetworkInterface("nic", enable_ip_forwarding=True)',
        good='network.NetworkInterface("nic", '
        "ip_configurations=[network.NetworkInterfaceIPConfigurationArgs(subnet=…)])",
        check=private_interface,
    ),
    Rule(
        id="NW-09",
        title="VNet flow logs, 90 days, analytics",
        types=VNET,
        property="enabled, retentionPolicy, flowAnalyticsConfiguration",
        severity="M",
        scope="S",
        profile="P3",
        iso=(
            direct("A.8.15", "It is recorded who communicated with whom."),
            direct("A.8.16", "Unusual traffic is looked for."),
        ),
        hipaa=(direct("164.312(b)", "Traffic of systems with health information can be examined."),),
        gdpr=(supporting("Art. 32(1)(d)", "It can be tested whether the rules of the network work."),),
        what="A flow log records the whole network, is kept by its own retention (0 days means forever) or by the "
        "life cycle of its account, not by both, and is read by Traffic Analytics.",
        why="After an incident it is the only record of where data went. NSG flow logs are retired. Azure keeps a "
        "retention by replacing the life cycle of the account.",
        remediation="Add `network.FlowLog` with the network as target, analytics on, retention off, and an account of "
        "its own whose `storage.ManagementPolicy` deletes after 90 days.",
        azure_default="None.",
        bad='network.VirtualNetwork("network")  # and no FlowLog',
        good='network.FlowLog("flows", target_resource_id=vnet.id, enabled=True,\n'
        "    storage_id=flows.id, retention_policy=network.RetentionPolicyParametersArgs(days=0, enabled=False), …)",
        check=flow_logs,
    ),
    Rule(
        id="NW-10",
        title="DDoS plan",
        types=VNET,
        property="enableDdosProtection, ddosProtectionPlan",
        severity="M",
        scope="R",
        profile="P3",
        iso=(
            direct("A.8.20", "Floods are absorbed before they reach the network."),
            supporting("A.8.14", "Services stay reachable under attack."),
        ),
        gdpr=(direct("Art. 32(1)(b)", "Availability under attack."),),
        what="The network has a DDoS protection plan.",
        why="Azure's basic protection guards Azure, not an application: its thresholds are far above what an app can "
        "take.",
        remediation="Set `enable_ddos_protection=True` and `ddos_protection_plan` (one plan serves a tenant). A waiver "
        "is right where nothing in the network accepts connections from the Internet: the plan protects public "
        "addresses, and not those of NAT gateways.",
        azure_default="Basic protection of Azure itself only.",
        bad='network.VirtualNetwork("network", enable_ddos_protection=False)',
        good='network.VirtualNetwork("network", enable_ddos_protection=True,\n'
        "    ddos_protection_plan=network.SubResourceArgs(id=plan_id))",
        check=ddos_protection,
    ),
    Rule(
        id="NW-11",
        title="No overlapping ranges; approved peerings only",
        types=("network:VirtualNetwork", "network:VirtualNetworkPeering"),
        property="addressSpace, remoteVirtualNetwork",
        severity="M",
        scope="S",
        profile="P2",
        iso=(
            direct("A.8.22", "Networks are connected only on purpose."),
            direct("A.8.31", "Networks of other environments are not connected."),
        ),
        hipaa=(direct("164.312(a)(1)", "No other network reaches systems with health information unnoticed."),),
        gdpr=(direct("Art. 32(1)(b)", "Segments stay apart."),),
        what="Address ranges of the program's networks do not overlap, and peerings connect networks of the same "
        "program. A peering with a hub is approved by a waiver.",
        why="Overlapping networks can never be connected, and routes between them go astray. A peering joins networks "
        "completely, in both directions.",
        remediation="Choose another range; add a waiver that names the hub's owner.",
        azure_default="Any range, any peering.",
        bad='network.VirtualNetworkPeering("x", remote_virtual_network=network.SubResourceArgs(id=foreign_id))',
        good='network.VirtualNetworkPeering("hub", remote_virtual_network=network.SubResourceArgs(id=hub.id))',
        check=separate_ranges,
    ),
)
