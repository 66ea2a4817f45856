"""The proofs of ``topology`` as rules about a whole stack, judged and reported like any other."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from policies.model import ROOT, Context, Outcome
from policies.rule import Control, Rule
from resources.model import Resource
from settings import PlatformSettings
from topology import build
from topology.claims import CLAIMS, Expectations

NOTHING_EXPECTED = Expectations()


def _check(key: str, expected: Expectations, _: Resource, context: Context) -> Iterator[Outcome]:
    """Compute one proof; each piece of its evidence is an outcome about the resource that it concerns."""
    for piece in CLAIMS[key].evidence(build(context.graph.resources), expected):
        about = context.graph.by_urn(piece.subject)
        yield Outcome(piece.verdict, piece.text, urn=about.urn if about else "")


@dataclass(frozen=True)
class _Proof:
    """Metadata of a proof; its title comes from ``topology``."""

    id: str
    why: str
    remediation: str
    iso: tuple[str, ...]
    hipaa: tuple[str, ...]
    gdpr: tuple[str, ...]


_PROOFS: dict[str, _Proof] = {
    "internet": _Proof(
        "TP-01", "What is reachable is attacked, however well its password is chosen.",
        "Close the public access that the reason names, or put the service behind the edge.",
        ("A.8.20", "A.8.22"), ("164.312(a)(1)",), ("Art. 32(1)(b)",),
    ),
    "private": _Proof(
        "TP-02", "A private endpoint that no app resolves or reaches protects nothing: traffic takes the public route.",
        "Fix the link of the chain that the reason names: rule, route, endpoint, zone group, or link of the zone.",
        ("A.8.20", "A.8.21"), ("164.312(e)(1)",), ("Art. 32(1)(b)",),
    ),
    "egress": _Proof(
        "TP-03", "Stolen data needs a way out, and so does the software that steals it.",
        "Remove the rule that the reason names, or add its destination to `network.egress.allow` with a reason.",
        ("A.8.12", "A.8.20"), ("164.312(e)(1)",), ("Art. 32(2)",),
    ),
    "secrets": _Proof(
        "TP-04", "One app that is taken over must not give away the others.",
        "Narrow the role assignment that the reason names to the secret of its own app.",
        ("A.8.3", "A.5.15"), ("164.312(a)(1)",), ("Art. 25(2)", "Art. 32(1)(b)"),
    ),
    "environments": _Proof(
        "TP-05", "A fault or an intruder in one environment must end there.",
        "Use a resource of this environment; what is shared on purpose is named in the stack file.",
        ("A.8.31",), ("164.308(a)(4)(ii)(A)",), ("Art. 32(1)(b)",),
    ),
    "ingress": _Proof(
        "TP-06", "A peered network brings everybody in it; its owner, not this stack, decides who that is.",
        "Remove the rule that the reason names, or add its source to `network.ingress.allow` with a reason.",
        ("A.8.20", "A.8.22"), ("164.312(a)(1)",), ("Art. 32(1)(b)",),
    ),
}  # fmt: skip


def _rule(key: str, proof: _Proof) -> Rule:
    claim = CLAIMS[key]
    rationale = "proven over all resources together, not read from one setting"

    def controls(ids: tuple[str, ...]) -> tuple[Control, ...]:
        return tuple(
            Control(each, "direct" if number == 0 else "supporting", rationale) for number, each in enumerate(ids)
        )

    return Rule(
        id=proof.id,
        title=claim.title,
        types=(ROOT,),
        property="the graph of all resources",
        severity="C",
        scope="S",
        profile="P2",
        iso=controls(proof.iso),
        hipaa=controls(proof.hipaa),
        gdpr=controls(proof.gdpr),
        what=(claim.evidence.__doc__ or claim.title).splitlines()[0],
        why=proof.why,
        remediation=proof.remediation,
        azure_default="depends on every resource involved",
        bad="",
        good="",
        check=partial(_check, key, NOTHING_EXPECTED),
    )


PROOFS: tuple[Rule, ...] = tuple(_rule(key, proof) for key, proof in _PROOFS.items())
"""In the order of the claims, without exceptions that a stack's settings allow."""


def proofs(settings: PlatformSettings) -> tuple[Rule, ...]:
    """Return the proofs with the exceptions that the settings of a stack allow."""

    def names(*roles: str) -> tuple[str, ...]:
        return tuple(settings.names.of("subnet", role) for role in roles)

    ingress = getattr(settings.network, "ingress", None)
    expected = Expectations(
        egress=tuple((row.destination, row.ports, names(*row.subnets)) for row in settings.network.outbound),
        ingress=tuple((row.source, row.ports, names(row.subnet)) for row in ingress.allow) if ingress else None,
        shared=tuple(_shared(settings)),
    )
    return tuple(
        dataclasses.replace(rule, check=partial(_check, key, expected))
        for key, rule in zip(_PROOFS, PROOFS, strict=True)
    )


def _shared(settings: PlatformSettings) -> Iterator[str]:
    """Yield what the stack file declares to exist elsewhere: the hub's network and zones, another control layer."""
    for part in (settings.network, settings.dns, settings.control):
        for name in ("id", "url"):
            if value := getattr(part, name, None):
                yield value.removeprefix("https://").rstrip("/")
        yield from (getattr(part, "zones", None) or {}).values()
    yield from getattr(getattr(settings.network, "ingress", None), "peerings", ())
