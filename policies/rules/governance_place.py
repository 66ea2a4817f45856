"""Where a resource is, what its tags say, and what it refers to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from policies.model import ANY, Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.data_shared import CLASSIFICATION
from policies.rules.governance_facts import PAIRS, RESERVED, TAGGED
from policies.rules.governance_ids import references
from resources import arm
from resources.model import Resource
from resources.values import ABSENT, UNKNOWN, Trilean, Value, equals, find, get, known, matches, negate, one_of, present

REPLICAS: Mapping[str, str] = {
    "cognitiveservices:Account": "properties.locations.regions[].name",
    "cosmosdb:DatabaseAccount": "locations[].locationName",
    "cdn:AFDOrigin": "sharedPrivateLinkResource.privateLinkLocation",
}
"""Type -> where else it names regions. A replica that is a resource of its own has a location."""
COPIES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "storage:StorageAccount": ("sku.name", ("Standard_GRS", "Standard_RAGRS", "Standard_GZRS", "Standard_RAGZRS")),
    "dbforpostgresql:Server": ("backup.geoRedundantBackup", ("Enabled",)),
}
"""Type -> property, and its values with which Azure keeps a second copy in the paired region."""
SCALE = ("public", "internal", "confidential", "personal", "restricted", "phi")
"""Classifications from the least to the most sensitive."""
REFERENCE = "pulumi:pulumi:StackReference"
PRODUCTION: Mapping[str, bool] = {
    "pro": True, "prd": True, "prod": True, "production": True, "dev": False, "development": False, "tst": False,
    "test": False, "testing": False, "stg": False, "staging": False, "qa": False, "uat": False, "sandbox": False,
}  # fmt: skip
"""Words for environments in tags, stack names and resource names -> whether they mean production."""


def _region(name: Value) -> str:
    return str(name).replace(" ", "").lower()


def _second(location: Value) -> Value:
    if not known(location):
        return location
    pair = PAIRS.get(_region(location), ABSENT)
    return RESERVED.get(pair, pair) if pair else ABSENT


_COPY: Mapping[Trilean, Callable[[Value], Value]] = {
    True: _second,
    False: lambda _location: ABSENT,
    None: lambda _location: UNKNOWN,
}
"""Whether there is a second copy -> the region that it is in."""


def allowed_regions(resource: Resource, context: Context) -> list[Outcome]:
    """GV-01."""
    allowed = context.parameters.allowed_regions
    return [
        ok(matches(region, lambda one: _region(one) in allowed), "the region is not on the list", path)
        for path, region in _regions(resource)
        if region is not ABSENT
    ] or [skip("the resource names no region: it is where its parent is")]


def _regions(resource: Resource) -> Iterator[tuple[str, Value]]:
    """Give each region that holds the resource or a copy of it."""
    location = get(resource, "location")
    yield "location", location
    if resource.type in REPLICAS:
        yield from find(resource, REPLICAS[resource.type])
    if resource.type in COPIES:
        path, values = COPIES[resource.type]
        yield path, _COPY[one_of(get(resource, path), values)](location)


def required_tags(resource: Resource, context: Context) -> list[Outcome]:
    """GV-02."""
    if resource.type not in TAGGED and get(resource, "tags") is ABSENT:
        return [skip("the type takes no tags")]
    return [
        ok(present(get(resource, f"tags.{tag}")), f"the tag {tag} is missing", f"tags.{tag}")
        for tag in context.parameters.required_tags
    ]


def fix_tags(resource: Resource, context: Context) -> Mapping[str, Any]:
    """GV-02: set what the stack's settings say where the resource says nothing."""
    return {
        f"tags.{tag}": value
        for tag, value in context.parameters.tags.items()
        if tag in context.parameters.required_tags and present(get(resource, f"tags.{tag}")) is False
    }


def classification(resource: Resource, context: Context) -> list[Outcome]:
    """GV-03."""
    own = get(resource, CLASSIFICATION)
    if own is ABSENT:
        return [skip("the resource has no classification of its own")]
    restricted = one_of(own, context.parameters.restricted_classifications)
    found = [ok(one_of(own, SCALE), "the classification is not one of the scale", CLASSIFICATION)]
    if context.profile != "prod":
        found.append(ok(negate(restricted), "restricted data is judged by a profile weaker than prod", CLASSIFICATION))
    for parent in _parents(resource, context):
        above = get(parent, CLASSIFICATION)
        found.append(ok(_not_below(own, above), "classified lower than what it is part of", CLASSIFICATION))
    return found


def _parents(resource: Resource, context: Context) -> list[Resource]:
    """Give what a resource is part of: the store that its id names, and its resource group."""
    identifier = context.graph.ids.get(resource.urn)
    owner = context.graph.by_id(arm.parent(identifier)) if identifier else None
    found = [owner] if owner else []
    group = get(resource, "resourceGroupName")
    if group is UNKNOWN:
        found += context.graph.refers(resource, "resourceGroupName")
    elif present(group):
        groups = context.graph.of("resources:ResourceGroup")
        found += [one for one in groups if equals(get(one, "resourceGroupName"), group)]
    return list({one.urn: one for one in found if one is not resource}.values())


def _not_below(own: Value, above: Value) -> Trilean:
    if not known(own) or not known(above):
        return None
    ranks = {word: rank for rank, word in enumerate(SCALE)}
    return ranks.get(str(own).lower(), 0) >= ranks.get(str(above).lower(), 0)


def environments_apart(resource: Resource, context: Context) -> list[Outcome]:
    """GV-04."""
    if resource.type == REFERENCE:
        stack = matches(get(resource, "name"), lambda name: _crosses(_words(name)[-1:], context.profile == "prod"))
        return [ok(negate(stack), "the other stack is of the other side of production", "name")]
    own = _production(resource, context)
    found = [
        ok(_apart(own, value, context), "points to the other side of production", path)
        for path, value in references(resource.props, "")
    ]
    for urn in sorted(resource.dependencies):
        target = context.graph.by_urn(urn)
        if target and get(target, "tags.environment") is not ABSENT:
            theirs = _production(target, context)
            found.append(ok(_same(own, theirs), "depends on the other side of production", "dependencies"))
    found.extend(
        ok(None, "nobody can tell yet what it points to", name)
        for name, value in resource.props.items()
        if value is UNKNOWN and not resource.property_dependencies.get(name)
    )
    return found or [skip("the resource refers to nothing")]


def _same(one: Trilean, other: Trilean) -> Trilean:
    return None if one is None or other is None else one == other


def _production(resource: Resource, context: Context) -> Trilean:
    """Tell whether a resource is of production: by its tag, else by the profile of its stack."""
    tag = get(resource, "tags.environment")
    if not known(tag):
        return None
    return PRODUCTION.get(str(tag).lower(), context.profile == "prod")


def _apart(own: Trilean, value: str, context: Context) -> Trilean:
    """Tell whether an id stays on its side: by the target's tag, else by the words of its names."""
    target = context.graph.by_id(value)
    if target and get(target, "tags.environment") is not ABSENT:
        return _same(own, _production(target, context))
    names = [arm.group(value) or "", value.rstrip("/").rsplit("/", 1)[-1]]
    if own is None:
        return None
    return not any(_crosses(_words(name), own) for name in names)


def _words(name: Value) -> list[str]:
    return [word for word in re.split(r"[^a-z0-9]+", str(name).lower()) if word]


def _crosses(words: list[str], production: bool) -> bool:
    return any(PRODUCTION.get(word, production) != production for word in words)


RULES: tuple[Rule, ...] = (
    Rule(
        id="GV-01",
        title="Allowed regions, incl. replicas and paired copies",
        types=(ANY,),
        property="location",
        severity="C",
        scope="R",
        profile="P1",
        iso=(
            direct("A.5.23", "Cloud services are used only where the agreement with the customer says."),
            direct("A.5.34", "Personal data stays in the countries that were promised."),
        ),
        hipaa=(supporting("164.308(b)(1)", "Data stays where the agreement with the provider covers it."),),
        gdpr=(direct("Art. 44-46", "No data is stored in a third country, not even as a second copy."),),
        what="Each region that a resource names is on the list, and so is the one to which Azure copies what is "
        "geo-redundant.",
        why="A region decides which law applies to the data. Copies are easily forgotten: geo-redundant storage writes "
        "to the paired region without naming it, and for some regions that is another continent.",
        remediation="Choose a region of the list, or redundancy within the region (ZRS, zone-redundant).",
        azure_default="The location of the resource group; the pair is fixed by Azure.",
        bad='storage.StorageAccount("data", location="eastus", sku={"name": "Standard_GRS"})',
        good='storage.StorageAccount("data", location="westeurope", sku={"name": "Standard_ZRS"})',
        check=allowed_regions,
    ),
    Rule(
        id="GV-02",
        title="Required tags: owner, environment, classification, cost centre",
        types=(ANY,),
        property="tags",
        severity="M",
        scope="R",
        profile="P2",
        iso=(
            direct("A.5.9", "Each asset has an owner in the inventory."),
            direct("A.5.12", "The classification of what it holds is recorded with the asset."),
            direct("A.5.13", "The label is on the asset itself."),
        ),
        hipaa=(supporting("164.310(d)(2)(iii)", "It is recorded who is responsible for what holds health data."),),
        gdpr=(supporting("Art. 30", "The record of processing can name systems, their owner and their data."),),
        what="Each resource that takes tags has owner, environment, data-classification and cost-center.",
        why="In an incident the first questions are whose it is and what it holds. Rules about restricted data, cost "
        "reports and clean-up all start from these tags.",
        remediation="Pass the tags of the stack's settings to the resource.",
        azure_default="No tags; a resource does not inherit those of its group.",
        bad='storage.StorageAccount("data", tags={"owner": "platform-team@contoso.example"})',
        good='storage.StorageAccount("data", tags={"owner": "platform-team@contoso.example", "environment": "pro",\n'
        '    "data-classification": "confidential", "cost-center": "CC-4712"})',
        check=required_tags,
        remediate=fix_tags,
    ),
    Rule(
        id="GV-03",
        title="Classification drives the stricter profile; child not below parent",
        types=(ANY,),
        property="tags.data-classification",
        severity="H",
        scope="S",
        profile="P2",
        iso=(direct("A.5.12", "Protection follows the classification, and the classification is consistent."),),
        hipaa=(supporting("164.312(a)(1)", "Health data is held only where the strict rules are enforced."),),
        gdpr=(direct("Art. 32(2)", "The level of security is that which the data calls for."),),
        what="The classification is a word of the scale, restricted and health data is judged by the profile prod, and "
        "no resource is classified lower than the group or store that it is part of.",
        why="Test environments have weaker rules because they hold no real data. The tag says when that is no longer "
        "true. A container tagged lower than its account would escape the rules that the account needs.",
        remediation="Move the data to production, or raise the tag to that of the parent. The scale: "
        f"{', '.join(SCALE)}.",
        azure_default="No tag.",
        bad='keyvault.Secret("s", tags={"data-classification": "public"})  # in a vault that is confidential',
        good='keyvault.Secret("s", tags={"data-classification": "confidential"})',
        check=classification,
    ),
    Rule(
        id="GV-04",
        title="No reference from prod to non-prod and back",
        types=(ANY, REFERENCE),
        property="resource IDs, dependencies",
        severity="H",
        scope="S",
        profile="P2",
        iso=(direct("A.8.31", "Development, test and production are not connected."),),
        hipaa=(supporting("164.308(a)(4)(ii)(A)", "What processes health data is isolated from what does not."),),
        gdpr=(supporting("Art. 32(1)(b)", "A weaker environment is no way to the data of production."),),
        what="No id, dependency or stack reference leads from production to another environment, or back.",
        why="A test app with the production vault, or a production app with the test database, undoes the separation "
        "without any rule about either being broken.",
        remediation="Use the resource of the same environment; share through one of neither, such as a hub.",
        azure_default="Azure knows no environments.",
        bad='pulumi.StackReference("contoso/aifabrix/dev")  # in the stack prod',
        good='pulumi.StackReference("contoso/hub/shared")',
        check=environments_apart,
    ),
)
