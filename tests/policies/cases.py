"""How the fixtures of the rules are written: every rule has five cases, and more where its condition has more sides.

A fixture module exports ``CASES: dict[str, Cases]`` by rule id. A case is a list of ``res(...)``; the verdict that a
case expects is the worst that the rule gives to any of them: fail, undetermined, pass, not applicable in that order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.parameters import Profile
from resources.model import Verdict

SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
TENANT = "22222222-2222-2222-2222-222222222222"


@dataclass(frozen=True, kw_only=True)
class Raw:
    """A resource as a program registers it."""

    type: str
    """``storage:StorageAccount`` means azure-native; anything with another package keeps its whole token."""
    name: str
    props: Mapping[str, Any]
    """Inputs; ``UNKNOWN`` and ``SECRET`` of resources.values where they apply."""
    uses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Property -> logical names of the resources that its value comes from."""
    depends: tuple[str, ...] = ()
    """Logical names."""
    parent: str | None = None
    """Logical name."""
    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    provider: Mapping[str, Any] | None = None
    """Inputs of the provider; one with SUBSCRIPTION unless given."""
    provider_name: str = "default"
    outputs: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None
    """None: not known before the deployment, as in a first preview."""


def res(type_: str, name: str, props: Mapping[str, Any] | None = None, **more: Any) -> Raw:
    """``res("keyvault:Vault", "vault-sdc", {...}, uses={"properties": ("rg",)})``."""
    return Raw(type=type_, name=name, props=props or {}, **more)


@dataclass(frozen=True, kw_only=True)
class Also:
    """A further case of a rule."""

    name: str
    """Words: what is the case."""
    verdict: Verdict
    resources: list[Raw]
    profile: Profile = "prod"
    operations: Mapping[str, str] = field(default_factory=dict)
    """Logical name -> planned operation."""
    waiver_problems: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cases:
    """The cases of one rule, all judged with the profile ``prod`` unless said otherwise."""

    pass_: list[Raw]
    fail: list[Raw]
    undetermined: list[Raw]
    not_applicable: list[Raw]
    absent: list[Raw]
    """The setting is left out, so that Azure's default applies."""
    absent_is: Verdict = Verdict.FAIL
    also: tuple[Also, ...] = ()
    """Each side of the condition that the five do not reach; the mutation test tells which are missing."""
    profile: Profile = "prod"
    operations: Mapping[str, str] = field(default_factory=dict)
    """Planned operations by logical name for the case ``fail`` (rules about plans)."""
    waiver_problems: tuple[str, ...] = ()
    """For the case ``fail`` (the rule about waivers)."""

    def each(self) -> list[Also]:
        """All cases by name."""
        plain = [
            ("pass", Verdict.PASS, self.pass_), ("undetermined", Verdict.UNDETERMINED, self.undetermined),
            ("not applicable", Verdict.NOT_APPLICABLE, self.not_applicable), ("absent", self.absent_is, self.absent),
        ]  # fmt: skip
        fail = Also(
            name="fail", verdict=Verdict.FAIL, resources=self.fail, profile=self.profile,
            operations=self.operations, waiver_problems=self.waiver_problems,
        )  # fmt: skip
        return [
            fail,
            *(Also(name=name, verdict=verdict, resources=raws, profile=self.profile) for name, verdict, raws in plain),
            *self.also,
        ]
