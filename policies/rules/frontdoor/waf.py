"""Front Door's web application firewall: it blocks, with current rules, and without exclusions."""

from __future__ import annotations

from collections.abc import Mapping

from policies.model import Context, Outcome, ok
from policies.rule import Rule, direct, supporting
from policies.rules.shared import expect
from resources.model import Resource
from resources.values import Trilean, Value, all_of, equals, find, get, items, matches, negate, one_of, present, some

WAF = ("frontdoor:Policy",)
OLDEST: Mapping[str, tuple[int, int]] = {"Microsoft_DefaultRuleSet": (2, 1), "Microsoft_BotManagerRuleSet": (1, 1)}
"""Managed rule set -> oldest version that is still tuned. Source: Microsoft Learn, "Azure Web Application Firewall
managed ruleset support policy" (2.2 is the latest, 2.1 the previous one)."""
_SETS = "managedRules.managedRuleSets"
_EXCLUSIONS = (
    f"{_SETS}[].exclusions",
    f"{_SETS}[].ruleGroupOverrides[].exclusions",
    f"{_SETS}[].ruleGroupOverrides[].rules[].exclusions",
    "managedRules.exceptionsList.exceptions",
)


def prevents(resource: Resource, _context: Context) -> list[Outcome]:
    """FD-05: the firewall is on, blocks, and inspects bodies."""
    state, mode, body = (f"policySettings.{name}" for name in ("enabledState", "mode", "requestBodyCheck"))
    return [
        expect(resource, state, "the firewall is off", to_be="Enabled", default="Enabled"),
        expect(resource, mode, "attacks are logged but let through", to_be="Prevention"),
        expect(resource, body, "request bodies are not inspected", to_be="Enabled", default="Enabled"),
    ]


def current_rule_sets(resource: Resource, _context: Context) -> list[Outcome]:
    """FD-06: the managed rule sets are there and current."""
    sets = items(resource, _SETS)
    return [
        ok(
            some(sets, lambda one, name=name, oldest=oldest: _is_current(one, name, oldest)),
            f"{name} is missing or older than {'.'.join(map(str, oldest))}",
            _SETS,
        )
        for name, oldest in OLDEST.items()
    ]


def _is_current(rule_set: Value, name: str, oldest: tuple[int, int]) -> Trilean:
    return all_of(
        equals(get(rule_set, "ruleSetType"), name),
        matches(get(rule_set, "ruleSetVersion"), lambda version: _number(version) >= oldest),
    )


def _number(version: Value) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in str(version).split("."))


def rate_limit(resource: Resource, _context: Context) -> Outcome:
    """FD-07: a custom rule limits how often one client may ask."""
    limited = some(
        items(resource, "customRules.rules"),
        lambda rule: all_of(
            equals(get(rule, "ruleType"), "RateLimitRule"),
            equals(get(rule, "enabledState", "Enabled"), "Enabled"),
            negate(one_of(get(rule, "action"), ("Allow", "Log"))),
        ),
    )
    return ok(limited, "no rule limits how often one client may ask", "customRules.rules")


def nothing_excluded(resource: Resource, _context: Context) -> list[Outcome]:
    """FD-09: nothing is excluded from inspection, and no managed rule is off."""
    outcomes = [
        ok(negate(present(value)), "something is excluded from inspection", path)
        for pattern in _EXCLUSIONS
        for path, value in find(resource, pattern)
    ]
    for path, override in find(resource, f"{_SETS}[].ruleGroupOverrides[].rules[]"):
        active = equals(get(override, "enabledState", "Disabled"), "Enabled")
        strict = negate(one_of(get(override, "action"), ("Allow", "Log")))
        outcomes.append(ok(active, "a managed rule is off", f"{path}.enabledState"))
        outcomes.append(ok(strict, "a managed rule lets through what it detects", f"{path}.action"))
    for path, override in find(resource, f"{_SETS}[].ruleGroupOverrides[]"):
        some_rules = present(get(override, "rules"))
        excluded = present(get(override, "exclusions"))
        if some_rules is False and excluded is False:
            outcomes.append(ok(False, "a whole group of managed rules is off", path))  # noqa: FBT003
    return outcomes or [ok(True, "nothing is excluded or off", "managedRules")]  # noqa: FBT003


RULES: tuple[Rule, ...] = (
    Rule(
        id="FD-05",
        title="WAF enabled, prevention, body check",
        types=WAF,
        property="policySettings.{enabledState,mode,requestBodyCheck}",
        severity="C",
        scope="R",
        profile="P2",
        iso=(direct("A.8.26", "Attacks on applications are blocked at the edge, wherever they are in the request."),),
        hipaa=(supporting("164.312(c)(1)", "Requests that would alter or destroy health data are stopped."),),
        gdpr=(supporting("Art. 32(1)(b)", "Protects confidentiality and integrity against attacks from outside."),),
        what="The firewall policy is on, blocks what it detects, and inspects request bodies.",
        why="In detection mode the firewall logs an attack and lets it through. Bodies carry the forms, JSON and "
        "uploads in which most injections arrive.",
        remediation='Set `policy_settings={"enabled_state": "Enabled", "mode": "Prevention", "request_body_check": '
        '"Enabled"}`.',
        azure_default="On, with bodies; the mode depends on how the policy was created, detection in the portal.",
        bad='frontdoor.Policy("waf", policy_settings={"mode": "Detection"})',
        good='frontdoor.Policy("waf", policy_settings={"enabled_state": "Enabled", "mode": "Prevention",\n'
        '    "request_body_check": "Enabled"})',
        check=prevents,
    ),
    Rule(
        id="FD-06",
        title="Current default rule set and bot manager",
        types=WAF,
        property="managedRules.managedRuleSets[]",
        severity="H",
        scope="R",
        profile="P2",
        iso=(
            direct("A.8.26", "The common attacks on web applications are recognised."),
            supporting("A.8.7", "Known malicious bots and their payloads are rejected."),
        ),
        hipaa=(supporting("164.308(a)(5)(ii)(B)", "Malicious requests and bots are detected and blocked."),),
        gdpr=(supporting("Art. 32(1)(b)", "Protection keeps up with current attacks."),),
        what="The policy has the default rule set 2.1 or later and the bot manager rule set 1.1 or later.",
        why="A policy without managed rules inspects nothing but its custom rules. Old versions miss newer attacks, "
        "are no longer tuned, and cannot be bound to new names.",
        remediation="Add both rule sets to `managed_rules.managed_rule_sets`. Changing the version resets overrides.",
        azure_default="No managed rules.",
        bad='frontdoor.Policy("waf", managed_rules={"managed_rule_sets": [\n'
        '    {"rule_set_type": "DefaultRuleSet", "rule_set_version": "1.0"}]})',
        good='frontdoor.Policy("waf", managed_rules={"managed_rule_sets": [\n'
        '    {"rule_set_type": "Microsoft_DefaultRuleSet", "rule_set_version": "2.1", "rule_set_action": "Block"},\n'
        '    {"rule_set_type": "Microsoft_BotManagerRuleSet", "rule_set_version": "1.1"}]})',
        check=current_rule_sets,
    ),
    Rule(
        id="FD-07",
        title="Rate limit present",
        types=WAF,
        property="customRules.rules[].ruleType",
        severity="M",
        scope="R",
        profile="P3",
        iso=(
            direct("A.8.6", "No single client takes all the capacity."),
            supporting("A.8.26", "Password guessing and scraping are slowed down."),
        ),
        gdpr=(supporting("Art. 32(1)(b)", "Keeps the applications available under abuse."),),
        what="At least one enabled custom rule limits how often a client may ask, and does more than log.",
        why="Each question to a language model costs money and capacity. One client in a loop, or one that guesses "
        "passwords, takes the service from everyone else.",
        remediation='Add a rule with `rule_type="RateLimitRule"`, a threshold, and the action `Block`.',
        azure_default="None.",
        bad='frontdoor.Policy("waf", custom_rules={"rules": []})',
        good='frontdoor.Policy("waf", custom_rules={"rules": [{"name": "perClient", "priority": 1, "action": '
        '"Block",\n'
        '    "rule_type": "RateLimitRule", "rate_limit_threshold": 600, "rate_limit_duration_in_minutes": 1,\n'
        '    "match_conditions": [{"match_variable": "RemoteAddr", "operator": "IPMatch",\n'
        '                          "match_value": ["0.0.0.0/0", "::/0"]}]}]})',
        check=rate_limit,
    ),
    Rule(
        id="FD-09",
        title="Disabled rules and exclusions need a waiver",
        types=WAF,
        property="managedRules.managedRuleSets[].{exclusions,ruleGroupOverrides}",
        severity="M",
        scope="R",
        profile="P2",
        iso=(
            direct("A.8.26", "No part of a request goes uninspected without a decision."),
            direct("A.8.32", "Weakening the firewall is a change that someone approves, for a limited time."),
        ),
        hipaa=(supporting("164.312(c)(1)", "Injections that would alter health data find no gap."),),
        gdpr=(supporting("Art. 32(1)(d)", "Each weakening is reviewed when its waiver expires."),),
        what="There is no exclusion, no exception, and no managed rule that is off or only logs.",
        why="Exclusions are made in a hurry, for a false alarm, and stay. Years later nobody knows that cookies or a "
        "whole rule group go uninspected. A waiver has an owner and an end.",
        remediation="Remove the exclusion or the override; where it is needed, make it narrow and add a waiver.",
        azure_default="No exclusions. A rule named in an override without a state is off.",
        bad='frontdoor.Policy("waf", managed_rules={"managed_rule_sets": [{\n'
        '    "rule_set_type": "Microsoft_DefaultRuleSet", "rule_set_version": "2.1",\n'
        '    "exclusions": [{"match_variable": "RequestCookieNames", "selector_match_operator": "EqualsAny",\n'
        '                    "selector": "*"}]}]})',
        good='frontdoor.Policy("waf", managed_rules={"managed_rule_sets": [{\n'
        '    "rule_set_type": "Microsoft_DefaultRuleSet", "rule_set_version": "2.1", "rule_set_action": "Block"}]})',
        check=nothing_excluded,
    ),
)
