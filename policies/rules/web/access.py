"""Web apps: who can reach them, and what they can reach."""

from __future__ import annotations

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.shared import WEB_APPS, depends, refers_to_something, site_children
from resources.model import Resource
from resources.values import (
    ABSENT,
    UNKNOWN,
    Trilean,
    Value,
    all_of,
    any_of,
    equals,
    every,
    get,
    items,
    known,
    matches,
    negate,
    present,
)

FRONT_DOOR = "AzureFrontDoor.Backend"
"""Service tag of the addresses of every Front Door in the world; the header tells whose it is."""
HEADER = "headers.x-azure-fdid"
TRAFFIC = ("applicationTraffic", "imagePullTraffic", "contentShareTraffic", "backupRestoreTraffic")


def closed_to_public(resource: Resource) -> Trilean:
    """Return whether the site has no public endpoint; its own property takes precedence over its configuration's."""
    outer = get(resource, "publicNetworkAccess")
    return equals(get(resource, "siteConfig.publicNetworkAccess") if outer is ABSENT else outer, "Disabled")


def only_front_door(resource: Resource, context: Context) -> list[Outcome]:
    """WB-07: the Internet reaches the app only through our own Front Door, and the deployment site not at all."""
    closed = closed_to_public(resource)
    site = all_of(
        equals(get(resource, "siteConfig.ipSecurityRestrictionsDefaultAction"), "Deny"),
        every(get(resource, "siteConfig.ipSecurityRestrictions"), lambda rule: _edge(rule, resource, context)),
    )
    scm = any_of(
        equals(get(resource, "siteConfig.scmIpSecurityRestrictionsUseMain"), expected=True),
        all_of(
            equals(get(resource, "siteConfig.scmIpSecurityRestrictionsDefaultAction"), "Deny"),
            every(get(resource, "siteConfig.scmIpSecurityRestrictions"), _inside),
        ),
    )
    return [
        ok(any_of(closed, site), "the Internet can bypass our own Front Door", "publicNetworkAccess"),
        ok(any_of(closed, scm), "the deployment site is reachable from the Internet", "publicNetworkAccess"),
    ]


def _inside(rule: Value) -> Trilean:
    return any_of(equals(get(rule, "action"), "Deny"), present(get(rule, "vnetSubnetResourceId")))


def _edge(rule: Value, resource: Resource, context: Context) -> Trilean:
    ids = get(rule, HEADER)
    return any_of(
        _inside(rule),
        all_of(
            equals(get(rule, "ipAddress"), FRONT_DOOR),
            equals(get(rule, "tag"), "ServiceTag"),
            _ours(ids, resource, context),
        ),
    )


def _ours(ids: Value, resource: Resource, context: Context) -> Trilean:
    """Return whether the header requires a Front Door of this program; about any other it cannot be decided."""
    if ids is UNKNOWN:
        return True if depends(resource, "siteConfig", "Profile") else None
    return all_of(present(ids), *(_instance(value, resource, context) for value in items(ids)))


def _instance(value: Value, resource: Resource, context: Context) -> Trilean:
    if not known(value):
        return True if depends(resource, "siteConfig", "Profile") else None
    instances = [get(profile.outputs, "frontDoorId", UNKNOWN) for profile in context.graph.of("cdn:Profile")]
    return any_of(*(equals(instance, value) for instance in instances)) if instances else None


def outbound_through_network(resource: Resource, _context: Context) -> list[Outcome]:
    """WB-08: all outgoing traffic passes through a subnet."""
    routing, subnet = "outboundVnetRouting", "virtualNetworkSubnetId"
    everything = any_of(
        equals(get(resource, f"{routing}.allTraffic"), expected=True),
        all_of(*(equals(get(resource, f"{routing}.{kind}"), expected=True) for kind in TRAFFIC)),
    )
    return [
        ok(refers_to_something(resource, subnet, "Subnet"), "the app is integrated with no subnet", subnet),
        ok(everything, "some outgoing traffic does not pass through the virtual network", routing),
    ]


def no_wildcard_origin(resource: Resource, _context: Context) -> Outcome:
    """WB-09: CORS allows named origins only."""
    path = "siteConfig.cors.allowedOrigins"
    named = every(get(resource, path), lambda origin: negate(matches(origin, lambda text: "*" in str(text))))
    return ok(named, "any web site may call the app through a visitor's browser", path)


def authenticated(resource: Resource, context: Context) -> Outcome:
    """WB-13: an app with a public endpoint asks for a login or a client certificate."""
    closed = closed_to_public(resource)
    if closed:
        return skip("not reachable from the Internet")
    certificate = all_of(
        equals(get(resource, "clientCertEnabled"), expected=True),
        equals(get(resource, "clientCertMode", "Required"), "Required"),
    )
    login = site_children(context, resource, "web:WebAppAuthSettingsV2").any(_login)
    return ok(any_of(closed, certificate, login), "anyone may use the app without login", "clientCertEnabled")


def _login(settings: Resource) -> Trilean:
    return all_of(
        equals(get(settings, "platform.enabled"), expected=True),
        equals(get(settings, "globalValidation.requireAuthentication"), expected=True),
    )


RULES: tuple[Rule, ...] = (
    Rule(
        id="WB-07",
        title="Public access off, or only Front Door with the right instance header",
        types=WEB_APPS,
        property="publicNetworkAccess, siteConfig.ipSecurityRestrictions[], ...DefaultAction",
        severity="C",
        scope="S",
        profile="P2",
        iso=(
            direct("A.8.20", "The app has one entrance, and it is controlled."),
            direct("A.8.26", "Requests reach the app only after the web application firewall has inspected them."),
        ),
        hipaa=(direct("164.312(a)(1)", "Only requests through the access point can ask for health information."),),
        gdpr=(
            direct("Art. 25(2)", "By default the app is not accessible to an indefinite number of people."),
            direct("Art. 32(1)(b)", "Confidentiality does not depend on the app alone."),
        ),
        what="The app has no public endpoint; or it accepts the addresses of Front Door with the header of our own "
        "instance, and its deployment site accepts nothing from the Internet.",
        why="Traffic that reaches an app directly bypasses the WAF. The service tag alone admits every Front Door in "
        "the world, an attacker's own included; only the header tells them apart.",
        remediation='Set `public_network_access="Disabled"` and reach the app by private endpoint; where that is not '
        "possible, deny by default and allow `AzureFrontDoor.Backend` with `x-azure-fdid` of the profile.",
        azure_default="Public, every address is allowed.",
        bad='web.WebApp("app", public_network_access="Enabled")',
        good='web.WebApp("app", public_network_access="Disabled")',
        check=only_front_door,
    ),
    Rule(
        id="WB-08",
        title="VNet integration with all outbound routed",
        types=WEB_APPS,
        property="virtualNetworkSubnetId, outboundVnetRouting.*",
        severity="H",
        scope="R",
        profile="P2",
        iso=(
            direct("A.8.20", "What the app sends is filtered by the network's rules."),
            direct("A.8.22", "The app is part of a segment and not of the platform's shared network."),
        ),
        hipaa=(direct("164.312(e)(1)", "Health information leaves through the controlled network only."),),
        gdpr=(direct("Art. 32(1)(b)", "Data cannot be sent around the network's controls."),),
        what="All outgoing traffic of the app passes through a subnet: requests, image pulls, file shares, backups.",
        why="Without it the app uses shared addresses of Azure: no security group, no allow list, no private endpoint.",
        remediation="Set `virtual_network_subnet_id` and `outbound_vnet_routing` with `all_traffic=True`.",
        azure_default="No integration; with one, only private addresses are routed through it.",
        bad='web.WebApp("app", virtual_network_subnet_id=subnet.id)',
        good='web.WebApp("app", virtual_network_subnet_id=subnet.id,\n'
        "    outbound_vnet_routing=web.OutboundVnetRoutingArgs(all_traffic=True))",
        check=outbound_through_network,
    ),
    Rule(
        id="WB-09",
        title="CORS without wildcard",
        types=WEB_APPS,
        property="siteConfig.cors.allowedOrigins",
        severity="H",
        scope="R",
        profile="P1",
        iso=(direct("A.8.26", "Which sites may call the app is a decision, not a default for all."),),
        hipaa=(direct("164.312(a)(1)", "Other sites cannot read health information with a user's session."),),
        gdpr=(direct("Art. 25(2)", "By default no other site can access a person's data."),),
        what="No origin in the list contains a wildcard.",
        why="With `*` any web page that a user opens can read from the app through the user's own network and browser.",
        remediation="List the origins that call the app, each with its host name.",
        azure_default="No list: no other origin may call.",
        bad='web.WebApp("app", site_config=web.SiteConfigArgs(cors=web.CorsSettingsArgs(allowed_origins=["*"])))',
        good='web.WebApp("app", site_config=web.SiteConfigArgs(\n'
        '    cors=web.CorsSettingsArgs(allowed_origins=["https://portal.contoso.example"])))',
        check=no_wildcard_origin,
    ),
    Rule(
        id="WB-13",
        title="User auth or client certificate on internet-facing apps",
        types=WEB_APPS,
        property="globalValidation, clientCertEnabled",
        severity="M",
        scope="S",
        profile="P4",
        iso=(direct("A.8.5", "Callers from the Internet are authenticated before the app's code runs."),),
        hipaa=(direct("164.312(d)", "The person or machine that asks is verified."),),
        gdpr=(supporting("Art. 32(1)(b)", "Strangers do not reach code that handles personal data."),),
        what="An app with a public endpoint asks for a login (App Service authentication) or for a client certificate.",
        why="A mistake in the app's own login then still admits nobody. Advice only: apps behind Keycloak authenticate "
        "users themselves.",
        remediation="Add `WebAppAuthSettingsV2` that requires authentication, or `client_cert_enabled=True`, mode "
        "Required.",
        azure_default="No login, no certificate.",
        bad='web.WebApp("app", public_network_access="Enabled")',
        good='web.WebApp("app", public_network_access="Enabled", client_cert_enabled=True,\n'
        '    client_cert_mode="Required")',
        check=authenticated,
    ),
)
