"""``fabrix bench preview``: our preview against a flat program that registers the same resources with the plain SDK.

The flat program is made from our own preview: every custom resource that the engine was asked to plan, with the same
type, name and inputs, in a program without components, without our transform and without settings. Both run through the
same engine and the same plugins in turn, and the median of the ratios is printed.
"""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
from pathlib import Path

from stacks.events import Run
from stacks.pulumi_cli import PulumiCli
from stacks.session import get_engine, settings_for_target
from support.checkout import ROOT
from support.console import Console
from support.errors import OperationError
from targets.local import LocalTarget
from targets.name import TargetName

TARGET_RATIO = 0.5
"""What the project promises: at most half the time of the flat program."""


class FlatTarget(LocalTarget):
    """The same local Azure, with the flat program as its project."""

    def project(self) -> Path:
        """Folder of the flat program's Pulumi.yaml."""
        return self.base / "flat"


def measure_preview(stack: str, runs: int, *, as_json: bool) -> None:
    """Measure ``runs`` pairs on a local Azure of their own and print the ratios."""
    console = Console(as_json=as_json)
    settings_for_target(stack, TargetName.LOCAL)
    engine = get_engine(console)
    with tempfile.TemporaryDirectory(prefix="fabrix-bench-") as home:
        ours_target, flat_target = LocalTarget(Path(home)), FlatTarget(Path(home))
        ours_target.prepare(engine, stack)
        ours = PulumiCli(engine, ours_target, stack)
        log = Path(home) / "logs"
        first, code = ours.run("preview", log=log / "first.jsonl")
        require_success(first, code)
        resources = write_flat_program(flat_target, first, stack)
        flat = PulumiCli(engine, flat_target, stack)
        flat.query("stack", "init", "--no-select")
        pairs: list[tuple[float, float]] = []
        for number in range(runs):
            mine, code = ours.run("preview", log=log / "ours.jsonl")
            require_success(mine, code)
            theirs, code = flat.run("preview", log=log / "flat.jsonl")
            require_success(theirs, code)
            pairs.append((mine.seconds, theirs.seconds))
            console.info(f"pair {number + 1}: program {mine.seconds:.1f} s, flat {theirs.seconds:.1f} s")
    ratios = [mine / theirs for mine, theirs in pairs]
    ratio = statistics.median(ratios)
    verdict = "kept" if ratio <= TARGET_RATIO else "missed"
    console.result(
        f"preview of {stack}, {resources} resources, {runs} pairs: median ratio {ratio:.2f} "
        f"(smallest {min(ratios):.2f}, largest {max(ratios):.2f}); promised at most {TARGET_RATIO}: {verdict}"
    )
    console.emit(
        {"ok": True, "stack": stack, "resources": resources, "pairs": pairs, "ratio": ratio, "promised": TARGET_RATIO}
    )


def require_success(run: Run, code: int) -> None:
    """End the measurement if a run failed, since its time is meaningless."""
    if code != 0:
        raise OperationError(f"a measured run failed: {run.errors}")


def write_flat_program(target: FlatTarget, plan: Run, stack: str, *, limit: int | None = None) -> int:
    """Write the flat program for at most ``limit`` resources of ``plan``, and return their number."""
    folder = target.project()
    folder.mkdir(parents=True, exist_ok=True)
    resources = [
        {"type": step.type, "name": step.name, "inputs": step.new["inputs"]}
        for step in plan.steps
        if step.operation == "create" and step.new and step.new.get("custom") and not step.type.startswith("pulumi:")
    ][:limit]
    (folder / "resources.json").write_text(json.dumps(resources), encoding="utf-8")
    shutil.copyfile(Path(__file__).with_name("flat_program.py"), folder / "__main__.py")
    options = {"toolchain": "pip", "virtualenv": str(ROOT / ".venv")}
    project = {"name": "aifabrix-flat", "runtime": {"name": "python", "options": options}}
    (folder / "Pulumi.yaml").write_text(json.dumps(project), encoding="utf-8")
    (folder / f"Pulumi.{stack}.yaml").write_text("{}\n", encoding="utf-8")
    return len(resources)
