"""Rules about who gets into a container registry, and from where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from policies.model import Context, Outcome, ok
from policies.rule import Rule, direct
from resources.model import Resource
from resources.values import equals, get, negate, one_of

REGISTRY = ("containerregistry:Registry",)


def admin_user(resource: Resource, _context: Context) -> Outcome:
    """Check CR-01."""
    path = "adminUserEnabled"
    return ok(negate(equals(get(resource, path), expected=True)), "the shared admin user is on", path)


def remove_admin_user(_resource: Resource, _context: Context) -> Mapping[str, Any]:
    """Fix CR-01."""
    return {"adminUserEnabled": False}


def anonymous(resource: Resource, _context: Context) -> Outcome:
    """Check CR-02."""
    path = "anonymousPullEnabled"
    return ok(negate(equals(get(resource, path), expected=True)), "anyone may pull", path)


def refuse_anonymous(_resource: Resource, _context: Context) -> Mapping[str, Any]:
    """Fix CR-02."""
    return {"anonymousPullEnabled": False}


def private(resource: Resource, _context: Context) -> Iterable[Outcome]:
    """Check CR-03."""
    sku, public, bypass = "sku.name", "publicNetworkAccess", "networkRuleBypassOptions"
    trusted = one_of(get(resource, bypass, "AzureServices"), ("AzureServices", "None"))
    return [
        ok(equals(get(resource, sku), "Premium"), "only Premium has private endpoints", sku),
        ok(equals(get(resource, public), "Disabled"), "reachable from the Internet", public),
        ok(trusted, "more than Azure's trusted services may pass the firewall", bypass),
    ]


def export(resource: Resource, _context: Context) -> Outcome:
    """Check CR-04."""
    path = "policies.exportPolicy.status"
    return ok(equals(get(resource, path), "disabled"), "images can be exported past the network", path)


def arm_tokens(resource: Resource, _context: Context) -> Outcome:
    """Check CR-05."""
    path = "policies.azureADAuthenticationAsArmPolicy.status"
    return ok(equals(get(resource, path), "disabled"), "tokens made for Azure Resource Manager are accepted", path)


RULES: tuple[Rule, ...] = (
    Rule(
        id="CR-01", title="Admin user off", types=REGISTRY, property="adminUserEnabled",
        severity="H", scope="R", profile="P1",
        iso=(direct("A.5.16", "Everyone who pulls or pushes has an identity of their own"),
             direct("A.8.5", "There is no shared password for the registry")),
        hipaa=(direct("164.312(d)", "Whoever pulls or pushes is verified as the one they are"),),
        gdpr=(direct("Art. 32(1)(b)", "No password that many know changes the software that handles personal data"),),
        what="The registry has no admin user.",
        why="Its two passwords belong to nobody, may do everything, and cannot be limited to an image.",
        remediation="Set `admin_user_enabled=False`; give identities AcrPull or AcrPush.",
        azure_default="Off.",
        bad="containerregistry.Registry('registry', admin_user_enabled=True)",
        good="containerregistry.Registry('registry', admin_user_enabled=False)",
        check=admin_user, remediate=remove_admin_user,
    ),
    Rule(
        id="CR-02", title="Anonymous pull off", types=REGISTRY, property="anonymousPullEnabled",
        severity="C", scope="R", profile="P1",
        iso=(direct("A.8.3", "Access to images is restricted to those with a right"),),
        hipaa=(direct("164.312(a)(1)", "Only identities with a right get software that handles health information"),),
        gdpr=(direct("Art. 25(2)", "By default images are not open to an indefinite number of people"),),
        what="Nobody pulls without logging in.",
        why="Images hold code, configuration and sometimes forgotten secrets; anonymous pulls leave "
            "no name in the log.",
        remediation="Set `anonymous_pull_enabled=False`.",
        azure_default="Off.",
        bad="containerregistry.Registry('registry', anonymous_pull_enabled=True)",
        good="containerregistry.Registry('registry', anonymous_pull_enabled=False)",
        check=anonymous, remediate=refuse_anonymous,
    ),
    Rule(
        id="CR-03", title="Premium, public access off, trusted bypass only", types=REGISTRY,
        property="sku.name, publicNetworkAccess, networkRuleBypassOptions",
        severity="H", scope="R", profile="P2",
        iso=(direct("A.8.20", "The registry is reached through the private network only"),),
        hipaa=(direct("164.312(a)(1)", "Software that handles health information cannot be reached from outside"),),
        gdpr=(direct("Art. 32(1)(b)", "The supply of software does not hang on passwords alone"),),
        what="The registry is Premium, has no public side, and lets at most Azure's trusted services "
             "past its firewall.",
        why="With a public side a stolen token is enough to read or replace what runs in production.",
        remediation='Set `sku` Premium, `public_network_access="Disabled"`, '
                    '`network_rule_bypass_options="AzureServices"`.',
        azure_default="Public; trusted services may pass.",
        bad="containerregistry.Registry('registry', sku=containerregistry.SkuArgs(name='Basic'))",
        good="containerregistry.Registry('registry', sku=containerregistry.SkuArgs(name='Premium'),\n"
             "    public_network_access='Disabled', network_rule_bypass_options='AzureServices')",
        check=private,
    ),
    Rule(
        id="CR-04", title="Export off", types=REGISTRY, property="policies.exportPolicy.status",
        severity="M", scope="R", profile="P2",
        iso=(direct("A.8.12", "Images cannot be copied out past the network's control"),),
        hipaa=(direct("164.312(c)(1)", "Nobody carries images away in order to change and replay them"),),
        gdpr=(direct("Art. 32(2)", "Unauthorised disclosure by export is prevented"),),
        what="The export policy of the registry is off.",
        why="An import into another registry and an export pipeline copy images although public access is off.",
        remediation='Set `policies.export_policy.status="disabled"` (needs public access off).',
        azure_default="On.",
        bad="containerregistry.Registry('registry')",
        good="containerregistry.Registry('registry', policies=containerregistry.PoliciesArgs(\n"
             "    export_policy=containerregistry.ExportPolicyArgs(status='disabled')))",
        check=export,
    ),
    Rule(
        id="CR-05", title="ARM-audience tokens off", types=REGISTRY,
        property="policies.azureADAuthenticationAsArmPolicy.status",
        severity="L", scope="R", profile="P2",
        iso=(direct("A.8.5", "A token is good for the service that it was made for"),),
        hipaa=(direct("164.312(d)", "Verification is for this registry and not for Azure in general"),),
        gdpr=(direct("Art. 32(1)(b)", "A leaked management token does not open the registry"),),
        what="The registry accepts tokens that were made for it, and none made for Azure Resource Manager.",
        why="Management tokens are everywhere in pipelines and tools; one that leaks must not pull or push images.",
        remediation='Set `policies.azure_ad_authentication_as_arm_policy.status="disabled"`.',
        azure_default="They are accepted.",
        bad="containerregistry.Registry('registry')",
        good="containerregistry.PoliciesArgs(azure_ad_authentication_as_arm_policy=\n"
             "    containerregistry.AzureADAuthenticationAsArmPolicyArgs(status='disabled'))",
        check=arm_tokens,
    ),
)  # fmt: skip
