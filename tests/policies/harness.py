"""Runs cases in both ways: through the library, and through the SDK's own analyzer service by protobuf messages."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policies import pack
from policies.evaluate import ERROR, evaluate
from policies.model import Finding
from policies.parameters import PARAMETERS
from policies.profiles import LEVELS
from policies.rule import Rule
from policies.start import Setup
from resources.model import Graph, Options, Provider, Resource, Verdict
from resources.tokens import normalise
from resources.values import SECRET, UNKNOWN
from tests.policies import fixtures
from tests.policies.cases import SUBSCRIPTION, Also, Cases, Raw

CANARY = "canary-5d1f-of-a-secret"
"""What stands for a secret's value where the analyzer gets it in plain text."""
ORDER = (Verdict.FAIL, Verdict.UNDETERMINED, Verdict.PASS, Verdict.NOT_APPLICABLE)
TAGS = {"owner": "team", "environment": "pro", "data-classification": "internal", "cost-center": "CC-1"}
PARAMETERS_OF_CASES = {
    profile: replace(each, subscription_id=SUBSCRIPTION, tags=TAGS) for profile, each in PARAMETERS.items()
}


@cache
def cases() -> Mapping[str, Cases]:
    """The cases of all rules, by rule id."""
    modules = pkgutil.iter_modules(fixtures.__path__, f"{fixtures.__name__}.")
    listed = [getattr(importlib.import_module(module.name), "CASES", {}) for module in modules]
    return {rule_id: each for written in listed for rule_id, each in written.items()}


def token(raw: Raw) -> str:
    return f"azure-native:{raw.type}" if raw.type.count(":") == 1 and "/" not in raw.type else raw.type


def urn(raw: Raw) -> str:
    return f"urn:pulumi:case::aifabrix::{token(raw)}::{raw.name}"


def _urns(raws: Sequence[Raw], names: Iterable[str]) -> frozenset[str]:
    by_name = {raw.name: urn(raw) for raw in raws}
    return frozenset(by_name[name] for name in names)


def graph(raws: Sequence[Raw]) -> Graph:
    """The resources as the library gets them."""
    return Graph(tuple(_resource(raw, raws) for raw in raws))


def _resource(raw: Raw, raws: Sequence[Raw]) -> Resource:
    provider = Provider("pulumi:providers:azure-native", raw.provider_name, _provider(raw))
    parents = _urns(raws, [raw.parent] if raw.parent else [])
    return Resource(
        urn=urn(raw), type=normalise(token(raw)), name=raw.name, props=raw.props, outputs=raw.outputs, id=raw.id,
        options=Options(
            protect=raw.protect, ignore_changes=raw.ignore_changes, parent=next(iter(parents), None),
            provider=provider, aliases=raw.aliases,
        ),
        dependencies=_dependencies(raw, raws), token=token(raw),
        property_dependencies={name: _urns(raws, used) for name, used in raw.uses.items()},
    )  # fmt: skip


def _dependencies(raw: Raw, raws: Sequence[Raw]) -> frozenset[str]:
    return _urns(raws, (*raw.depends, *(name for used in raw.uses.values() for name in used)))


def _provider(raw: Raw) -> Mapping[str, Any]:
    return {"subscriptionId": SUBSCRIPTION} if raw.provider is None else raw.provider


def _wire(value: Any) -> Any:
    if value is UNKNOWN:
        return UNKNOWN_STRING_VALUE
    if value is SECRET:
        return CANARY
    if isinstance(value, Mapping):
        return {key: _wire(each) for key, each in value.items()}
    return [_wire(each) for each in value] if isinstance(value, (list, tuple)) else value


def struct(value: Mapping[str, Any]) -> Any:
    message = analyzer_pb2.AnalyzeRequest().properties
    json_format.ParseDict(_wire(value), message)
    return message


def _options(raw: Raw, raws: Sequence[Raw]) -> analyzer_pb2.AnalyzerResourceOptions:
    parent = next(iter(_urns(raws, [raw.parent] if raw.parent else [])), "")
    return analyzer_pb2.AnalyzerResourceOptions(
        protect=raw.protect, ignoreChanges=list(raw.ignore_changes), aliases=list(raw.aliases), parent=parent
    )


def _provider_message(raw: Raw) -> analyzer_pb2.AnalyzerProviderResource:
    kind, name = "pulumi:providers:azure-native", raw.provider_name
    return analyzer_pb2.AnalyzerProviderResource(
        type=kind, name=name, urn=f"urn:pulumi:case::aifabrix::{kind}::{name}", properties=struct(_provider(raw))
    )


def analyze_request(raw: Raw, raws: Sequence[Raw]) -> analyzer_pb2.AnalyzeRequest:
    return analyzer_pb2.AnalyzeRequest(
        urn=urn(raw), type=token(raw), name=raw.name, properties=struct(raw.props), options=_options(raw, raws),
        provider=_provider_message(raw),
    )  # fmt: skip


def stack_request(raws: Sequence[Raw]) -> analyzer_pb2.AnalyzeStackRequest:
    request = analyzer_pb2.AnalyzeStackRequest()
    for raw in raws:
        outputs = {**(raw.outputs or raw.props), **({"id": raw.id} if raw.id else {})}
        resource = request.resources.add(
            urn=urn(raw), type=token(raw), name=raw.name, properties=struct(outputs), options=_options(raw, raws),
            provider=_provider_message(raw), dependencies=sorted(_dependencies(raw, raws)),
        )  # fmt: skip
        for name, used in raw.uses.items():
            resource.propertyDependencies[name].urns.extend(sorted(_urns(raws, used)))
    return request


def servicer(setup: Setup, **more: Any) -> _PolicyAnalyzerServicer:
    """The SDK's service, as a pack starts it."""
    made = pack.policies(setup, **more)
    return _PolicyAnalyzerServicer(pack.NAME, "1.0.0", made, EnforcementLevel.MANDATORY)


def setup_of(rule: Rule, case: Also) -> Setup:
    operations = {urn(raw): case.operations[raw.name] for raw in case.resources if raw.name in case.operations}
    return Setup(
        profile=case.profile, rules=(rule,), parameters=PARAMETERS_OF_CASES[case.profile], operations=operations,
        waiver_problems=case.waiver_problems,
    )  # fmt: skip


def by_library(rule: Rule, case: Also) -> list[Finding]:
    setup = setup_of(rule, case)
    report = evaluate(
        graph(case.resources), case.profile, (rule,), parameters=setup.parameters, operations=setup.operations,
        waiver_problems=case.waiver_problems,
    )  # fmt: skip
    return list(report.findings)


def worst(findings: Iterable[Finding]) -> Verdict:
    found = {finding.verdict for finding in findings}
    return next((verdict for verdict in ORDER if verdict in found), Verdict.NOT_APPLICABLE)


def by_analyzer(rule: Rule, case: Also) -> tuple[Verdict, list[str]]:
    """The verdict that the messages of the service mean, and their texts."""
    service = servicer(setup_of(rule, case))
    responses = [service.Analyze(analyze_request(raw, case.resources), None) for raw in case.resources]
    responses.append(service.AnalyzeStack(stack_request(case.resources), None))
    texts = [each.message for response in responses for each in response.diagnostics]
    at = LEVELS[rule.profile][case.profile]
    policy = f"{'resources' if rule.scope == 'R' else 'stack'}-{at}"
    judged = responses[:-1] if rule.scope == "R" else responses[-1:]
    applied = [each for each in judged if policy not in {skipped.policy_name for skipped in each.not_applicable}]
    ours = [text.split("\n", 1)[-1] for text in texts]
    if any(not text.startswith(f"{rule.id} [") for text in ours):
        return Verdict.FAIL, [*ours, "a message that is not this rule's"]
    if any("cannot be decided yet" not in text for text in ours):
        return Verdict.FAIL, ours
    if ours:
        return Verdict.UNDETERMINED, ours
    return (Verdict.PASS if applied else Verdict.NOT_APPLICABLE), ours


def is_error(finding: Finding) -> bool:
    return finding.reason.startswith(ERROR)
