"""Container registries: who can reach them, and with which credentials."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policies.model import Context, Outcome, ok
from policies.rule import Rule, direct
from policies.rules.shared import WEB_APPS, expect, set_inputs
from resources.model import Resource
from resources.values import Trilean, Value, all_of, any_of, equals, get, known, negate, one_of, present, some

REGISTRY = ("containerregistry:Registry",)
SITE_CONTAINERS = ("web:WebAppSiteContainer", "web:WebAppSiteContainerSlot")
CONTAINER_APPS = ("app:ContainerApp", "app:Job")


def no_admin_user(resource: Resource, _context: Context) -> Outcome:
    """CR-01: there is no shared admin user."""
    return expect(resource, "adminUserEnabled", "the shared admin user is on", to_be=False, default=False)


def no_anonymous_pull(resource: Resource, _context: Context) -> Outcome:
    """CR-02: pulling needs a login."""
    return expect(resource, "anonymousPullEnabled", "anyone may pull", to_be=False, default=False)


def private(resource: Resource, _context: Context) -> list[Outcome]:
    """CR-03: the registry has no public endpoint, and at most Azure's trusted services bypass its firewall."""
    bypass, trusted = "networkRuleBypassOptions", ("AzureServices", "None")
    reason = "more than Azure's trusted services may bypass the firewall"
    return [
        expect(resource, "sku.name", "only Premium has private endpoints", to_be="Premium"),
        expect(resource, "publicNetworkAccess", "reachable from the Internet", to_be="Disabled"),
        expect(resource, bypass, reason, to_be=trusted, default="AzureServices"),
    ]


def no_export(resource: Resource, _context: Context) -> Outcome:
    """CR-04: images cannot be exported."""
    return expect(resource, "policies.exportPolicy.status", "images can be exported", to_be="disabled")


def identities_can_pull(resource: Resource, context: Context) -> Outcome:
    """CR-05: tokens for Azure Resource Manager are accepted where App Service or Container Apps pull with them.

    Source: Microsoft Learn, "Configure a custom container for Azure App Service" and "Azure Container Apps image pull
    with managed identity".
    """
    path = "policies.azureADAuthenticationAsArmPolicy.status"
    accepted = equals(get(resource, path, "enabled"), "enabled")
    reason = "App Service or Container Apps pull with tokens that the registry refuses: every pull fails"
    return ok(any_of(accepted, negate(_identities_pull(resource, context))), reason, path)


def _identities_pull(registry: Resource, context: Context) -> Trilean:
    """Return whether an app in the graph pulls from ``registry`` with a managed identity."""
    name = get(registry, "registryName")
    sites = [
        all_of(
            equals(get(site, "siteConfig.acrUseManagedIdentityCreds"), expected=True),
            _is_in(get(site, "siteConfig.linuxFxVersion"), name),
        )
        for site in _all(context, WEB_APPS)
    ]
    containers = [
        all_of(one_of(get(one, "authType"), ("UserAssigned", "SystemIdentity")), _is_in(get(one, "image"), name))
        for one in _all(context, SITE_CONTAINERS)
    ]
    apps = [
        some(
            get(one, "configuration.registries"),
            lambda login: all_of(present(get(login, "identity")), _is_in(get(login, "server"), name)),
        )
        for one in _all(context, CONTAINER_APPS)
    ]
    return any_of(*sites, *containers, *apps)


def _all(context: Context, types: Iterable[str]) -> Iterator[Resource]:
    return (resource for type_ in types for resource in context.graph.of(type_))


def _is_in(image: Value, registry: Value) -> Trilean:
    """Return whether an image reference, or a host name, is of a registry."""
    if not known(registry) or not known(image):
        return None
    host = str(image or "").rpartition("|")[2].partition("/")[0]
    return host.lower() == f"{registry}.azurecr.io".lower()


RULES: tuple[Rule, ...] = (
    Rule(
        id="CR-01",
        title="Admin user off",
        types=REGISTRY,
        property="adminUserEnabled",
        severity="H",
        scope="R",
        profile="P1",
        iso=(
            direct("A.5.16", "Everyone who pulls or pushes has an identity of their own."),
            direct("A.8.5", "There is no shared password for the registry."),
        ),
        hipaa=(direct("164.312(d)", "Whoever pulls or pushes is verified by their own identity."),),
        gdpr=(direct("Art. 32(1)(b)", "No shared password can change the software that handles personal data."),),
        what="The registry has no admin user.",
        why="Its two passwords belong to nobody, may do everything, and cannot be limited to one image.",
        remediation="Set `admin_user_enabled=False`; give identities AcrPull or AcrPush.",
        azure_default="Off.",
        bad='containerregistry.Registry("registry", admin_user_enabled=True)',
        good='containerregistry.Registry("registry", admin_user_enabled=False)',
        check=no_admin_user,
        remediate=set_inputs({"adminUserEnabled": False}),
    ),
    Rule(
        id="CR-02",
        title="Anonymous pull off",
        types=REGISTRY,
        property="anonymousPullEnabled",
        severity="C",
        scope="R",
        profile="P1",
        iso=(direct("A.8.3", "Access to images is restricted to those with permission."),),
        hipaa=(direct("164.312(a)(1)", "Software that handles health information goes to permitted identities only."),),
        gdpr=(direct("Art. 25(2)", "By default images are not open to an indefinite number of people."),),
        what="Nobody can pull without logging in.",
        why="Images hold code, configuration and sometimes forgotten secrets; anonymous pulls leave no name in the "
        "log.",
        remediation="Set `anonymous_pull_enabled=False`.",
        azure_default="Off.",
        bad='containerregistry.Registry("registry", anonymous_pull_enabled=True)',
        good='containerregistry.Registry("registry", anonymous_pull_enabled=False)',
        check=no_anonymous_pull,
        remediate=set_inputs({"anonymousPullEnabled": False}),
    ),
    Rule(
        id="CR-03",
        title="Premium, public access off, trusted bypass only",
        types=REGISTRY,
        property="sku.name, publicNetworkAccess, networkRuleBypassOptions",
        severity="H",
        scope="R",
        profile="P2",
        iso=(direct("A.8.20", "The registry is reachable only through the private network."),),
        hipaa=(direct("164.312(a)(1)", "Software that handles health information is not reachable from outside."),),
        gdpr=(direct("Art. 32(1)(b)", "The software supply does not depend on passwords alone."),),
        what="The registry is Premium, has no public endpoint, and lets at most Azure's trusted services bypass its "
        "firewall.",
        why="With a public endpoint a stolen token is enough to read or replace what runs in production.",
        remediation='Set `sku` Premium, `public_network_access="Disabled"`, '
        '`network_rule_bypass_options="AzureServices"`.',
        azure_default="Public; trusted services may bypass.",
        bad='containerregistry.Registry("registry", sku=containerregistry.SkuArgs(name="Basic"))',
        good='containerregistry.Registry("registry", sku=containerregistry.SkuArgs(name="Premium"),\n'
        '    public_network_access="Disabled", network_rule_bypass_options="AzureServices")',
        check=private,
    ),
    Rule(
        id="CR-04",
        title="Export off",
        types=REGISTRY,
        property="policies.exportPolicy.status",
        severity="M",
        scope="R",
        profile="P2",
        iso=(direct("A.8.12", "Images cannot be copied out around the network's controls."),),
        hipaa=(direct("164.312(c)(1)", "Nobody can take images away in order to change and replay them."),),
        gdpr=(direct("Art. 32(2)", "Unauthorised disclosure by export is prevented."),),
        what="The export policy of the registry is off.",
        why="An import into another registry and an export pipeline copy images even while public access is off.",
        remediation='Set `policies.export_policy.status="disabled"` (needs public access off).',
        azure_default="On.",
        bad='containerregistry.Registry("registry")',
        good='containerregistry.Registry("registry", policies=containerregistry.PoliciesArgs(\n'
        '    export_policy=containerregistry.ExportPolicyArgs(status="disabled")))',
        check=no_export,
    ),
    Rule(
        id="CR-05",
        title="ARM-audience tokens on where identities pull",
        types=REGISTRY,
        property="policies.azureADAuthenticationAsArmPolicy.status",
        severity="H",
        scope="S",
        profile="P2",
        iso=(direct("A.8.5", "Applications log in with identities of their own, and never with a shared password."),),
        hipaa=(direct("164.312(d)", "Whatever pulls is verified by its own identity."),),
        gdpr=(direct("Art. 32(1)(b)", "An application that was moved or restarted can pull its image again."),),
        what="A registry accepts tokens for Azure Resource Manager where App Service or Container Apps pull from it "
        "with managed identities.",
        why="Both services present such tokens. Azure accepts the configuration, and then every container stays in "
        "ImagePullFailure. Built-in Azure policies that ask for these tokens to be off do not know who pulls.",
        remediation='Set `policies.azure_ad_authentication_as_arm_policy.status="enabled"`.',
        azure_default="They are accepted.",
        bad='containerregistry.Registry("registry", policies=containerregistry.PoliciesArgs(\n'
        "    azure_ad_authentication_as_arm_policy=\n"
        '    containerregistry.AzureADAuthenticationAsArmPolicyArgs(status="disabled")))',
        good='containerregistry.Registry("registry", policies=containerregistry.PoliciesArgs(\n'
        "    azure_ad_authentication_as_arm_policy=\n"
        '    containerregistry.AzureADAuthenticationAsArmPolicyArgs(status="enabled")))',
        check=identities_can_pull,
    ),
)
