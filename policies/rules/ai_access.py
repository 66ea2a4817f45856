"""Cognitive Services, Azure OpenAI among them: how an account is entered, and where it may send data."""

from __future__ import annotations

from policies.model import Context, Outcome, ok
from policies.rule import Rule, direct, supporting
from resources.model import Resource
from resources.values import at_least, equals, every, get, matches, negate, one_of, present

ACCOUNT = ("cognitiveservices:Account",)
IDENTITIES = ("SystemAssigned", "UserAssigned", "SystemAssigned, UserAssigned", "SystemAssigned,UserAssigned")


def closed(resource: Resource, _context: Context) -> list[Outcome]:
    """AI-01."""
    public = equals(get(resource, "properties.publicNetworkAccess"), "Disabled")
    deny = equals(get(resource, "properties.networkAcls.defaultAction"), "Deny")
    return [
        ok(public, "the account answers on its public address", "properties.publicNetworkAccess"),
        ok(deny, "the firewall lets in whatever it has no rule for", "properties.networkAcls.defaultAction"),
    ]


def no_keys(resource: Resource, _context: Context) -> Outcome:
    """AI-02."""
    path = "properties.disableLocalAuth"
    return ok(equals(get(resource, path), expected=True), "two keys open the account to whoever holds them", path)


def outbound_list(resource: Resource, _context: Context) -> list[Outcome]:
    """AI-03."""
    restricted = equals(get(resource, "properties.restrictOutboundNetworkAccess"), expected=True)
    narrow = every(
        get(resource, "properties.allowedFqdnList"),
        lambda name: negate(matches(name, lambda text: str(text).strip().startswith("*"))),
    )
    return [
        ok(
            restricted, "the account may fetch from and send to any address", "properties.restrictOutboundNetworkAccess"
        ),
        ok(narrow, "the list of destinations has a wildcard", "properties.allowedFqdnList"),
    ]


def own_identity(resource: Resource, _context: Context) -> list[Outcome]:
    """AI-04."""
    identity = one_of(get(resource, "identity.type"), IDENTITIES)
    domain = present(get(resource, "properties.customSubDomainName"))
    return [
        ok(identity, "the account has no identity of its own", "identity.type"),
        ok(domain, "without a subdomain the account takes no Entra tokens", "properties.customSubDomainName"),
    ]


def search_service(resource: Resource, context: Context) -> list[Outcome]:
    """AI-08."""
    public = equals(get(resource, "publicNetworkAccess"), "Disabled")
    keys = equals(get(resource, "disableLocalAuth"), expected=True)
    cmk = equals(get(resource, "encryptionWithCmk.enforcement"), "Enabled")
    enough = at_least(get(resource, "replicaCount", 1), context.parameters.minimum_instances)
    return [
        ok(public, "the service answers on its public address", "publicNetworkAccess"),
        ok(keys, "admin and query keys open the service", "disableLocalAuth"),
        ok(cmk, "indexes without a key of the customer are accepted", "encryptionWithCmk.enforcement"),
        ok(enough, "too few replicas for a service level", "replicaCount"),
    ]


RULES: tuple[Rule, ...] = (
    Rule(
        id="AI-01",
        title="Public access off, default deny",
        types=ACCOUNT,
        property="properties.{publicNetworkAccess,networkAcls.defaultAction}",
        severity="H",
        scope="R",
        profile="P2",
        iso=(direct("A.8.20", "The models are reached on the private network only."),),
        hipaa=(
            supporting("164.312(a)(1)", "Prompts with health data go to an endpoint that only the platform reaches."),
        ),
        gdpr=(supporting("Art. 32(1)(b)", "Nobody outside can use models, files and fine-tunes of the account."),),
        what="The account answers by private endpoint only, and its firewall denies the rest.",
        why="Prompts, uploaded files and fine-tuned models are as sensitive as the documents they come from. A public "
        "endpoint turns one leaked token into access from anywhere, at our cost. With both settings, one of them "
        "may be changed by mistake and the account is still closed.",
        remediation='Set `public_network_access="Disabled"` and `network_acls={"default_action": "Deny"}`, with a '
        "private endpoint for the sub-resource `account`.",
        azure_default="Open to every network.",
        bad='cognitiveservices.Account("openai", kind="OpenAI", properties={"public_network_access": "Enabled"})',
        good='cognitiveservices.Account("openai", kind="OpenAI", properties={\n'
        '    "public_network_access": "Disabled", "network_acls": {"default_action": "Deny"}})',
        check=closed,
    ),
    Rule(
        id="AI-02",
        title="Keys off",
        types=ACCOUNT,
        property="properties.disableLocalAuth",
        severity="H",
        scope="R",
        profile="P2",
        iso=(direct("A.8.5", "Callers authenticate with Entra tokens."),),
        hipaa=(direct("164.312(d)", "Each caller proves its own identity, and the log names it."),),
        gdpr=(supporting("Art. 32(1)(b)", "No shared key opens prompts and files."),),
        what="The account takes Entra tokens only.",
        why="The two keys are the same for all callers: nobody can tell who asked what, and nobody can be shut out "
        "without shutting out all. They end up in settings, notebooks and repositories.",
        remediation="Set `disable_local_auth=True` and give the applications' identities the role Cognitive Services "
        "OpenAI User.",
        azure_default="Keys are on.",
        bad='cognitiveservices.Account("openai", kind="OpenAI", properties={"disable_local_auth": False})',
        good='cognitiveservices.Account("openai", kind="OpenAI", properties={"disable_local_auth": True})',
        check=no_keys,
    ),
    Rule(
        id="AI-03",
        title="Outbound restricted to a list",
        types=ACCOUNT,
        property="properties.{restrictOutboundNetworkAccess,allowedFqdnList}",
        severity="H",
        scope="R",
        profile="P3",
        iso=(direct("A.8.12", "The service cannot be made to send data to addresses of an attacker."),),
        hipaa=(supporting("164.312(c)(1)", "Content is not fetched from sources that nobody vouches for."),),
        gdpr=(supporting("Art. 32(2)", "Answers the risk of unauthorised disclosure through the model service."),),
        what="The account reaches named destinations only, and none of the names begins with a wildcard.",
        why="Image inputs, data sources and webhooks make the service itself call addresses that come with a prompt. "
        "An injected prompt can carry data out in such an address.",
        remediation="Set `restrict_outbound_network_access=True` and list the hosts in `allowed_fqdn_list`; an empty "
        "list allows none.",
        azure_default="Unrestricted.",
        bad='cognitiveservices.Account("openai", kind="OpenAI", properties={\n'
        '    "restrict_outbound_network_access": True, "allowed_fqdn_list": ["*.blob.core.windows.net"]})',
        good='cognitiveservices.Account("openai", kind="OpenAI", properties={\n'
        '    "restrict_outbound_network_access": True, "allowed_fqdn_list": ["stfabrixdata.blob.core.windows.net"]})',
        check=outbound_list,
    ),
    Rule(
        id="AI-04",
        title="Managed identity and custom subdomain",
        types=ACCOUNT,
        property="identity, properties.customSubDomainName",
        severity="M",
        scope="R",
        profile="P2",
        iso=(direct("A.5.16", "The service has an identity that is granted rights and loses them like any other."),),
        hipaa=(supporting("164.312(d)", "Precondition for Entra authentication in both directions."),),
        gdpr=(supporting("Art. 32(1)(b)", "No stored key connects the service with the stores it reads."),),
        what="The account has a managed identity, and a subdomain of its own.",
        why="Without an identity it needs keys or shared access signatures for storage, search and the vault. Without "
        "a subdomain it accepts no Entra tokens and can have no private endpoint.",
        remediation='Set `identity={"type": "SystemAssigned"}` and `properties.custom_sub_domain_name` to the account '
        "name. The subdomain cannot be changed later.",
        azure_default="Neither.",
        bad='cognitiveservices.Account("openai", kind="OpenAI", properties={})',
        good='cognitiveservices.Account("openai", kind="OpenAI", identity={"type": "SystemAssigned"},\n'
        '    properties={"custom_sub_domain_name": "oai-fabrix-pro-weu"})',
        check=own_identity,
    ),
)

SEARCH = Rule(
    id="AI-08",
    title="Search: public access off, keys off, CMK, replicas",
    types=("search:Service",),
    property="publicNetworkAccess, disableLocalAuth, encryptionWithCmk, replicaCount",
    severity="H",
    scope="R",
    profile="P2",
    iso=(
        direct("A.8.20", "Indexes are reached on the private network only."),
        direct("A.8.5", "Callers authenticate with Entra tokens."),
        supporting("A.8.14", "Queries go on while a replica is replaced."),
    ),
    hipaa=(direct("164.312(a)(1)", "Indexed health data is open to named identities on the network only."),),
    gdpr=(
        supporting("Art. 32(1)(b)", "Indexes are copies of personal data and need the protection of the originals."),
    ),
    what="The search service has no public access and no keys, requires customer-managed keys, and enough replicas.",
    why="An index holds the text of every document that was fed to it, without the rights of the documents. An admin "
    "key reads and overwrites all indexes. One replica has no service level.",
    remediation='Set `public_network_access="Disabled"`, `disable_local_auth=True`, '
    '`encryption_with_cmk={"enforcement": "Enabled"}` and `replica_count` of two or more in production.',
    azure_default="Public, with keys, a platform key, one replica.",
    bad='search.Service("search", sku={"name": "standard"}, replica_count=1)',
    good='search.Service("search", sku={"name": "standard"}, public_network_access="Disabled",\n'
    '    disable_local_auth=True, encryption_with_cmk={"enforcement": "Enabled"}, replica_count=3)',
    check=search_service,
)
