"""``fabrix check``, ``evidence``, ``reach`` and ``access``: what holds, and why."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from cli.options import Json, Stack, Where
from targets.name import TargetName

judge = typer.Typer()

On = Annotated[str, typer.Option("--stack", "-s", help="Stack whose state answers.")]
File = Optional[Path]  # noqa: UP045 - typer reads Optional at run time
Revision = Optional[str]  # noqa: UP045


@judge.command()
def check(
    stacks: Annotated[Optional[list[str]], typer.Argument(help="Stacks; all of them if left out.")] = None,  # noqa: UP045
    from_rev: Annotated[Revision, typer.Option("--from", metavar="REV", help="Deploy REV first, then update.")] = None,
    and_back: Annotated[bool, typer.Option("--and-back", help="With --from: go back, and compare.")] = False,
    changed_since: Annotated[
        Revision, typer.Option("--changed-since", metavar="REV", help="Only stacks that changed since REV.")
    ] = None,
    sarif: Annotated[File, typer.Option("--sarif", help="Write SARIF 2.1.0 for code scanning.")] = None,
    junit: Annotated[File, typer.Option("--junit", help="Write JUnit XML for pipelines.")] = None,
    comment: Annotated[File, typer.Option("--comment", help="Write Markdown for a pull request.")] = None,
    as_json: Json = False,
) -> None:
    """Rehearse stacks on a throwaway local Azure and judge them."""
    from cli.commands import check as command

    command.run(
        stacks or [],
        from_rev=from_rev,
        and_back=and_back,
        changed_since=changed_since,
        sarif=sarif,
        junit=junit,
        comment=comment,
        as_json=as_json,
    )


@judge.command()
def evidence(
    stack: Stack,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write the evidence into.")],
    target: Where = TargetName.LOCAL,
    as_json: Json = False,
) -> None:
    """Write what an auditor asks for, from what is deployed."""
    from cli.commands import evidence as command

    command.run(stack, output, target, as_json=as_json)


@judge.command()
def reach(
    source: Annotated[str, typer.Argument(metavar="FROM", help="An app, a subnet, internet.")],
    destination: Annotated[str, typer.Argument(metavar="TO", help="An app, a service, an address, internet.")],
    port: Annotated[Optional[int], typer.Argument(help="TCP port; the service's own if left out.")] = None,  # noqa: UP045
    stack: On = "dev",
    target: Where = TargetName.LOCAL,
    as_json: Json = False,
) -> None:
    """Prove that FROM can reach TO, or say what blocks it."""
    from cli.commands import reach as command

    command.run(source, destination, port, stack, target, as_json=as_json)


@judge.command()
def access(
    who: Annotated[str, typer.Argument(metavar="PRINCIPAL|RESOURCE", help="An app, a group; a secret, a vault.")],
    stack: On = "dev",
    target: Where = TargetName.LOCAL,
    as_json: Json = False,
) -> None:
    """Say what a principal may do, or who may use a resource."""
    from cli.commands import access as command

    command.run(who, stack, target, as_json=as_json)
