"""``fabrix bench up``: deploy, deploy again and destroy, on a temporary local Azure."""

from __future__ import annotations

import tempfile
from pathlib import Path

from emulator.inspect import delete_records
from stacks.pulumi_cli import PulumiCli
from stacks.session import get_engine, settings_for_target
from support.console import Console
from support.errors import OperationError
from targets.local import LocalTarget
from targets.name import TargetName

PROMISED_SECONDS = 60
"""For ``./fabrix up dev`` on two cores, with engine and environment present."""


def measure_up(stack: str, *, as_json: bool) -> None:
    """Measure, and print seconds and counts."""
    console = Console(as_json=as_json)
    settings_for_target(stack, TargetName.LOCAL)
    engine = get_engine(console)
    with tempfile.TemporaryDirectory(prefix="fabrix-bench-") as home:
        target = LocalTarget(Path(home))
        target.prepare(engine, stack)
        cli = PulumiCli(engine, target, stack)
        measured: dict[str, float] = {}
        counts: dict[str, dict[str, int]] = {}
        for label, command in (("up", "up"), ("second up", "up"), ("destroy", "destroy")):
            if command == "destroy":
                cli.query("state", "unprotect", "--all", "--yes")
                with target.store() as store:
                    delete_records(store)  # Azure deletes no account with immutable records
            done, code = cli.run(command, "--yes", "--skip-preview", log=Path(home) / "logs" / "bench.jsonl")
            if code != 0:
                raise OperationError(f"{label} failed: {done.errors}")
            measured[label], counts[label] = done.seconds, dict(done.counts())
            console.info(f"{label}: {done.seconds:.1f} s, {counts[label] or 'no changes'}")
    created = counts["up"].get("create", 0)
    console.result(
        f"{stack}: {created} created in {measured['up']:.1f} s (promised for dev: {PROMISED_SECONDS} s on two cores); "
        f"second up {measured['second up'] / measured['up']:.2f} of it, {sum(counts['second up'].values())} changes; "
        f"destroy {measured['destroy'] / measured['up']:.2f} of it"
    )
    console.emit({"ok": True, "stack": stack, "seconds": measured, "counts": counts})
