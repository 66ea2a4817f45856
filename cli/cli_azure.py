"""``fabrix azure …``: the local Azure, seen and changed by hand."""

from typing import Annotated

import typer

from cli.options import Json, Output, Stack, Yes

azure = typer.Typer(no_args_is_help=True, help="Look into the local Azure, and change it behind the program's back.")

Identity = Annotated[str, typer.Argument(metavar="ID", help="ARM id, or a name if only one object has it.")]


@azure.command("list")
def azure_list(
    kind: Annotated[str, typer.Argument(help="Part of a type, e.g. vaults; everything if left out.")] = "",
    group: Annotated[str, typer.Option("--group", "-g", help="Only this resource group.")] = "",
    as_json: Json = False,
) -> None:
    """List what exists, and the names that deleted objects hold."""
    from cli.commands import azure as command

    command.list_objects(kind, group, as_json=as_json)


@azure.command("show")
def azure_show(
    identity: Identity,
    as_json: Json = False,
) -> None:
    """Show one object; secret values stay hidden."""
    from cli.commands import azure as command

    command.show(identity, as_json=as_json)


@azure.command("set")
def azure_set(
    identity: Identity,
    path: Annotated[str, typer.Argument(help="Property path, e.g. properties.publicNetworkAccess.")],
    value: Annotated[str, typer.Argument(help="New value; JSON, or else taken as text.")],
    as_json: Json = False,
) -> None:
    """Change a property; the next refresh sees it."""
    from cli.commands import azure as command

    command.set_property(identity, path, value, as_json=as_json)


@azure.command("delete")
def azure_delete(
    identity: Identity,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Delete an object and what it contains."""
    from cli.commands import azure as command

    command.delete(identity, yes=yes, as_json=as_json)


What = Annotated[
    str, typer.Argument(metavar="WHAT", help="Image, repository or sha256: digest; SITE, or SITE/staging for its slot.")
]


@azure.command("break")
def azure_break(what: What, as_json: Json = False) -> None:
    """Let an image or a site answer 503 to its health check."""
    from cli.commands import azure as command

    command.break_down(what, as_json=as_json)


@azure.command("mend")
def azure_mend(what: What, as_json: Json = False) -> None:
    """Let what `break` broke answer again."""
    from cli.commands import azure as command

    command.mend(what, as_json=as_json)


@azure.command("reset")
def azure_reset(yes: Yes = False, as_json: Json = False) -> None:
    """Forget the local Azure and the state of the local stacks."""
    from cli.commands import azure as command

    command.reset(yes=yes, as_json=as_json)


@azure.command("export")
def azure_export(
    stack: Stack,
    output: Output = None,
) -> None:
    """Write what STACK deployed as an ARM template."""
    from cli.commands import azure as command

    command.export(stack, output)
