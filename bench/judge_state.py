"""Judges an exported state by all rules; a process of its own, timed against Checkov."""

import gc
import json
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)
gc.set_threshold(100_000, 50, 50)

from policies.evaluate import evaluate  # noqa: E402
from stacks.state import resource_graph  # noqa: E402 - the path above makes the packages importable

state, profile = sys.argv[1:]
report = evaluate(resource_graph(json.loads(Path(state).read_text(encoding="utf-8"))["deployment"]), profile)  # ty: ignore[invalid-argument-type] - evaluate refuses what is not a profile
sys.stdout.write(f"{len(report.findings)}\n")
