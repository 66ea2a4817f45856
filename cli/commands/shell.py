"""``fabrix shell``: plain `pulumi` against the chosen target."""

from __future__ import annotations

import os
import subprocess
import sys

from stacks.existing import create_existing_objects
from stacks.session import Session, get_engine, settings_for_target, target_named
from support.checkout import ROOT
from support.console import Console
from targets.name import TargetName


def run(target_name: TargetName, command: str) -> None:
    """Open a shell, or run one command in it, and leave with its exit code."""
    console = Console(as_json=False)
    target = target_named(target_name)
    console.info(target.headline, style="bold cyan" if target_name is TargetName.LOCAL else "bold yellow")
    engine = get_engine(console)
    for file in sorted(ROOT.glob("Pulumi.*.yaml")):
        stack = file.name.split(".")[1]
        settings_for_target(stack, TargetName.LOCAL)
        target.prepare(engine, stack)
        create_existing_objects(Session(stack, target, console))
    user_shell = os.environ.get("SHELL") or "/bin/sh"
    words = [user_shell, "-c", command] if command else [user_shell]
    if not command:
        console.info("plain pulumi works here, e.g. `pulumi preview --stack dev`; leave with exit")
    sys.stderr.flush()
    done = subprocess.run(words, cwd=target.project(), env=target.environment(engine), check=False)
    sys.exit(done.returncode)
