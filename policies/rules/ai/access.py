"""Azure OpenAI and AI Search: who can reach an account, and where it may send data."""

from __future__ import annotations

from policies.model import Context, Outcome, ok
from policies.rule import Rule, direct, supporting
from policies.rules.shared import expect, expect_set
from resources.model import Resource
from resources.values import at_least, every, get, matches, negate

ACCOUNT = ("cognitiveservices:Account",)
IDENTITIES = ("SystemAssigned", "UserAssigned", "SystemAssigned, UserAssigned", "SystemAssigned,UserAssigned")


def closed(resource: Resource, _context: Context) -> list[Outcome]:
    """AI-01: the account has no public endpoint, and its firewall denies by default."""
    public, firewall = "properties.publicNetworkAccess", "properties.networkAcls.defaultAction"
    return [
        expect(resource, public, "public network access is not disabled", to_be="Disabled"),
        expect(resource, firewall, "requests that no rule allows are not denied", to_be="Deny"),
    ]


def no_keys(resource: Resource, _context: Context) -> Outcome:
    """AI-02: the account's keys are refused."""
    return expect(resource, "properties.disableLocalAuth", "two keys open the account to their holders", to_be=True)


def outbound_list(resource: Resource, _context: Context) -> list[Outcome]:
    """AI-03: the account may reach listed hosts only."""
    path, restricted = "properties.allowedFqdnList", "properties.restrictOutboundNetworkAccess"
    narrow = every(
        get(resource, path), lambda name: negate(matches(name, lambda text: str(text).strip().startswith("*")))
    )
    return [
        expect(resource, restricted, "the account may fetch from and send to any address", to_be=True),
        ok(narrow, "the list of destinations has a wildcard", path),
    ]


def own_identity(resource: Resource, _context: Context) -> list[Outcome]:
    """AI-04: the account has a managed identity and a subdomain."""
    domain = "without a subdomain the account accepts no Entra tokens"
    return [
        expect(resource, "identity.type", "the account has no identity of its own", to_be=IDENTITIES),
        expect_set(resource, "properties.customSubDomainName", domain),
    ]


def search_service(resource: Resource, context: Context) -> list[Outcome]:
    """AI-08: the search service is private, without keys, with customer-managed keys and replicas."""
    enough = at_least(get(resource, "replicaCount", 1), context.parameters.minimum_instances)
    unkeyed = "indexes without a key of the customer are accepted"
    return [
        expect(resource, "publicNetworkAccess", "public network access is not disabled", to_be="Disabled"),
        expect(resource, "disableLocalAuth", "admin and query keys open the service", to_be=True),
        expect(resource, "encryptionWithCmk.enforcement", unkeyed, to_be="Enabled"),
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
        iso=(direct("A.8.20", "The models can be reached on the private network only."),),
        hipaa=(
            supporting("164.312(a)(1)", "Prompts with health data go to an endpoint that only the platform reaches."),
        ),
        gdpr=(supporting("Art. 32(1)(b)", "Nobody outside can use models, files and fine-tunes of the account."),),
        what="The account can be reached only through a private endpoint, and its firewall denies the rest.",
        why="Prompts, uploaded files and fine-tuned models are as sensitive as the documents they come from. A public "
        "endpoint turns one leaked token into access from anywhere, at our cost. With both settings, one of them may "
        "be changed by mistake and the account is still closed.",
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
        what="The account accepts Entra tokens only.",
        why="All callers share the two keys: nobody can tell who asked what, and nobody can be locked out without "
        "locking out everyone. The keys end up in settings, notebooks and repositories.",
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
        iso=(direct("A.8.12", "The service cannot be made to send data to an attacker's addresses."),),
        hipaa=(supporting("164.312(c)(1)", "Content is not fetched from unverified sources."),),
        gdpr=(supporting("Art. 32(2)", "Answers the risk of unauthorised disclosure through the model service."),),
        what="The account reaches named destinations only, and none of the names begins with a wildcard.",
        why="Image inputs, data sources and webhooks make the service itself call addresses from a prompt. An injected "
        "prompt can carry data out in such an address.",
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
        iso=(
            direct("A.5.16", "The service has an identity whose permissions are granted and revoked like any other's."),
        ),
        hipaa=(supporting("164.312(d)", "Precondition for Entra authentication in both directions."),),
        gdpr=(supporting("Art. 32(1)(b)", "No stored key connects the service with the stores that it reads."),),
        what="The account has a managed identity and a subdomain of its own.",
        why="Without an identity it needs keys or shared access signatures for storage, search and the vault. Without "
        "a subdomain it accepts no Entra tokens and can have no private endpoint.",
        remediation='Set `identity={"type": "SystemAssigned"}` and `properties.custom_sub_domain_name` to the account '
        "name. The subdomain cannot be changed later.",
        azure_default="Neither.",
        bad='cognitiveservices.Account("openai", kind="OpenAI", properties={})',
        good='cognitiveservices.Account("openai", kind="OpenAI", identity={"type": "SystemAssigned"},\n'
        '    properties={"custom_sub_domain_name": "oai-fabrix-pro-sdc"})',
        check=own_identity,
    ),
    Rule(
        id="AI-08",
        title="Search: public access off, keys off, CMK, replicas",
        types=("search:Service",),
        property="publicNetworkAccess, disableLocalAuth, encryptionWithCmk, replicaCount",
        severity="H",
        scope="R",
        profile="P2",
        iso=(
            direct("A.8.20", "Indexes can be reached on the private network only."),
            direct("A.8.5", "Callers authenticate with Entra tokens."),
            supporting("A.8.14", "Queries continue while a replica is replaced."),
        ),
        hipaa=(direct("164.312(a)(1)", "Indexed health data is open to named identities on the network only."),),
        gdpr=(supporting("Art. 32(1)(b)", "Indexes are copies of personal data and need the same protection."),),
        what="The search service has no public access and no keys, requires customer-managed keys, and enough "
        "replicas.",
        why="An index holds the text of every document that was fed to it, without the documents' permissions. An "
        "admin key reads and overwrites all indexes. One replica has no service level.",
        remediation='Set `public_network_access="Disabled"`, `disable_local_auth=True`, '
        '`encryption_with_cmk={"enforcement": "Enabled"}` and `replica_count` of two or more in production.',
        azure_default="Public, with keys, a platform key, one replica.",
        bad='search.Service("search", sku={"name": "standard"}, replica_count=1)',
        good='search.Service("search", sku={"name": "standard"}, public_network_access="Disabled",\n'
        '    disable_local_auth=True, encryption_with_cmk={"enforcement": "Enabled"}, replica_count=3)',
        check=search_service,
    ),
)
