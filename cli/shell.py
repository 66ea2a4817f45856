"""``fabrix shell``: plain `pulumi` against the chosen target."""

import os
import subprocess
import sys
from typing import Annotated

import typer

from cli.options import TargetOption, new_app
from stacks.existing import create_existing_objects
from stacks.session import Session, get_engine, print_headline, settings_for_target, target_named
from support.checkout import ROOT
from support.console import Console
from targets.name import TargetName

app = new_app()


@app.command(context_settings={"ignore_unknown_options": True})
def shell(
    target: TargetOption = TargetName.LOCAL,
    command: Annotated[str, typer.Option("--command", "-c", help="Run this instead of an interactive shell.")] = "",
) -> None:
    """Open a shell where plain pulumi works against the target."""
    console = Console(as_json=False)
    where = target_named(target)
    print_headline(console, where)
    engine = get_engine(console)
    for file in sorted(ROOT.glob("Pulumi.*.yaml")):
        stack = file.name.split(".")[1]
        settings_for_target(stack, TargetName.LOCAL)
        where.prepare(engine, stack)
        create_existing_objects(Session(stack, where, console))
    user_shell = os.environ.get("SHELL") or "/bin/sh"
    arguments = [user_shell, "-c", command] if command else [user_shell]
    if not command:
        console.info("plain pulumi works here, e.g. `pulumi preview --stack dev`; leave with exit")
    sys.stderr.flush()
    done = subprocess.run(arguments, cwd=where.project(), env=where.environment(engine), check=False)
    sys.exit(done.returncode)
