"""Applies rules to resources: one verdict per rule and resource, whatever any other rule does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from policies.model import ANY, ROOT, Context, Finding, Outcome
from policies.parameters import PARAMETERS, Parameters, Profile
from policies.profiles import NO_CHANGE, Tightened, enabled
from policies.rule import Rule
from policies.table import TABLE
from policies.waivers import Waiver
from resources.model import Graph, Resource, Verdict

ERROR: Final = "rule error: "
"""Reasons that begin so tell of a rule that failed itself rather than of a resource."""
WAIVERS_RULE: Final = "GV-10"
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class Waived:
    """A finding that a waiver excuses; it stays in every report."""

    finding: Finding
    waiver: Waiver


@dataclass(frozen=True)
class Report:
    """What the rules say of a plan or a state."""

    profile: Profile
    findings: tuple[Finding, ...]
    """In the order of the table; without those that are waived."""
    waived: tuple[Waived, ...] = ()
    unused: tuple[Waiver, ...] = ()
    """Waivers that excused nothing although their rule was applied; each is a finding of GV-10, too."""
    idle: tuple[str, ...] = ()
    """Ids of rules that had no resource to judge."""

    def of(self, *verdicts: Verdict) -> list[Finding]:
        """Give the findings with one of these verdicts."""
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

    ``waivers`` are those in force; what is wrong with the others goes into ``waiver_problems``, one sentence each.
    Never raises because of a rule: a rule that does is a finding of its own.
    """
    context = Context(graph, parameters or PARAMETERS[profile], profile, operations, waiver_problems)
    applied = [rule for rule in rules if enabled(rule, profile, tightened)]
    findings: list[Finding] = []
    idle: list[str] = []
    for rule in applied:
        found = [each for resource in subjects(rule, graph) for each in judge(rule, resource, context)]
        findings.extend(found)
        if not found:
            idle.append(rule.id)
    here = [each for each in waivers if profile in each.environments]
    kept, waived = apply(here, findings)
    unused = never_used(here, waived, {rule.id for rule in applied})
    return Report(profile, (*kept, *unused_findings(graph, unused)), tuple(waived), unused, tuple(idle))


def subjects(rule: Rule, graph: Graph) -> Iterable[Resource]:
    """Give the resources that a rule judges."""
    if ANY in rule.types:
        return [each for each in graph.resources if judges(rule, each)]
    return graph.of(*rule.types)


def judges(rule: Rule, resource: Resource) -> bool:
    """Tell whether a rule judges a resource; ``ANY`` means all of azure-native, whose types alone are two words."""
    return resource.type in rule.types or (ANY in rule.types and resource.type.count(":") == 1)


def judge(rule: Rule, resource: Resource, context: Context) -> list[Finding]:
    """Apply one rule to one resource. A rule about single resources sees no other, here as in the analyzer."""
    scoped = context
    if rule.scope == "R":
        scoped = Context(
            Graph((resource,)), context.parameters, context.profile, context.operations, context.waiver_problems
        )
    try:
        answer = rule.check(resource, scoped)
        outcomes = [answer] if isinstance(answer, Outcome) else list(answer)
    except Exception as error:  # noqa: BLE001 - whatever a rule does wrong must not hide what others find
        verdict = Verdict.UNDETERMINED if context.profile == "dev" else Verdict.FAIL
        return [Finding(rule.id, verdict, resource.urn, f"{ERROR}{type(error).__name__}")]
    return list(_combined(rule, resource, outcomes))


def _combined(rule: Rule, resource: Resource, outcomes: Sequence[Outcome]) -> Iterator[Finding]:
    """Give every failure and every open question; else that the rule holds; else that it does not apply."""
    by_urn: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_urn.setdefault(outcome.urn or resource.urn, []).append(outcome)
    for urn, group in by_urn.items():
        bad = [each for each in group if each.verdict in {Verdict.FAIL, Verdict.UNDETERMINED}]
        good = [each for each in group if each.verdict is Verdict.PASS]
        for each in dict.fromkeys(bad or good[:1] or group[:1]):
            yield Finding(rule.id, each.verdict, urn, each.reason, each.path)


def apply(waivers: Sequence[Waiver], findings: Iterable[Finding]) -> tuple[list[Finding], list[Waived]]:
    """Part the findings into those that stand and those that a waiver excuses. A rule's own error is never excused."""
    kept: list[Finding] = []
    waived: list[Waived] = []
    for finding in findings:
        bad = finding.verdict in {Verdict.FAIL, Verdict.UNDETERMINED} and not finding.reason.startswith(ERROR)
        waiver = next((each for each in waivers if each.covers(finding.rule, finding.urn)), None) if bad else None
        if waiver is None:
            kept.append(finding)
        else:
            waived.append(Waived(finding, waiver))
    return kept, waived


def never_used(waivers: Sequence[Waiver], waived: Iterable[Waived], applied: set[str]) -> tuple[Waiver, ...]:
    """Give the waivers that excused nothing although their rule was applied."""
    used = {each.waiver for each in waived}
    return tuple(each for each in waivers if each not in used and each.rule in applied)


def unused_findings(graph: Graph, unused: Iterable[Waiver]) -> list[Finding]:
    """Make a finding of each waiver that is no longer needed; it is about the stack."""
    root = next((each.urn for each in graph.of(ROOT)), "")
    reason = "waiver of {} is unused: nothing fails the rule there any more; remove it"
    return [Finding(WAIVERS_RULE, Verdict.FAIL, root, reason.format(each.rule), each.where) for each in unused]
