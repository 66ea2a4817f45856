"""Regions, tags, classification and environments of resources."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from policies.model import ANY, Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.governance.facts import PAIRS, RESERVED, TAGGED
from policies.rules.shared import CLASSIFICATION, expect_set, restricted
from resources import arm
from resources.model import Resource
from resources.values import ABSENT, UNKNOWN, Trilean, Value, equals, find, get, known, matches, negate, one_of, present

REPLICAS: Mapping[str, str] = {
    "cognitiveservices:Account": "properties.locations.regions[].name",
    "cosmosdb:DatabaseAccount": "locations[].locationName",
    "cdn:AFDOrigin": "sharedPrivateLinkResource.privateLinkLocation",
}
"""Type -> other properties with regions. A replica that is a resource of its own has a location."""
COPIES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "storage:StorageAccount": ("sku.name", ("Standard_GRS", "Standard_RAGRS", "Standard_GZRS", "Standard_RAGZRS")),
    "dbforpostgresql:Server": ("backup.geoRedundantBackup", ("Enabled",)),
}
"""Type -> property, and the values with which Azure keeps a second copy in the paired region."""
SCALE = ("public", "internal", "confidential", "personal", "restricted", "phi")
"""Classifications from the least to the most sensitive."""
REFERENCE = "pulumi:pulumi:StackReference"
PRODUCTION: Mapping[str, bool] = {
    "pro": True, "prd": True, "prod": True, "production": True, "dev": False, "development": False, "tst": False,
    "test": False, "testing": False, "stg": False, "staging": False, "qa": False, "uat": False, "sandbox": False,
}  # fmt: skip
"""Names of environments in tags, stack names and resource names -> whether they mean production."""


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
"""Whether there is a second copy -> its region."""


def allowed_regions(resource: Resource, context: Context) -> list[Outcome] | Outcome:
    """GV-01: the resource and its copies are in allowed regions."""
    allowed = context.parameters.allowed_regions
    return [
        ok(matches(region, lambda name: _region(name) in allowed), "the region is not allowed", path)
        for path, region in _regions(resource)
        if region is not ABSENT
    ] or skip("the resource names no region: it is where its parent is")


def _regions(resource: Resource) -> Iterator[tuple[str, Value]]:
    """Yield each region that holds the resource or a copy of it."""
    location = get(resource, "location")
    yield "location", location
    if resource.type in REPLICAS:
        yield from find(resource, REPLICAS[resource.type])
    if resource.type in COPIES:
        path, values = COPIES[resource.type]
        yield path, _COPY[one_of(get(resource, path), values)](location)


def required_tags(resource: Resource, context: Context) -> list[Outcome] | Outcome:
    """GV-02: the resource has the required tags."""
    if resource.type not in TAGGED and get(resource, "tags") is ABSENT:
        return skip("the type has no tags")
    tags = context.parameters.required_tags
    return [expect_set(resource, f"tags.{tag}", f"the tag {tag} is missing") for tag in tags]


def add_tags(resource: Resource, context: Context) -> Mapping[str, Any]:
    """Fix GV-02: add the tags of the stack's settings that the resource does not have."""
    return {
        f"tags.{tag}": value
        for tag, value in context.parameters.tags.items()
        if tag in context.parameters.required_tags and present(get(resource, f"tags.{tag}")) is False
    }


def consistent_classification(resource: Resource, context: Context) -> list[Outcome] | Outcome:
    """GV-03: the classification is valid, and no lower than that of the parent."""
    own = get(resource, CLASSIFICATION)
    if own is ABSENT:
        return skip("the resource has no classification of its own")
    outcomes = [ok(one_of(own, SCALE), "the classification is not on the scale", CLASSIFICATION)]
    if context.profile != "prod":
        weak = "restricted data is judged by a profile weaker than prod"
        outcomes.append(ok(negate(restricted(resource, context)), weak, CLASSIFICATION))
    for parent in _parents(resource, context):
        above = get(parent, CLASSIFICATION)
        outcomes.append(ok(_not_below(own, above), "classified lower than its parent", CLASSIFICATION))
    return outcomes


def _parents(resource: Resource, context: Context) -> list[Resource]:
    """Return the parents of a resource: the store that its id names, and its resource group."""
    identifier = context.graph.ids.get(resource.urn)
    owner = context.graph.by_id(arm.parent(identifier)) if identifier else None
    parents = [owner] if owner else []
    group = get(resource, "resourceGroupName")
    if group is UNKNOWN:
        parents += context.graph.refers(resource, "resourceGroupName")
    elif present(group):
        groups = context.graph.of("resources:ResourceGroup")
        parents += [each for each in groups if equals(get(each, "resourceGroupName"), group)]
    return list({each.urn: each for each in parents if each is not resource}.values())


def _not_below(own: Value, above: Value) -> Trilean:
    if not known(own) or not known(above):
        return None
    ranks = {name: rank for rank, name in enumerate(SCALE)}
    return ranks.get(str(own).lower(), 0) >= ranks.get(str(above).lower(), 0)


def environments_apart(resource: Resource, context: Context) -> list[Outcome] | Outcome:
    """GV-04: nothing connects production with other environments."""
    if resource.type == REFERENCE:
        crosses = matches(get(resource, "name"), lambda name: _crosses(_words(name)[-1:], context.profile == "prod"))
        return ok(negate(crosses), "one of the two stacks is production and the other is not", "name")
    own = _production(resource, context)
    outcomes = [
        ok(_apart(own, value, context), "points across the boundary of production", path)
        for path, value in _references(resource.props, "")
    ]
    for urn in sorted(resource.dependencies):
        target = context.graph.by_urn(urn)
        if target and get(target, "tags.environment") is not ABSENT:
            theirs = _production(target, context)
            outcomes.append(ok(_same(own, theirs), "depends across the boundary of production", "dependencies"))
    outcomes.extend(
        ok(None, "it is not known yet what it points to", name)
        for name, value in resource.props.items()
        if value is UNKNOWN and not resource.property_dependencies.get(name)
    )
    return outcomes or skip("the resource refers to nothing")


def _references(value: Value, path: str) -> Iterator[tuple[str, str]]:
    """Yield every ARM id anywhere in a value, with its path."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _references(each, f"{path}.{key}" if path else str(key))
    elif isinstance(value, (list, tuple)):
        for index, each in enumerate(value):
            yield from _references(each, f"{path}[{index}]")
    elif arm.is_id(value) and isinstance(value, str):
        yield path, value


def _same(one: Trilean, other: Trilean) -> Trilean:
    return None if one is None or other is None else one == other


def _production(resource: Resource, context: Context) -> Trilean:
    """Return whether a resource belongs to production: by its tag, else by the profile of its stack."""
    tag = get(resource, "tags.environment")
    if not known(tag):
        return None
    return PRODUCTION.get(str(tag).lower(), context.profile == "prod")


def _apart(own: Trilean, value: str, context: Context) -> Trilean:
    """Return whether an id stays on its side of production: by the target's tag, else by the words in its names."""
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
            direct("A.5.23", "Cloud services are used only where the agreement with the customer allows."),
            direct("A.5.34", "Personal data stays in the promised countries."),
        ),
        hipaa=(supporting("164.308(b)(1)", "Data stays where the agreement with the provider covers it."),),
        gdpr=(direct("Art. 44-46", "No data is stored in a third country, not even as a second copy."),),
        what="Each region that a resource names is allowed, and so is the one to which Azure copies geo-redundant "
        "data.",
        why="A region decides which law applies to the data. Copies are easily forgotten: geo-redundant storage writes "
        "to the paired region without naming it, and for some regions that is another continent.",
        remediation="Choose an allowed region, or redundancy within the region (ZRS, zone-redundant).",
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
            direct("A.5.12", "The classification of the content is recorded with the asset."),
            direct("A.5.13", "The label is on the asset itself."),
        ),
        hipaa=(supporting("164.310(d)(2)(iii)", "It is recorded who is responsible for what holds health data."),),
        gdpr=(supporting("Art. 30", "The record of processing can name systems, their owner and their data."),),
        what="Each resource that can have tags has owner, environment, data-classification and cost-center.",
        why="In an incident the first questions are who owns a resource and what it holds. Rules about restricted "
        "data, cost reports and clean-up all depend on these tags.",
        remediation="Pass the tags of the stack's settings to the resource.",
        azure_default="No tags; a resource does not inherit those of its group.",
        bad='storage.StorageAccount("data", tags={"owner": "platform-team@contoso.example"})',
        good='storage.StorageAccount("data", tags={"owner": "platform-team@contoso.example", "environment": "pro",\n'
        '    "data-classification": "confidential", "cost-center": "CC-4712"})',
        check=required_tags,
        remediate=add_tags,
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
        gdpr=(direct("Art. 32(2)", "The level of security matches the data."),),
        what="The classification is on the scale, restricted and health data is judged by the profile prod, and no "
        "resource is classified lower than the group or store that it is part of.",
        why="Test environments have weaker rules because they hold no real data. The tag says when that is no longer "
        "true. A container tagged lower than its account would escape the rules that the account needs.",
        remediation="Move the data to production, or raise the tag to that of the parent. The scale: "
        f"{', '.join(SCALE)}.",
        azure_default="No tag.",
        bad='keyvault.Secret("s", tags={"data-classification": "public"})  # in a vault that is confidential',
        good='keyvault.Secret("s", tags={"data-classification": "confidential"})',
        check=consistent_classification,
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
        hipaa=(
            supporting("164.308(a)(4)(ii)(A)", "Systems that process health data are isolated from those that do not."),
        ),
        gdpr=(supporting("Art. 32(1)(b)", "A weaker environment gives no access to the data of production."),),
        what="No id, dependency or stack reference leads from production to another environment, or back.",
        why="A test app with the production vault, or a production app with the test database, undoes the separation "
        "without breaking any rule about either.",
        remediation="Use the resource of the same environment; share through one that belongs to neither, such as a "
        "hub.",
        azure_default="Azure knows no environments.",
        bad='pulumi.StackReference("contoso/aifabrix/dev")  # in the stack prod',
        good='pulumi.StackReference("contoso/hub/shared")',
        check=environments_apart,
    ),
)
