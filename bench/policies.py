"""``fabrix bench policies``: what the policy pack costs a preview, and how long Checkov takes to judge the same stack.

A flat program registers the first 150, the first 300 and all resources of the stack's plan, and is previewed with and
without the pack in turn; the difference is the pack's cost. Then the stack is deployed, and two processes judge it in
turn: our rules the exported state, Checkov the exported ARM template.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from bench import checkov
from bench.preview import FlatTarget, require_success, write_flat_program
from emulator.arm_template import template
from policies.table import TABLE
from stacks.arm_template import deployed_resources
from stacks.pulumi_cli import PulumiCli
from stacks.session import get_engine, settings_for_target
from support.checkout import ROOT, venv_python
from support.console import Console
from support.errors import OperationError
from targets.local import LocalTarget
from targets.name import TargetName

PROMISED_SECONDS = {150: 2.0, 300: 5.0}
"""Resources → seconds that the pack may add to a preview at most."""

PROFILES = {"dev": "dev", "tst": "test", "pro": "prod"}
"""Environment code → profile of the rules."""

PROMISED_RATIO = 5.0
"""Minimum factor by which the pack is faster than Checkov."""


def measure_policies(stack: str, runs: int, *, as_json: bool) -> None:
    """Measure, and print the differences and the ratio."""
    console = Console(as_json=as_json)
    settings = settings_for_target(stack, TargetName.LOCAL)
    engine = get_engine(console)
    with tempfile.TemporaryDirectory(prefix="fabrix-bench-") as home:
        target, flat = LocalTarget(Path(home)), FlatTarget(Path(home))
        target.prepare(engine, stack)
        log = Path(home) / "logs" / "bench.jsonl"
        plan, code = PulumiCli(engine, target, stack).run("preview", log=log)
        require_success(plan, code)
        cli = PulumiCli(engine, flat, stack)
        costs: dict[int, float] = {}
        total = plan.resources()
        for size in (*PROMISED_SECONDS, total):
            write_flat_program(flat, plan, stack, limit=size)
            if not costs:
                cli.query("stack", "init", "--no-select")
            costs[size] = _cost(cli, log, runs)
            promised = f", promised at most {PROMISED_SECONDS[size]}" if size in PROMISED_SECONDS else ""
            console.result(f"{size} resources: the pack adds {costs[size]:.2f} s (median of {runs} pairs{promised})")
        own, other = _judge_deployed(
            PulumiCli(engine, target, stack), PROFILES[settings.installation.environment], Path(home), runs
        )
    ratio = statistics.median(theirs / ours for ours, theirs in zip(own, other, strict=True))
    console.result(
        f"judging the deployed stack, as whole processes: {len(TABLE)} rules {statistics.median(own):.1f} s, "
        f"Checkov {checkov.VERSION} {statistics.median(other):.1f} s: {ratio:.1f} times faster, "
        f"promised at least {PROMISED_RATIO}"
    )
    console.emit({"ok": True, "stack": stack, "costs": costs, "judging": own, "checkov": other, "ratio": ratio})


def _judge_deployed(cli: PulumiCli, profile: str, home: Path, runs: int) -> tuple[list[float], list[float]]:
    """Return the seconds that our rules and Checkov take for the deployed stack, in pairs."""
    python = checkov.checkov_python()
    done, code = cli.run("up", "--yes", "--skip-preview", log=home / "logs" / "up.jsonl")
    require_success(done, code)
    deployment = cli.export()
    state, folder = home / "state.json", home / "template"
    state.write_text(json.dumps(deployment), encoding="utf-8")
    folder.mkdir()
    exported = template(deployed_resources(deployment["deployment"]))
    own, other = [], []
    for _ in range(runs):
        started = time.monotonic()
        subprocess.run(
            [venv_python(), Path(__file__).with_name("judge_state.py"), state, profile], check=True, capture_output=True
        )
        own.append(time.monotonic() - started)
        started = time.monotonic()
        checkov.checkov_report(python, folder, exported)
        other.append(time.monotonic() - started)
    return own, other


def _cost(cli: PulumiCli, log: Path, runs: int) -> float:
    """Return the median difference in seconds between previews with and without the pack."""
    differences = []
    for _ in range(runs):
        without, code = cli.run("preview", log=log)
        require_success(without, code)
        # Violations do not matter: a flat program has no components, and only the time is measured.
        judged, _code = cli.run("preview", "--policy-pack", str(ROOT / "policies"), log=log)
        if not judged.policy:
            raise OperationError(f"the pack judged nothing, so its time is meaningless: {judged.errors}")
        differences.append(judged.seconds - without.seconds)
    return statistics.median(differences)
