"""From where a subnet may be connected to from outside its network: peered networks, gateways, what is behind them.

A network without a peering and without a gateway has no way in, but rules are compared with the list all the same: a
peering can be made from the other side's portal tomorrow.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from resources import arm
from resources.model import Verdict
from topology.egress import Row, leading, listed, subject_of
from topology.model import Evidence
from topology.network import Topology
from topology.parts import Subnet
from topology.passage import GOVERNED, joined


def ingress_of(topology: Topology, subnet: Subnet, allowed: Collection[Row] | None) -> Iterator[Evidence]:
    """Compare everything that the rules of ``subnet`` let in from outside its network with the list."""
    subject, open_to_peers = subject_of(topology, subnet), joined(topology, subnet.network_id)
    if subnet.rules is None or open_to_peers is None:
        yield Evidence(
            subject, Verdict.UNDETERMINED, f"rules or network of {subnet.name} are not part of this deployment"
        )
        return
    if open_to_peers and subnet.endpoint_policies.lower() not in GOVERNED:
        yield from _past_the_rules(topology, subnet, subject)
    found = False
    for rule, source in leading(topology, subnet, inbound=True):
        found = True
        if source is None:
            yield Evidence(subject, Verdict.UNDETERMINED, f"{subnet.group}: the source of {rule} is not known yet")
            continue
        fine = listed(rule, source, allowed, subnet)
        what = f"{subnet.group or subnet.name}: {rule} lets {source} connect to {subnet.name}"
        verdict = Verdict.PASS if fine else Verdict.FAIL
        yield Evidence(subject, verdict, what if fine else f"{what}, which no row of the list allows")
    if not found:
        yield Evidence(subject, Verdict.PASS, f"nothing outside its network may connect to {subnet.name}")


def _past_the_rules(topology: Topology, subnet: Subnet, subject: str) -> Iterator[Evidence]:
    """Fail a subnet whose private endpoints no security rule protects from peered networks."""
    here = {one.subnet_id is not None for one in topology.endpoints if arm.same(one.subnet_id or subnet.id, subnet.id)}
    if here:
        verdict = Verdict.FAIL if True in here else Verdict.UNDETERMINED
        text = f"peered networks reach the private endpoints in {subnet.name}, to which no security rule applies"
        yield Evidence(subject, verdict, f"{text} (privateEndpointNetworkPolicies)")
