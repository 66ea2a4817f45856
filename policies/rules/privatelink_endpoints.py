"""Rules about services and their private endpoints."""

from __future__ import annotations

import re
from collections.abc import Iterable

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct
from policies.rules.data_shared import children
from policies.rules.privatelink_kinds import (
    CONNECTIONS,
    ENDPOINT,
    KINDS,
    endpoints_of,
    group_of,
    has_endpoint,
    injected,
    is_public_off,
)  # fmt: skip
from resources.model import Resource
from resources.values import UNKNOWN, any_of, get, items, matches, negate, present

SERVICES = tuple(KINDS)
SUBNET = re.compile(r"endpoint|private-?link|(?:^|[-_])pep?(?:[-_]|$)", re.IGNORECASE)
"""Name of a subnet that is there for private endpoints."""


def reachable_privately(resource: Resource, context: Context) -> Outcome | Iterable[Outcome]:
    """Check PL-01."""
    inside = injected(resource)
    if inside:
        return skip("stands inside the virtual network")
    parts = [
        ((group,), children(context, resource, type_, "accountName", "accountName"))
        for type_, group in KINDS[resource.type].parts
    ]
    used = [(groups, True) for groups, part in parts if part.found]
    maybe = [(groups, None) for groups, part in parts if not part.found and not part.complete]
    return [
        ok(
            any_of(inside, has_endpoint(resource, groups, context), False if sure else None),
            "no private endpoint with the right sub-resource",
            CONNECTIONS,
        )
        for groups, sure in (*(used or [(group_of(resource), True)]), *maybe)
    ]


def no_other_way_in(resource: Resource, context: Context) -> Outcome:
    """Check PL-04."""
    path = KINDS[resource.type].public
    anything = has_endpoint(resource, group_of(resource), context)
    if not path or (anything is False and not any(endpoints_of(resource, context))):
        return skip("no private endpoint, or no switch for the public side")
    return ok(
        any_of(is_public_off(resource), negate(anything)), "has a private endpoint and is public all the same", path
    )


def placed(resource: Resource, _context: Context) -> Iterable[Outcome]:
    """Check PL-05."""
    subnet, manual = "subnet.id", "manualPrivateLinkServiceConnections"
    value = get(resource, subnet)
    pending = None if items(resource, manual) is UNKNOWN else bool(items(resource, manual))
    return [
        ok(
            matches(value, lambda text: bool(SUBNET.search(str(text).rsplit("/", 1)[-1]))),
            "the endpoint is not in a subnet for endpoints",
            subnet,
        ),
        ok(negate(pending), "a connection that somebody has to approve by hand", manual),
        ok(present(get(resource, CONNECTIONS)), "no connection that is approved by right", CONNECTIONS),
    ]


RULES: tuple[Rule, ...] = (
    Rule(
        id="PL-01", title="Each PaaS resource has a private endpoint with the right sub-resource",
        types=SERVICES, property="privateLinkServiceConnections[].{privateLinkServiceId,groupIds}",
        severity="H", scope="S", profile="P2",
        iso=(direct("A.8.20", "The service is reached over the private network"),
             direct("A.8.22", "The service is part of a segment with rules of its own")),
        hipaa=(direct("164.312(a)(1)", "Only what is inside the network can ask for health information"),
               direct("164.312(e)(1)", "Health information does not travel over the Internet")),
        gdpr=(direct("Art. 32(1)(b)", "Stores of personal data are not part of the Internet"),),
        what="Every service that can has a private endpoint for each part that is in use: `blob` where there are "
             "containers, `file` where there are shares, `sites-NAME` for a slot.",
        why="An endpoint for the wrong sub-resource looks right in every list, and the app still goes by the Internet.",
        remediation="Add `network.PrivateEndpoint` with the service's id and the sub-resource it needs.",
        azure_default="None: services have public addresses.",
        bad="storage.FileShare('share', account_name=account.name)  # and an endpoint for 'blob' only",
        good="network.PrivateEndpoint('files', private_link_service_connections=[\n"
             "    network.PrivateLinkServiceConnectionArgs(private_link_service_id=account.id, group_ids=['file'])])",
        check=reachable_privately,
    ),
    Rule(
        id="PL-04", title="Endpoint present implies public access off", types=SERVICES, property="publicNetworkAccess",
        severity="C", scope="S", profile="P2",
        iso=(direct("A.8.20", "The private way is the only way"),),
        hipaa=(direct("164.312(a)(1)", "Nobody gets at health information past the private network"),),
        gdpr=(direct("Art. 25(2)", "By default data is not accessible to an indefinite number of people"),
              direct("Art. 32(1)(b)", "Confidentiality does not hang on a password alone")),
        what="A service with a private endpoint has no public side.",
        why="An endpoint adds a way in and takes none away: with the public side open it protects nothing.",
        remediation='Set `public_network_access="Disabled"` (in the place where the service has it).',
        azure_default="Enabled, with or without an endpoint.",
        bad="keyvault.VaultPropertiesArgs(public_network_access='Enabled', …)  # and a private endpoint",
        good="keyvault.VaultPropertiesArgs(public_network_access='Disabled', …)",
        check=no_other_way_in,
    ),
    Rule(
        id="PL-05", title="Endpoints in the endpoint subnet; no manual connections", types=(ENDPOINT,),
        property="subnet, manualPrivateLinkServiceConnections",
        severity="M", scope="R", profile="P2",
        iso=(direct("A.8.22", "Endpoints have a segment of their own, with rules of its own"),),
        hipaa=(direct("164.312(a)(1)", "Connections to stores are made by right and not by a stranger's approval"),),
        gdpr=(direct("Art. 32(1)(b)", "What is connected to stores of personal data is known"),),
        what="Endpoints are in a subnet whose name says that it is for endpoints, and their "
             "connections are approved by "
             "the right of whoever deploys.",
        why="Endpoints among machines fall under the machines' rules. A manual connection waits for somebody to click, "
            "often in a tenant that is not ours, and carries nothing until then.",
        remediation="Use the endpoint subnet; use `private_link_service_connections`.",
        azure_default="Any subnet.",
        bad="network.PrivateEndpoint('vault', manual_private_link_service_connections=[…])",
        good="network.PrivateEndpoint('vault', subnet={'id': endpoints.id}, private_link_service_connections=[…])",
        check=placed,
    ),
)  # fmt: skip
