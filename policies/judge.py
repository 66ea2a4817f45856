"""Judges for the analyzer: each resource is decoded and judged once, however many policies ask for it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pulumi_policy import ResourceValidationArgs, StackValidationArgs

from policies import proxy
from policies.evaluate import (
    ERROR,
    Waived,
    applies_to,
    apply_rule,
    apply_waivers,
    subjects_of,
    unused_findings,
    unused_waivers,
)
from policies.model import Context, Finding
from policies.parameters import PARAMETERS
from policies.profiles import Level, level
from policies.rule import Rule
from policies.start import Setup
from policies.waivers import Waiver
from resources.model import Graph, Resource, Verdict


@dataclass(frozen=True)
class Findings:
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
        self._cached: dict[str, tuple[Findings, set[str]]] = {}
        self._lock = threading.Lock()

    def level(self, finding: Finding) -> Level:
        """Return how strictly a finding is reported; an undetermined one never stops a deployment."""
        if finding.reason.startswith(ERROR):
            return "advisory" if self.setup.profile == "dev" else "mandatory"
        if finding.verdict is Verdict.UNDETERMINED:
            return "advisory"
        return level(self.rules[finding.rule], self.setup.profile, self.setup.tightened)

    def resource(self, args: ResourceValidationArgs, policy: str) -> Findings:
        """Judge one resource."""
        if cached := self._cached_for(args.urn, policy):
            return cached
        resource = proxy.from_inputs(args)
        findings = self._judge(self._rules_for(resource), self._context(Graph((resource,))))
        with self._lock:
            self._seen[resource.urn] = resource
            self._waived[resource.urn] = findings.waived
            self._cached[args.urn] = (findings, {policy})
        return findings

    def stack(self, args: StackValidationArgs, policy: str) -> Findings:
        """Judge the stack by the rules that need several resources, and report waivers that waived nothing."""
        if cached := self._cached_for("", policy):
            return cached
        graph = Graph(tuple(proxy.from_stack(each, self._seen.get(each.urn)) for each in args.resources))
        findings = self._judge(self._stack, self._context(graph))
        everywhere = [*findings.waived, *(each for waived in self._waived.values() for each in waived)]
        unused = unused_findings(graph, unused_waivers(self._waivers, everywhere, set(self.rules)))
        findings = Findings((*findings.standing, *unused), findings.waived)
        with self._lock:
            self._cached[""] = (findings, {policy})
        return findings

    def _cached_for(self, urn: str, policy: str) -> Findings | None:
        """Return what another policy found in the same request; a policy that asks twice is in another request."""
        with self._lock:
            findings, policies = self._cached.get(urn, (None, {policy}))
            if policy in policies:
                return None
            policies.add(policy)
            return findings

    def remediated(self, args: ResourceValidationArgs) -> dict[str, object] | None:
        """Return the inputs changed by every rule that fails and has a safe remediation; None if there is none."""
        resource = proxy.from_inputs(args)
        context = self._context(Graph((resource,)))
        changes: dict[str, object] = {}
        for rule in self._rules_for(resource):
            if rule.remediate is not None:
                standing, _ = apply_waivers(self._waivers, apply_rule(rule, resource, context))
                if any(each.verdict is Verdict.FAIL and not each.reason.startswith(ERROR) for each in standing):
                    changes.update(rule.remediate(resource, context))
        return proxy.with_changes(args.props, changes) if changes else None

    def _judge(self, rules: Iterable[Rule], context: Context) -> Findings:
        findings = [
            finding
            for rule in rules
            for resource in subjects_of(rule, context.graph)
            for finding in apply_rule(rule, resource, context)
        ]
        standing, waived = apply_waivers(self._waivers, findings)
        return Findings(tuple(standing), tuple(waived))

    def _rules_for(self, resource: Resource) -> list[Rule]:
        if resource.type not in self._by_type:
            self._by_type[resource.type] = [rule for rule in self._single if applies_to(rule, resource)]
        return self._by_type[resource.type]

    def _context(self, graph: Graph) -> Context:
        setup = self.setup
        parameters = setup.parameters or PARAMETERS[setup.profile]
        problems = (*setup.waivers.problems, *setup.waiver_problems)
        return Context(graph, parameters, setup.profile, setup.operations, problems)
