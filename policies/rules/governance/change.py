"""Changes: what they hide, what they destroy, where they act, and who waived what."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from policies.model import ANY, ROOT, Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting, without_indices
from policies.rules.governance.facts import STATEFUL
from policies.rules.shared import expect_set
from resources.model import Resource, Verdict
from resources.tokens import api_version, normalise, split_urn
from resources.values import equals, find, get, matches, negate, present
from settings.azure_moves import moved

TEMPLATES = ("resources:Deployment", "resources:DeploymentAtSubscriptionScope", "resources:TemplateSpecVersion")
EXEMPTION = "authorization:PolicyExemption"
INLINE: Mapping[str, str] = {
    "network:VirtualNetwork": "subnets",
    "network:NetworkSecurityGroup": "securityRules",
    "network:RouteTable": "routes",
    "containerservice:ManagedCluster": "agentPoolProfiles",
}
"""Type -> list that holds whole resources, each with governed properties of its own."""
LOSING = frozenset({"delete", "replace", "create-replacement", "delete-replaced", "remove-pending-replace"})
"""Planned operations after which the old resource is gone. Source: Pulumi's engine, step operations."""
LOST = "the plan deletes or replaces a resource that holds data; that needs an approved waiver"


def no_preview_api(resource: Resource, _context: Context) -> list[Outcome]:
    """GV-05: neither the resource nor a template in it uses a preview API."""
    version = api_version(resource.token) or ""
    outcomes = [ok("preview" not in version, "the type is of a preview version of the API", "type")]
    for template in ("properties.template", "mainTemplate") if resource.type in TEMPLATES else ():
        outcomes += [
            ok(matches(value, lambda one: "preview" not in str(one)), "the template uses a preview version", path)
            for path, value in find(resource, f"{template}.resources[].apiVersion")
        ]
    return outcomes


def nothing_hidden(resource: Resource, context: Context) -> list[Outcome]:
    """GV-06: changes of governed properties are not ignored."""
    outcomes = []
    for ignored in resource.options.ignore_changes:
        name = without_indices(ignored)
        inline = INLINE.get(resource.type)
        hides = name == "*" or any(_overlaps(name, path) for path in context.governed(resource.type))
        if inline and name.split(".")[0] == inline and not hides:
            hides = present(get(resource, inline))
        if moved(resource.type, name):
            continue  # Azure itself changes it, so nobody's change is hidden
        outcomes.append(ok(negate(hides), "changes of a property that a rule governs are ignored", ignored))
    return outcomes or [ok(True, "no change is ignored", "")]  # noqa: FBT003


def _overlaps(ignored: str, path: str) -> bool:
    """Return whether one of two paths is the other, or leads to it."""
    mine, theirs = ignored.lower().split("."), path.lower().split(".")
    return all(fnmatchcase(one, other) for one, other in zip(mine, theirs, strict=False))


def no_unapproved_loss(resource: Resource, context: Context) -> list[Outcome] | Outcome:
    """GV-07: nothing that holds data is deleted or replaced; without a plan, that it is protected."""
    if resource.type == ROOT:
        deleted = [Outcome(Verdict.FAIL, LOST, "", urn) for urn in _deleted(context)]
        return deleted or skip("resources that still exist are judged by themselves")
    if not context.operations and resource.options.protect:
        return ok(True, LOST, "protect")  # noqa: FBT003
    if not context.operations and context.profile == "dev":
        return skip("dev may be rebuilt")
    operation = context.operations.get(resource.urn)
    return ok(None if operation is None else operation not in LOSING, LOST)


def _deleted(context: Context) -> list[str]:
    """Return the URNs that the plan deletes and the graph no longer has."""
    return [
        urn
        for urn, operation in sorted(context.operations.items())
        if operation in LOSING and context.graph.by_urn(urn) is None and normalise(split_urn(urn)[0]) in STATEFUL
    ]


def explicit_provider(resource: Resource, context: Context) -> list[Outcome] | Outcome:
    """GV-09: a provider of the program deploys the resource, into the stack's subscription."""
    provider = resource.options.provider
    if provider is None:
        return ok(None, "it is not known which provider deploys the resource", "provider")
    explicit = not provider.name.startswith("default_") and provider.name != "default"
    subscription = get(provider.props, "subscriptionId")
    expected = context.parameters.subscription_id
    right = present(subscription) if expected is None else equals(subscription, expected)
    return [
        ok(explicit, "the default provider deploys it, into whatever subscription is logged in", "provider"),
        ok(right, "the provider does not name the stack's subscription", "provider.subscriptionId"),
    ]


def waivers_in_order(resource: Resource, context: Context) -> list[Outcome]:
    """GV-10: waivers and policy exemptions are complete."""
    if resource.type == EXEMPTION:
        return [
            expect_set(resource, "expiresOn", "the exemption from Azure Policy never expires"),
            expect_set(resource, "description", "the exemption from Azure Policy gives no reason"),
        ]
    return [ok(False, problem) for problem in context.waiver_problems] or [ok(True, "in order")]  # noqa: FBT003


RULES: tuple[Rule, ...] = (
    Rule(
        id="GV-05",
        title="No preview API in prod",
        types=(ANY,),
        property="type token",
        severity="M",
        scope="R",
        profile="P3",
        iso=(
            direct("A.8.9", "Production is built on supported interfaces."),
            supporting("A.8.32", "Azure withdraws preview versions at short notice; supported ones are announced."),
        ),
        gdpr=(supporting("Art. 32(1)(d)", "What was evaluated stays what runs."),),
        what="No type token names a preview version of an API, and no embedded ARM template does.",
        why="Preview versions have no service level, are excluded from most commitments, and end within months: the "
        "next deployment then fails, or changes a default.",
        remediation="Use the type without a version, or one of a stable version.",
        azure_default="The provider's default version, stable wherever Azure has one.",
        bad="from pulumi_azure_native.storage.v20250801preview import StorageAccount",
        good="from pulumi_azure_native.storage import StorageAccount",
        check=no_preview_api,
    ),
    Rule(
        id="GV-06",
        title="`ignoreChanges` must not hide a governed property",
        types=(ANY,),
        property="opts.ignore_changes",
        severity="H",
        scope="R",
        profile="P2",
        iso=(
            direct("A.8.9", "The configuration that was written down is the one that is enforced."),
            supporting("A.8.32", "Changes outside the process are reverted instead of accepted."),
        ),
        hipaa=(supporting("164.308(a)(8)", "The evaluation covers what runs, not what was once written."),),
        gdpr=(supporting("Art. 32(1)(d)", "A measure cannot be disabled unnoticed."),),
        what="No resource ignores changes of a property that a rule of this table judges, except those that Azure "
        "changes by itself (settings/azure_moves.py).",
        why="With `ignore_changes` the program says one thing and Azure may have another: rules judge the old value, "
        "drift is never reverted, and the report is green.",
        remediation="Remove the path from `ignore_changes`, or name a narrower one that no rule governs.",
        azure_default="Nothing is ignored.",
        bad='keyvault.Vault("kv", opts=ResourceOptions(ignore_changes=["properties.networkAcls"]))',
        good='keyvault.Vault("kv", opts=ResourceOptions(ignore_changes=["properties.createMode"]))',
        check=nothing_hidden,
    ),
    Rule(
        id="GV-07",
        title="Delete/replace of stateful types needs approval (event-log gate)",
        types=(ROOT, *STATEFUL),
        property="planned operations",
        severity="C",
        scope="S",
        profile="P2",
        iso=(
            direct("A.8.32", "A change that destroys data is approved before it is made."),
            supporting("A.8.13", "There is time to make a copy first."),
        ),
        hipaa=(supporting("164.308(a)(7)(ii)(A)", "The only exact copy of health data is not lost as a side effect."),),
        gdpr=(supporting("Art. 32(1)(b)", "Personal data is not destroyed by accident."),),
        what="A plan that deletes or replaces a resource that holds data is refused unless a waiver approves it. Where "
        "no plan is judged, protection decides: Pulumi itself refuses to delete a protected resource.",
        why="One changed name, region or network setting replaces a server: a new and empty one is created, and the "
        "old one deleted. In a plan of 300 lines that is one word.",
        remediation="Change the program so that the resource is updated; where the loss is intended, have it approved "
        "by a waiver for this one resource.",
        azure_default="Azure deletes whatever it is asked to.",
        bad='dbforpostgresql.Server("postgres", server_name="psql-new-name")  # was psql-old-name',
        good='dbforpostgresql.Server("postgres", server_name="psql-old-name")',
        check=no_unapproved_loss,
    ),
    Rule(
        id="GV-09",
        title="Explicit provider on the expected subscription",
        types=(ANY,),
        property="provider.props.subscriptionId",
        severity="H",
        scope="R",
        profile="P2",
        iso=(direct("A.8.31", "A deployment acts on its own environment, whoever runs it."),),
        hipaa=(supporting("164.308(a)(4)(ii)(A)", "What processes health data stays in its own subscription."),),
        gdpr=(supporting("Art. 32(1)(b)", "A test is never deployed over production."),),
        what="Each resource is deployed by a provider of the program, with the subscription of the settings.",
        why="The default provider takes the subscription that the command line was last logged in to. On another "
        "machine the same command then deploys dev into production.",
        remediation="Make one `azure_native.Provider` with `subscription_id` and pass it to every resource.",
        azure_default="The default provider, with the subscription of the environment.",
        bad='storage.StorageAccount("data")  # default provider',
        good='storage.StorageAccount("data", opts=ResourceOptions(provider=azure))',
        check=explicit_provider,
    ),
    Rule(
        id="GV-10",
        title="Waivers complete, unexpired, used, not over-broad",
        types=(ROOT, EXEMPTION),
        property="owner, ticket, approver, expires, urn",
        severity="H",
        scope="S",
        profile="P1",
        iso=(
            direct("A.5.36", "Exceptions from the rules are known, owned, and end."),
            direct("A.8.32", "An exception is approved like any other change."),
        ),
        hipaa=(direct("164.308(a)(1)(ii)(B)", "Someone decides to accept a risk, for a limited time."),),
        gdpr=(
            supporting("Art. 5(2)", "It can be shown who accepted what, and why."),
            supporting("Art. 32(1)(d)", "Each exception is reviewed when it expires."),
        ),
        what="Every waiver names rule, resource, owner, reason, ticket, approver and end; none has expired, none is "
        "unused, none covers everything. The same applies to exemptions from Azure Policy: a reason and an end.",
        why="Exceptions outlive their reason. An expired one that still works, or one that covers everything, is a gap "
        "that no report shows.",
        remediation="Renew the waiver with a new approval, narrow its pattern, or remove it and fix the resource.",
        azure_default="An exemption from Azure Policy without `expiresOn` never ends.",
        bad='authorization.PolicyExemption("skip", exemption_category="Waiver", policy_assignment_id=assignment)',
        good='authorization.PolicyExemption("skip", exemption_category="Waiver", policy_assignment_id=assignment,\n'
        '    expires_on="2027-01-31T00:00:00Z", description="FAB-123: until Flowise takes Entra tokens")',
        check=waivers_in_order,
    ),
)
