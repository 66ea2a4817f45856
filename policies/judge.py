"""Answers the analyzer's questions: each resource is decoded and judged once, however many policies ask."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pulumi_policy import ResourceValidationArgs, StackValidationArgs

from policies import proxy
from policies.evaluate import ERROR, Waived, apply, judge, judges, never_used, subjects, unused_findings
from policies.model import Context, Finding
from policies.parameters import PARAMETERS, Parameters, Profile
from policies.profiles import NO_CHANGE, Level, Tightened, level
from policies.rule import Rule
from policies.table import TABLE
from policies.waivers import Waiver, Waivers
from resources.model import Graph, Resource, Verdict

_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What a pack is made with."""

    profile: Profile
    rules: Sequence[Rule] = field(default_factory=lambda: TABLE)
    waivers: Waivers = field(default_factory=lambda: Waivers((), ()))
    waiver_problems: tuple[str, ...] = ()
    """What is wrong with waivers besides those that have expired, one sentence each."""
    tightened: Tightened = field(default_factory=lambda: NO_CHANGE)
    parameters: Parameters | None = None
    operations: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True)
class Answer:
    """What the rules say of one resource, or of the stack."""

    standing: tuple[Finding, ...]
    waived: tuple[Waived, ...] = ()


class Judge:
    """Judges resources and stacks for all policies of a pack."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        profile = setup.profile
        applied = [rule for rule in setup.rules if level(rule, profile, setup.tightened) != "disabled"]
        self.rules: Mapping[str, Rule] = {rule.id: rule for rule in applied}
        self._single = [rule for rule in applied if rule.scope == "R"]
        self._stack = [rule for rule in applied if rule.scope == "S"]
        self._by_type: dict[str, list[Rule]] = {}
        self._waivers: Sequence[Waiver] = [
            each for each in setup.waivers.in_force if profile in each.environments and each.rule in self.rules
        ]
        self._seen: dict[str, Resource] = {}
        self._waived: dict[str, tuple[Waived, ...]] = {}
        self._kept: dict[str, tuple[Answer, set[str]]] = {}
        self._lock = threading.Lock()

    def level(self, finding: Finding) -> Level:
        """Return how strictly a finding is reported: what cannot be decided yet never stops a deployment."""
        if finding.reason.startswith(ERROR):
            return "advisory" if self.setup.profile == "dev" else "mandatory"
        if finding.verdict is Verdict.UNDETERMINED:
            return "advisory"
        return level(self.rules[finding.rule], self.setup.profile, self.setup.tightened)

    def resource(self, args: ResourceValidationArgs, asker: str) -> Answer:
        """Judge one resource; every asker after the first of the same request gets the kept answer."""
        with self._lock:
            answer, askers = self._kept.get(args.urn, (None, set()))
            if answer and asker not in askers:
                askers.add(asker)
                return answer
        resource = proxy.from_inputs(args)
        answer = self._answer(self._rules_for(resource), self._context(Graph((resource,))))
        with self._lock:
            self._seen[resource.urn] = resource
            self._waived[resource.urn] = answer.waived
            self._kept[args.urn] = (answer, {asker})
        return answer

    def stack(self, args: StackValidationArgs, asker: str) -> Answer:
        """Judge the stack by the rules that need several resources, and the waivers by what they excused."""
        with self._lock:
            answer, askers = self._kept.get("", (None, set()))
            if answer and asker not in askers:
                askers.add(asker)
                return answer
        graph = Graph(tuple(proxy.from_stack(each, self._seen.get(each.urn)) for each in args.resources))
        answer = self._answer(self._stack, self._context(graph))
        everywhere = [*answer.waived, *(each for found in self._waived.values() for each in found)]
        unused = unused_findings(graph, never_used(self._waivers, everywhere, set(self.rules)))
        answer = Answer((*answer.standing, *unused), answer.waived)
        with self._lock:
            self._kept[""] = (answer, {asker})
        return answer

    def mended(self, args: ResourceValidationArgs) -> dict[str, object] | None:
        """Return the inputs with everything set that a rule with a safe remediation fails for; None to leave them."""
        resource = proxy.from_inputs(args)
        context = self._context(Graph((resource,)))
        changes: dict[str, object] = {}
        for rule in self._rules_for(resource):
            if rule.remediate is not None:
                standing, _ = apply(self._waivers, judge(rule, resource, context))
                if any(each.verdict is Verdict.FAIL and not each.reason.startswith(ERROR) for each in standing):
                    changes.update(rule.remediate(resource, context))
        return proxy.with_changes(args.props, changes) if changes else None

    def _answer(self, rules: Iterable[Rule], context: Context) -> Answer:
        found = [
            finding
            for rule in rules
            for resource in subjects(rule, context.graph)
            for finding in judge(rule, resource, context)
        ]
        standing, waived = apply(self._waivers, found)
        return Answer(tuple(standing), tuple(waived))

    def _rules_for(self, resource: Resource) -> list[Rule]:
        if resource.type not in self._by_type:
            self._by_type[resource.type] = [rule for rule in self._single if judges(rule, resource)]
        return self._by_type[resource.type]

    def _context(self, graph: Graph) -> Context:
        setup = self.setup
        parameters = setup.parameters or PARAMETERS[setup.profile]
        problems = (*setup.waivers.problems, *setup.waiver_problems)
        return Context(graph, parameters, setup.profile, setup.operations, problems)
