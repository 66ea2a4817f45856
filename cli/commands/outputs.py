"""``fabrix outputs``."""

from __future__ import annotations

import json

from stacks.session import Session
from targets.name import TargetName


def run(stack: str, target: TargetName, *, as_json: bool, show_secrets: bool) -> None:
    """Print the stack's outputs; secrets are masked by the engine unless asked for."""
    session = Session.open(stack, target, as_json=as_json)
    session.require_settings()
    reveal = ("--show-secrets",) if show_secrets else ()
    values = json.loads(session.pulumi.query("stack", "output", "--json", *reveal).stdout or "{}")
    if not values:
        session.console.result(f"{stack} has no outputs yet; `./fabrix up {stack}` makes them.")
    for name, value in sorted(values.items()):
        text = value if isinstance(value, str) else json.dumps(value, indent=2)
        session.console.result(f"{name}: {text}")
    session.console.emit({"ok": True, "stack": stack, "target": target.value, "outputs": values})
