"""The resources of a planned or deployed stack for an ARM template."""

from __future__ import annotations

from typing import Any

from emulator import ids
from emulator.arm_template import Exported
from emulator.encrypted import decoded
from emulator.facts import fact_of
from emulator.tokens import sdk_token
from stacks.events import Run


def planned_resources(plan: Run, subscription_id: str) -> list[Exported]:
    """Return the Azure resources that exist after the plan: created, changed or unchanged."""
    exported = []
    for step in plan.steps:
        state = step.new
        if state and step.operation != "delete" and step.type.startswith("azure-native:") and state.get("custom"):
            inputs = decoded(step.type, state.get("inputs") or {})
            identity = state.get("id") or ids.arm_id(fact_of(step.type), inputs, subscription_id, "") or ""
            exported.append(Exported(token=step.type, id=identity, name=step.name, inputs=inputs))
    return exported


def deployed_resources(deployment: dict[str, Any]) -> list[Exported]:
    """Return the Azure resources of an exported state."""
    return [
        Exported(
            token=token, id=r["id"], name=r["urn"].rsplit("::", 1)[-1], inputs=decoded(token, r.get("inputs") or {})
        )
        for r in deployment.get("resources") or []
        if r.get("custom") and (token := sdk_token(r["type"])).startswith("azure-native:")
    ]
