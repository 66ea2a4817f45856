"""Arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from targets.name import TargetName

Stack = Annotated[str, typer.Argument(help="Stack, e.g. dev: the file Pulumi.dev.yaml.")]
Where = Annotated[TargetName, typer.Option("--target", help="Where to act.", show_default=True)]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before changing anything.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout; words go to stderr.")]
Refresh = Annotated[bool, typer.Option("--refresh", help="Ask Azure first what is there, so that drift is put right.")]
Packs = Annotated[
    Optional[list[Path]],  # noqa: UP045 - typer reads Optional at run time
    typer.Option("--policy-pack", help="Policy pack to hold the change against; may be repeated.", exists=True),
]
Output = Annotated[
    Optional[Path],  # noqa: UP045 - typer reads Optional at run time
    typer.Option("--output", "-o", help="File to write; stdout if left out."),
]
