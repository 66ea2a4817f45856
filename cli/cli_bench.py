"""``fabrix bench …``: measurements."""

from typing import Annotated

import typer

from cli.options import Json

bench = typer.Typer(no_args_is_help=True, help="Measurements; each prints ratios taken in one run.")


@bench.command("preview")
def bench_preview(
    stack: Annotated[str, typer.Option("--stack", help="Stack to preview.")] = "prod",
    runs: Annotated[int, typer.Option("--runs", min=1, max=20, help="Pairs of runs; the median ratio is printed.")] = 3,
    as_json: Json = False,
) -> None:
    """Time preview against a flat program with the plain SDK."""
    from bench.preview import measure_preview

    measure_preview(stack, runs, as_json=as_json)


@bench.command("up")
def bench_up(
    stack: Annotated[str, typer.Option("--stack", help="Stack to deploy.")] = "dev", as_json: Json = False
) -> None:
    """Time up, a second up, and destroy."""
    from bench.up import measure_up

    measure_up(stack, as_json=as_json)


@bench.command("policies")
def bench_policies(
    stack: Annotated[str, typer.Option("--stack", help="Stack to preview.")] = "prod",
    runs: Annotated[int, typer.Option("--runs", min=1, max=20, help="Pairs of runs; medians are printed.")] = 3,
    as_json: Json = False,
) -> None:
    """Time the policy pack against a preview without it, and Checkov."""
    from bench.policies import measure_policies

    measure_policies(stack, runs, as_json=as_json)
