"""Azure OpenAI: keys of the data at rest, where models run, and which ones."""

from __future__ import annotations

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.shared import expect, expect_set, implies, restricted
from resources.model import Resource
from resources.values import any_of, equals, get, present

DEPLOYMENT = ("cognitiveservices:Deployment",)
IN_GEOGRAPHY = ("Standard", "ProvisionedManaged", "DataZoneStandard", "DataZoneProvisionedManaged", "DataZoneBatch")
"""Deployment types that keep processing in the region, or in the data zone, of the account. Source: Microsoft Learn,
"Deployment types for Azure AI Foundry Models"; the global ones process a prompt in any region."""
UPGRADES = ("OnceCurrentVersionExpired", "NoAutoUpgrade")
"""Upgrade options under which a model changes only when we decide, or when Azure retires it."""


def customer_key(resource: Resource, context: Context) -> Outcome:
    """AI-05: restricted data is under a key, or in a storage account, of the customer."""
    sensitive = restricted(resource, context)
    if sensitive is False:
        return skip("not classified as restricted or health data")
    path = "properties.encryption.keySource"
    keyed = equals(get(resource, path), "Microsoft.KeyVault")
    stored = present(get(resource, "properties.userOwnedStorage"))
    reason = "neither the key nor the storage of restricted data is the customer's"
    return ok(implies(sensitive, any_of(keyed, stored)), reason, path)


def in_geography(resource: Resource, _context: Context) -> Outcome:
    """AI-06: prompts are processed in the account's geography."""
    return expect(resource, "sku.name", "prompts may be processed in any region of the world", to_be=IN_GEOGRAPHY)


def governed_model(resource: Resource, context: Context) -> list[Outcome]:
    """AI-07: the deployment has a content filter, an approved model, and no automatic upgrade."""
    model, models = "properties.model.name", context.parameters.allowed_models
    upgrade = "the model changes by itself when Azure has a newer default"
    return [
        expect_set(resource, "properties.raiPolicyName", "no content filter is named"),
        expect(resource, model, "the model is not approved", to_be=models),
        expect(resource, "properties.versionUpgradeOption", upgrade, to_be=UPGRADES),
    ]


RULES: tuple[Rule, ...] = (
    Rule(
        id="AI-05",
        title="CMK or own storage for restricted data",
        types=("cognitiveservices:Account",),
        property="properties.{encryption,userOwnedStorage}",
        severity="M",
        scope="R",
        profile="P3",
        iso=(direct("A.8.24", "Restricted data is encrypted under a key that the customer controls."),),
        hipaa=(
            direct("164.312(a)(2)(iv)", "Health data in files and fine-tunes is encrypted under the customer's key."),
        ),
        gdpr=(direct("Art. 32(1)(a)", "Withdrawing the key makes the personal data unreadable."),),
        what="An account tagged as restricted or phi has a customer-managed key, or keeps its data in the customer's "
        "own storage.",
        why="Files, threads and fine-tuned models are stored in the service. Only if the key, or the storage, is ours "
        "can access be ended at once, and its use be seen.",
        remediation='Set `properties.encryption` with `key_source="Microsoft.KeyVault"` and the key, or '
        "`user_owned_storage`.",
        azure_default="A key of the platform; storage of the platform.",
        bad='cognitiveservices.Account("openai", tags={"data-classification": "restricted"}, properties={})',
        good='cognitiveservices.Account("openai", tags={"data-classification": "restricted"}, properties={\n'
        '    "encryption": {"key_source": "Microsoft.KeyVault", "key_vault_properties": {\n'
        '        "key_name": "openai", "key_vault_uri": vault.properties.vault_uri}}})',
        check=customer_key,
    ),
    Rule(
        id="AI-06",
        title="Deployment SKU keeps data in the allowed geography",
        types=DEPLOYMENT,
        property="sku.name",
        severity="H",
        scope="R",
        profile="P2",
        iso=(
            direct("A.5.23", "The cloud service is used in the form that processes data where it was agreed."),
            direct("A.5.34", "Personal data in prompts stays in the geography that the data subjects were told about."),
        ),
        hipaa=(supporting("164.308(b)(1)", "Processing stays within what the agreement with the provider covers."),),
        gdpr=(
            supporting("Art. 28", "The processor processes where the contract says."),
            direct("Art. 44-46", "No prompt is transferred to a third country by the choice of a deployment type."),
        ),
        what="The deployment type is regional or of the account's data zone, not global.",
        why="A global deployment routes each prompt to whatever region has capacity. The resource is in Europe, but "
        "the processing may not be, and nothing in the answer shows it.",
        remediation="Set `sku.name` to `Standard`, `ProvisionedManaged` or a `DataZone…` type.",
        azure_default="None; the portal proposes `GlobalStandard`.",
        bad='cognitiveservices.Deployment("chat", sku={"name": "GlobalStandard", "capacity": 50})',
        good='cognitiveservices.Deployment("chat", sku={"name": "DataZoneStandard", "capacity": 50})',
        check=in_geography,
    ),
    Rule(
        id="AI-07",
        title="Content filter bound; model and upgrade option on the list",
        types=DEPLOYMENT,
        property="properties.{raiPolicyName,model,versionUpgradeOption}",
        severity="H",
        scope="R",
        profile="P2",
        iso=(
            supporting("A.8.26", "Prompts and answers pass a filter that the application relies on."),
            direct("A.8.32", "A model changes by decision, after an evaluation."),
        ),
        gdpr=(supporting("Art. 25(1)", "Protective behaviour is part of the design and does not change unnoticed."),),
        what="The deployment names its content filter, uses an approved model, and does not move to new defaults.",
        why="Evaluations hold for one model and one filter. A deployment that upgrades itself suddenly answers "
        "differently, and nobody has tested it.",
        remediation="Set `rai_policy_name`, an approved model, and the option `OnceCurrentVersionExpired`.",
        azure_default="A default filter; upgrades as soon as there is a new default version.",
        bad='cognitiveservices.Deployment("chat", properties={"model": {"name": "gpt-4o", "format": "OpenAI"}})',
        good='cognitiveservices.Deployment("chat", properties={"rai_policy_name": "fabrix-strict",\n'
        '    "version_upgrade_option": "OnceCurrentVersionExpired",\n'
        '    "model": {"name": "gpt-4o", "format": "OpenAI", "version": "2024-11-20"}})',
        check=governed_model,
    ),
)
