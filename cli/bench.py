"""``fabrix bench``: measurements."""

from typing import Annotated

import typer

from bench.policies import measure_policies
from bench.preview import measure_preview
from bench.up import measure_up
from cli.options import Json, new_app

app = new_app("Measurements; each prints ratios taken in one run.")


@app.command()
def preview(
    stack: Annotated[str, typer.Option("--stack", help="Stack to preview.")] = "prod",
    runs: Annotated[int, typer.Option("--runs", min=1, max=20, help="Pairs of runs; the median ratio is printed.")] = 3,
    as_json: Json = False,
) -> None:
    """Time preview against a flat program with the plain SDK."""
    measure_preview(stack, runs, as_json=as_json)


@app.command()
def up(stack: Annotated[str, typer.Option("--stack", help="Stack to deploy.")] = "dev", as_json: Json = False) -> None:
    """Time up, a second up, and destroy."""
    measure_up(stack, as_json=as_json)


@app.command()
def policies(
    stack: Annotated[str, typer.Option("--stack", help="Stack to preview.")] = "prod",
    runs: Annotated[int, typer.Option("--runs", min=1, max=20, help="Pairs of runs; medians are printed.")] = 3,
    as_json: Json = False,
) -> None:
    """Time the policy pack against a preview without it, and Checkov."""
    measure_policies(stack, runs, as_json=as_json)
