"""Applies rules to resources: one verdict per rule and resource, whatever any other rule does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from policies.model import ANY, ROOT, Context, Finding, Outcome
from policies.parameters import PARAMETERS, Parameters, Profile
from policies.profiles import NO_CHANGE, Tightened, enabled
from policies.rule import Rule
from policies.table import TABLE, governed
from policies.waivers import Waiver
from resources.model import Graph, Resource, Verdict

ERROR: Final = "rule error: "
"""Start of the reasons that report an error in a rule rather than a fault of a resource."""
WAIVERS_RULE: Final = "GV-10"
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class Waived:
    """A finding that a waiver accepts; it stays in every report."""

    finding: Finding
    waiver: Waiver


@dataclass(frozen=True)
class Report:
    """What the rules say of a plan or a state."""

    profile: Profile
    findings: tuple[Finding, ...]
    """In the order of the table, without those that are waived."""
    waived: tuple[Waived, ...] = ()
    unused: tuple[Waiver, ...] = ()
    """Waivers that waived nothing although their rule was applied; each is a finding of GV-10 as well."""
    idle: tuple[str, ...] = ()
    """Ids of rules that had no resource to judge."""

    def of(self, *verdicts: Verdict) -> list[Finding]:
        """Return the findings with one of these verdicts."""
        return [finding for finding in self.findings if finding.verdict in verdicts]


def evaluate(
    graph: Graph,
    profile: Profile,
    rules: Sequence[Rule] = TABLE,
    waivers: Sequence[Waiver] = (),
    *,
    parameters: Parameters | None = None,
    tightened: Tightened = NO_CHANGE,
    operations: Mapping[str, str] = _NOTHING,
    waiver_problems: tuple[str, ...] = (),
) -> Report:
    """Judge every resource by every rule that the profile enables.

    ``waivers`` are those in force; ``waiver_problems`` has one sentence for each fault of the others. Never raises
    because of a rule: the exception becomes a finding of that rule.
    """
    context = Context(graph, parameters or PARAMETERS[profile], profile, operations, waiver_problems)
    applied = [rule for rule in rules if enabled(rule, profile, tightened)]
    findings: list[Finding] = []
    idle: list[str] = []
    for rule in applied:
        of_rule = [each for resource in subjects_of(rule, graph) for each in apply_rule(rule, resource, context)]
        findings.extend(of_rule)
        if not of_rule:
            idle.append(rule.id)
    here = [each for each in waivers if profile in each.environments]
    standing, waived = apply_waivers(here, findings)
    unused = unused_waivers(here, waived, {rule.id for rule in applied})
    return Report(profile, (*standing, *unused_findings(graph, unused)), tuple(waived), unused, tuple(idle))


def subjects_of(rule: Rule, graph: Graph) -> Iterable[Resource]:
    """Return the resources that a rule judges."""
    if ANY in rule.types:
        return [each for each in graph.resources if applies_to(rule, each)]
    return graph.of(*rule.types)


def applies_to(rule: Rule, resource: Resource) -> bool:
    """Return whether a rule judges a resource; ``ANY`` means all of azure-native, the only types with one colon."""
    return resource.type in rule.types or (ANY in rule.types and resource.type.count(":") == 1)


def apply_rule(rule: Rule, resource: Resource, context: Context) -> list[Finding]:
    """Apply one rule to one resource. A rule about single resources sees no other, here as in the analyzer."""
    scoped = context
    if rule.scope == "R":
        scoped = replace(context, graph=Graph((resource,)), governed=governed)
    try:
        result = rule.check(resource, scoped)
        outcomes = [result] if isinstance(result, Outcome) else list(result)
    except Exception as error:  # noqa: BLE001 - an error in one rule must not hide the findings of others
        verdict = Verdict.UNDETERMINED if context.profile == "dev" else Verdict.FAIL
        return [Finding(rule.id, verdict, resource.urn, f"{ERROR}{type(error).__name__}")]
    return list(_combined(rule, resource, outcomes))


def _combined(rule: Rule, resource: Resource, outcomes: Sequence[Outcome]) -> Iterator[Finding]:
    """Yield every failure and everything undetermined; else one pass; else that the rule does not apply."""
    by_urn: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_urn.setdefault(outcome.urn or resource.urn, []).append(outcome)
    for urn, group in by_urn.items():
        bad = [each for each in group if each.verdict in {Verdict.FAIL, Verdict.UNDETERMINED}]
        good = [each for each in group if each.verdict is Verdict.PASS]
        for each in dict.fromkeys(bad or good[:1] or group[:1]):
            yield Finding(rule.id, each.verdict, urn, each.reason, each.path)


def apply_waivers(waivers: Sequence[Waiver], findings: Iterable[Finding]) -> tuple[list[Finding], list[Waived]]:
    """Divide the findings into those that stand and those that are waived. An error in a rule is never waived."""
    standing: list[Finding] = []
    waived: list[Waived] = []
    for finding in findings:
        bad = finding.verdict in {Verdict.FAIL, Verdict.UNDETERMINED} and not finding.reason.startswith(ERROR)
        waiver = next((each for each in waivers if each.covers(finding.rule, finding.urn)), None) if bad else None
        if waiver is None:
            standing.append(finding)
        else:
            waived.append(Waived(finding, waiver))
    return standing, waived


def unused_waivers(waivers: Sequence[Waiver], waived: Iterable[Waived], applied: set[str]) -> tuple[Waiver, ...]:
    """Return the waivers that waived nothing although their rule was applied."""
    used = {each.waiver for each in waived}
    return tuple(each for each in waivers if each not in used and each.rule in applied)


def unused_findings(graph: Graph, unused: Iterable[Waiver]) -> list[Finding]:
    """Make a finding about the stack of each waiver that is no longer needed."""
    root = next((each.urn for each in graph.of(ROOT)), "")
    reason = "waiver of {} is unused: nothing fails the rule there any more; remove it"
    return [Finding(WAIVERS_RULE, Verdict.FAIL, root, reason.format(each.rule), each.where) for each in unused]
