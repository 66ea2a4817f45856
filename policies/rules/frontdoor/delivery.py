"""Front Door: tier, transport from client to origin, and a firewall in front of every name."""

from __future__ import annotations

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.shared import expect, expect_set
from resources.model import Resource
from resources.values import any_of, equals, get, negate, present, some

NAMES = ("cdn:AFDEndpoint", "cdn:AFDCustomDomain")
_BOUND = "parameters.associations[].domains[].id"


def premium(resource: Resource, _context: Context) -> Outcome:
    """FD-01: the profile is of the Premium tier."""
    reason = "the tier has neither managed rules nor private origins"
    return expect(resource, "sku.name", reason, to_be="Premium_AzureFrontDoor")


def https_throughout(resource: Resource, _context: Context) -> list[Outcome]:
    """FD-02: HTTP is redirected, and origins are asked over HTTPS."""
    accepted = get(resource, "supportedProtocols", ["Http", "Https"])
    no_http = negate(some(accepted, lambda protocol: equals(protocol, "Http")))
    redirected = any_of(equals(get(resource, "httpsRedirect"), "Enabled"), no_http)
    return [
        ok(redirected, "HTTP is answered instead of redirected", "httpsRedirect"),
        expect(resource, "forwardingProtocol", "requests may go to the origin over HTTP", to_be="HttpsOnly"),
    ]


def tls_floor(resource: Resource, _context: Context) -> Outcome:
    """FD-03: TLS older than 1.2 is refused."""
    reason = "TLS older than 1.2 is not refused"
    return expect(resource, "tlsSettings.minimumTlsVersion", reason, to_be=("TLS12", "TLS13"))


def firewall_bound(resource: Resource, context: Context) -> Outcome:
    """FD-04: a security policy binds the name to a firewall."""
    if resource.type == "cdn:AFDEndpoint" and equals(get(resource, "enabledState", "Enabled"), "Disabled"):
        return skip("the endpoint is disabled")
    policies = context.graph.referring(resource, "cdn:SecurityPolicy", _BOUND)
    guarded = any_of(*(present(get(policy, "parameters.wafPolicy.id")) for policy in policies))
    undecided = guarded is False and context.graph.unresolved("cdn:SecurityPolicy", _BOUND)
    return ok(None if undecided else guarded, "no security policy puts a firewall in front of this name")


def private_origin(resource: Resource, _context: Context) -> list[Outcome]:
    """FD-08: the origin is reached by private link, and its certificate is checked."""
    link, checked = "sharedPrivateLinkResource.privateLink", "enforceCertificateNameCheck"
    return [
        expect_set(resource, link, "the origin is reached over its public address"),
        expect(resource, checked, "the origin's certificate may carry any name", to_be=True, default=True),
    ]


def https_probe(resource: Resource, _context: Context) -> list[Outcome]:
    """FD-10: origins are probed over HTTPS at a health path."""
    probe = "healthProbeSettings"
    return [
        expect(resource, f"{probe}.probeProtocol", "origins are not probed over HTTPS", to_be="Https"),
        expect_set(resource, f"{probe}.probePath", "the probe has no health path"),
    ]


RULES: tuple[Rule, ...] = (
    Rule(
        id="FD-01",
        title="Premium tier",
        types=("cdn:Profile",),
        property="sku.name",
        severity="H",
        scope="R",
        profile="P3",
        iso=(
            supporting("A.8.20", "Only this tier reaches origins by private link."),
            supporting("A.8.26", "Only this tier has the managed rules of the web application firewall."),
        ),
        hipaa=(supporting("164.312(a)(1)", "Precondition for an origin that only the edge can reach."),),
        gdpr=(supporting("Art. 32(1)(b)", "Precondition for private origins and managed protection."),),
        what="The profile is of the Premium tier.",
        why="Standard has no managed rule sets, no bot protection and no private link to the origin, so the origin "
        "must be public and only the custom rules protect it.",
        remediation='Set `sku={"name": "Premium_AzureFrontDoor"}`. Standard is upgraded in place.',
        azure_default="None; the tier has to be chosen.",
        bad='cdn.Profile("edge", sku={"name": "Standard_AzureFrontDoor"})',
        good='cdn.Profile("edge", sku={"name": "Premium_AzureFrontDoor"})',
        check=premium,
    ),
    Rule(
        id="FD-02",
        title="HTTP redirected, origins over HTTPS only",
        types=("cdn:Route",),
        property="httpsRedirect, supportedProtocols, forwardingProtocol",
        severity="H",
        scope="R",
        profile="P1",
        iso=(direct("A.5.14", "Information travels encrypted from the client to the edge and on to the origin."),),
        hipaa=(direct("164.312(e)(1)", "Health data is not transmitted over HTTP on either stretch."),),
        gdpr=(direct("Art. 32(1)(a)", "Personal data is encrypted on both stretches."),),
        what="The route redirects HTTP to HTTPS, or does not accept it, and always asks the origin over HTTPS.",
        why="By default Front Door uses the client's protocol: a client that starts with HTTP stays with it up to the "
        "origin, with session cookies and content readable in between.",
        remediation='Set `https_redirect="Enabled"` and `forwarding_protocol="HttpsOnly"`.',
        azure_default="HTTP is accepted and not redirected; the origin is asked with the client's protocol.",
        bad='cdn.Route("all", supported_protocols=["Http", "Https"], forwarding_protocol="MatchRequest")',
        good='cdn.Route("all", supported_protocols=["Http", "Https"], https_redirect="Enabled",\n'
        '    forwarding_protocol="HttpsOnly")',
        check=https_throughout,
    ),
    Rule(
        id="FD-03",
        title="TLS 1.2 or newer on domains",
        types=("cdn:AFDCustomDomain",),
        property="tlsSettings.minimumTlsVersion",
        severity="H",
        scope="R",
        profile="P1",
        iso=(direct("A.8.24", "Protocols whose cryptography is broken are refused."),),
        hipaa=(direct("164.312(e)(2)(ii)", "Transmissions are encrypted with a mechanism that is not broken."),),
        gdpr=(direct("Art. 32(1)(a)", "Encryption follows the state of the art."),),
        what="Each custom domain refuses TLS before 1.2, and the program sets this explicitly.",
        why="TLS 1.0 and 1.1 can be broken, or forced on a client by an attacker in between. A default that a later "
        "API version changes would go unnoticed.",
        remediation='Set `tls_settings={"certificate_type": "ManagedCertificate", "minimum_tls_version": "TLS12"}`.',
        azure_default="TLS 1.2 for new domains; not part of the request.",
        bad='cdn.AFDCustomDomain("www", tls_settings={"certificate_type": "ManagedCertificate",\n'
        '    "minimum_tls_version": "TLS10"})',
        good='cdn.AFDCustomDomain("www", tls_settings={"certificate_type": "ManagedCertificate",\n'
        '    "minimum_tls_version": "TLS12"})',
        check=tls_floor,
    ),
    Rule(
        id="FD-04",
        title="Every endpoint and domain bound to a WAF",
        types=NAMES,
        property="parameters.{wafPolicy,associations[].domains}",
        severity="C",
        scope="S",
        profile="P2",
        iso=(
            direct("A.8.20", "No name of the edge is without a filter."),
            direct("A.8.26", "Attacks on applications are filtered before they reach them."),
        ),
        hipaa=(supporting("164.312(c)(1)", "Injection attacks that would alter health data are stopped."),),
        gdpr=(supporting("Art. 32(1)(b)", "Every path to the applications passes the firewall."),),
        what="Each endpoint and each custom domain is named by a security policy that has a firewall policy.",
        why="A firewall protects only the names it is bound to. Each endpoint has a generated name of its own besides "
        "the custom domains; if that one is forgotten, it bypasses the firewall.",
        remediation="Add the endpoint and the domains to the associations of a `cdn.SecurityPolicy`.",
        azure_default="No firewall.",
        bad='cdn.AFDEndpoint("web", profile_name=edge.name)  # and no SecurityPolicy that names it',
        good='cdn.SecurityPolicy("waf", parameters={"type": "WebApplicationFirewall",\n'
        '    "waf_policy": {"id": waf.id},\n'
        '    "associations": [{"domains": [{"id": endpoint.id}], "patterns_to_match": ["/*"]}]})',
        check=firewall_bound,
    ),
    Rule(
        id="FD-08",
        title="Private link to origin; certificate name checked",
        types=("cdn:AFDOrigin",),
        property="sharedPrivateLinkResource, enforceCertificateNameCheck",
        severity="H",
        scope="R",
        profile="P3",
        iso=(
            direct("A.8.20", "The origin needs no public address."),
            direct("A.8.21", "The edge makes sure that it talks to the origin it means."),
        ),
        hipaa=(direct("164.312(e)(1)", "The stretch to the origin is a private, authenticated connection."),),
        gdpr=(supporting("Art. 32(1)(b)", "Nobody reaches the applications around the edge."),),
        what="The origin is reached by private link, and its certificate must carry its name.",
        why="A public origin can be attacked directly, without the firewall. Without the name check anyone who answers "
        "at that address, with any valid certificate, gets the requests of all users.",
        remediation="Set `shared_private_link_resource` and approve the connection at the origin; leave "
        "`enforce_certificate_name_check` on.",
        azure_default="Public connection; the name is checked.",
        bad='cdn.AFDOrigin("app", host_name=app.default_host_name, enforce_certificate_name_check=False)',
        good='cdn.AFDOrigin("app", host_name=app.default_host_name, shared_private_link_resource={\n'
        '    "private_link": {"id": app.id}, "group_id": "sites", "private_link_location": "westeurope",\n'
        '    "request_message": "edge"})',
        check=private_origin,
    ),
    Rule(
        id="FD-10",
        title="HTTPS health probe",
        types=("cdn:AFDOriginGroup",),
        property="healthProbeSettings",
        severity="L",
        scope="R",
        profile="P3",
        iso=(
            direct("A.8.14", "Requests go to an origin that works."),
            supporting("A.8.16", "The state of each origin is measured continuously."),
        ),
        gdpr=(supporting("Art. 32(1)(b)", "Keeps the applications available."),),
        what="The origin group probes a health path over HTTPS.",
        why="Without a probe Front Door sends requests to an origin that is down. A probe over HTTP tests a different "
        "path from the one the requests take, and gets a redirect at best.",
        remediation='Set `health_probe_settings` with `probe_protocol="Https"` and the health path of the application.',
        azure_default="No probe.",
        bad='cdn.AFDOriginGroup("app", health_probe_settings={"probe_protocol": "Http", "probe_path": "/"})',
        good='cdn.AFDOriginGroup("app", health_probe_settings={"probe_protocol": "Https",\n'
        '    "probe_path": "/health", "probe_request_type": "GET", "probe_interval_in_seconds": 30})',
        check=https_probe,
    ),
)
