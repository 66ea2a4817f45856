"""Rules about who can reach a web app, and what it can reach."""

from __future__ import annotations

from collections.abc import Iterable

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.platform_shared import WEB_APPS, depends, parts, wired
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
)  # fmt: skip

FRONT_DOOR = "AzureFrontDoor.Backend"
"""Service tag of the addresses of every Front Door in the world; the header tells whose it is."""
HEADER = "headers.x-azure-fdid"
TRAFFIC = ("applicationTraffic", "imagePullTraffic", "contentShareTraffic", "backupRestoreTraffic")


def closed_to_public(resource: Resource) -> Trilean:
    """Tell whether the site has no public side at all; the site's own property wins over that of its configuration."""
    outer = get(resource, "publicNetworkAccess")
    return equals(get(resource, "siteConfig.publicNetworkAccess") if outer is ABSENT else outer, "Disabled")


def public_access(resource: Resource, context: Context) -> Iterable[Outcome]:
    """Check WB-07."""
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
        ok(any_of(closed, site), "reachable from the Internet past our own Front Door", "publicNetworkAccess"),
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
    """Tell whether the header asks for an instance of this program; of somebody else's nobody can tell."""
    if ids is UNKNOWN:
        return True if depends(resource, "siteConfig", "Profile") else None
    return all_of(present(ids), *(_instance(value, resource, context) for value in items(ids)))


def _instance(value: Value, resource: Resource, context: Context) -> Trilean:
    if not known(value):
        return True if depends(resource, "siteConfig", "Profile") else None
    instances = [get(profile.outputs, "frontDoorId", UNKNOWN) for profile in context.graph.of("cdn:Profile")]
    return any_of(*(equals(instance, value) for instance in instances)) if instances else None


def outbound(resource: Resource, _context: Context) -> Iterable[Outcome]:
    """Check WB-08."""
    routing = "outboundVnetRouting"
    everything = any_of(
        equals(get(resource, f"{routing}.allTraffic"), expected=True),
        all_of(*(equals(get(resource, f"{routing}.{kind}"), expected=True) for kind in TRAFFIC)),
    )
    return [
        ok(wired(resource, "virtualNetworkSubnetId", "Subnet"), "no subnet to leave through", "virtualNetworkSubnetId"),
        ok(everything, "some outgoing traffic does not pass through the virtual network", routing),
    ]


def cors(resource: Resource, _context: Context) -> Outcome:
    """Check WB-09."""
    path = "siteConfig.cors.allowedOrigins"
    return ok(
        every(get(resource, path), lambda origin: negate(matches(origin, lambda text: "*" in str(text)))),
        "every web site may call the app with the visitor's browser",
        path,
    )


def authenticated(resource: Resource, context: Context) -> Outcome:
    """Check WB-13."""
    closed = closed_to_public(resource)
    if closed:
        return skip("not reachable from the Internet")
    slot = resource.type == "web:WebAppSlot"
    names = {"name": "name", "slot": "slot"} if slot else {"name": "name"}
    logins = parts(context, resource, f"web:WebAppAuthSettingsV2{'Slot' if slot else ''}", names)
    certificate = all_of(
        equals(get(resource, "clientCertEnabled"), expected=True),
        equals(get(resource, "clientCertMode", "Required"), "Required"),
    )
    answer = any_of(certificate, *(_login(each) for each in logins.found), False if logins.complete else None)
    return ok(any_of(closed, answer), "whoever reaches the app is let in without login", "clientCertEnabled")


def _login(settings: Resource) -> Trilean:
    return all_of(
        equals(get(settings, "platform.enabled"), expected=True),
        equals(get(settings, "globalValidation.requireAuthentication"), expected=True),
    )


RULES: tuple[Rule, ...] = (
    Rule(
        id="WB-07", title="Public access off, or only Front Door with the right instance header", types=WEB_APPS,
        property="publicNetworkAccess, siteConfig.ipSecurityRestrictions[], ...DefaultAction",
        severity="C", scope="S", profile="P2",
        iso=(direct("A.8.20", "The app has one way in, and it is controlled"),
             direct("A.8.26", "Requests reach the app only after the web application firewall has seen them")),
        hipaa=(direct("164.312(a)(1)", "Only what came through the access point can ask for health information"),),
        gdpr=(direct("Art. 25(2)", "By default the app is not accessible to an indefinite number of people"),
              direct("Art. 32(1)(b)", "Confidentiality does not hang on the app alone")),
        what="The app has no public side; or it accepts the addresses of Front Door with the header "
             "of our own instance, "
             "and its deployment site accepts nobody from the Internet.",
        why="An app that the Internet reaches directly is reached past the WAF. The service tag alone lets in every "
            "Front Door in the world, an attacker's own included; only the header tells them apart.",
        remediation='Set `public_network_access="Disabled"` and reach the app by private endpoint; '
                    'where that cannot be, '
                    "deny by default and allow `AzureFrontDoor.Backend` with `x-azure-fdid` of the profile.",
        azure_default="Public, every address is allowed.",
        bad="web.WebApp('app', public_network_access='Enabled')",
        good="web.WebApp('app', public_network_access='Disabled')",
        check=public_access,
    ),
    Rule(
        id="WB-08", title="VNet integration with all outbound routed", types=WEB_APPS,
        property="virtualNetworkSubnetId, outboundVnetRouting.*",
        severity="H", scope="R", profile="P2",
        iso=(direct("A.8.20", "What the app sends is filtered by the network's rules"),
             direct("A.8.22", "The app is part of a segment and not of the platform's shared network")),
        hipaa=(direct("164.312(e)(1)", "Health information leaves through the guarded network only"),),
        gdpr=(direct("Art. 32(1)(b)", "Data cannot be sent past the network's control"),),
        what="The app leaves through a subnet, and all its traffic does: requests, image pulls, file shares, backups.",
        why="Without it the app uses shared addresses of Azure: no security group, no allow list, no private endpoint.",
        remediation="Set `virtual_network_subnet_id` and `outbound_vnet_routing` with `all_traffic=True`.",
        azure_default="No integration; with one, only private addresses are routed through it.",
        bad="web.WebApp('app', virtual_network_subnet_id=subnet.id)",
        good="web.WebApp('app', virtual_network_subnet_id=subnet.id,\n"
             "    outbound_vnet_routing=web.OutboundVnetRoutingArgs(all_traffic=True))",
        check=outbound,
    ),
    Rule(
        id="WB-09", title="CORS without wildcard", types=WEB_APPS, property="siteConfig.cors.allowedOrigins",
        severity="H", scope="R", profile="P1",
        iso=(direct("A.8.26", "Which sites may call the app is a decision, not a default for all"),),
        hipaa=(direct("164.312(a)(1)", "Other sites cannot read health information with a user's session"),),
        gdpr=(direct("Art. 25(2)", "By default no other site gets at a person's data"),),
        what="No origin of the list contains a wildcard.",
        why="With `*` any web page that a user opens can read from the app through the user's own network and browser.",
        remediation="List the origins that call the app, each with its host name.",
        azure_default="No list: no other origin may call.",
        bad="web.WebApp('app', site_config=web.SiteConfigArgs(cors=web.CorsSettingsArgs(allowed_origins=['*'])))",
        good="web.WebApp('app', site_config=web.SiteConfigArgs(\n"
             "    cors=web.CorsSettingsArgs(allowed_origins=['https://portal.contoso.example'])))",
        check=cors,
    ),
    Rule(
        id="WB-13", title="User auth or client certificate on internet-facing apps", types=WEB_APPS,
        property="globalValidation, clientCertEnabled",
        severity="M", scope="S", profile="P4",
        iso=(direct("A.8.5", "Who calls an app from the Internet is authenticated before its code runs"),),
        hipaa=(direct("164.312(d)", "The person or machine that asks is verified"),),
        gdpr=(supporting("Art. 32(1)(b)", "Strangers do not reach code that handles personal data"),),
        what="An app with a public side asks for a login (App Service authentication) or for a client certificate.",
        why="A mistake in the app's own login then still lets nobody in. Advice only: apps behind Keycloak log in "
            "themselves.",
        remediation="Add `WebAppAuthSettingsV2` that requires authentication, or "
                    "`client_cert_enabled=True`, mode Required.",
        azure_default="No login, no certificate.",
        bad="web.WebApp('app', public_network_access='Enabled')",
        good="web.WebApp('app', public_network_access='Enabled', client_cert_enabled=True,\n"
             "    client_cert_mode='Required')",
        check=authenticated,
    ),
)  # fmt: skip
