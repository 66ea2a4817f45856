"""``fabrix bench policies``: what the policy pack costs a preview, and what Checkov takes for the same stack.

A flat program registers the first 150, the first 300 and all resources of the stack's plan, and is previewed with and
without the pack, turn about; the difference is the pack's cost. Checkov then judges the ARM template of the same plan.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from bench import checkov
from bench.preview import FlatTarget, must, write_flat
from emulator.arm import template
from operations.console import Speaker
from operations.pulumi import Cli
from operations.session import get_engine, read_settings
from operations.target import ROOT
from operations.target_name import TargetName
from operations.templates import planned
from operations.workspace import LocalTarget

PROMISED_SECONDS = {150: 2.0, 300: 5.0}
"""Resources → most seconds that the whole pack may add to a preview."""

PROMISED_RATIO = 5.0
"""How many times faster than Checkov the pack has to be."""


def run(stack: str, runs: int, *, as_json: bool) -> None:
    """Measure and print differences and the ratio."""
    speaker = Speaker(as_json=as_json)
    settings = read_settings(stack, TargetName.LOCAL)
    engine = get_engine(speaker)
    python = checkov.environment()
    with tempfile.TemporaryDirectory(prefix="fabrix-bench-") as home:
        target, flat = LocalTarget(Path(home)), FlatTarget(Path(home))
        target.prepare(engine, stack)
        log = Path(home) / "logs" / "bench.jsonl"
        plan, code = Cli(engine, target, stack).run("preview", log=log)
        must(plan, code)
        cli = Cli(engine, flat, stack)
        costs: dict[int, float] = {}
        total = plan.resources()
        for size in (*PROMISED_SECONDS, total):
            write_flat(flat, plan, stack, limit=size)
            if not costs:
                cli.query("stack", "init", "--no-select")
            costs[size] = _cost(cli, log, runs)
            promised = f", promised at most {PROMISED_SECONDS[size]}" if size in PROMISED_SECONDS else ""
            speaker.result(f"{size} resources: the pack adds {costs[size]:.2f} s (median of {runs} pairs{promised})")
        exported = template(planned(plan, settings.installation.subscription_id))
        folder = Path(home) / "template"
        folder.mkdir()
        other = []
        for _ in range(runs):
            started = time.monotonic()
            report = checkov.judge(python, folder, exported)
            other.append(time.monotonic() - started)
    ratio = statistics.median(other) / costs[total]
    speaker.result(
        f"Checkov {checkov.VERSION}: {statistics.median(other):.1f} s for the same {total} resources "
        f"({report['summary']['passed'] + report['summary']['failed']} checks): {ratio:.1f} times the pack's time, "
        f"promised at least {PROMISED_RATIO}"
    )
    speaker.emit({"ok": True, "stack": stack, "costs": costs, "checkov": other, "ratio": ratio})


def _cost(cli: Cli, log: Path, runs: int) -> float:
    """Median of the differences between a preview with the pack and one without, in seconds."""
    differences = []
    for _ in range(runs):
        without, _code = cli.run("preview", log=log)
        must(without, 0 if not without.errors else 1)
        # Violations are welcome: a flat program has no components, and what is measured is the time.
        judged, _code = cli.run("preview", "--policy-pack", str(ROOT / "policies"), log=log)
        differences.append(judged.seconds - without.seconds)
    return statistics.median(differences)
