"""``fabrix data``: what is inside the databases."""

from dataclasses import asdict
from typing import Annotated

import typer

from cli.options import Json, Output, Stack, TargetOption, new_app
from database.sql import checksum, install_sql, password_variable
from database.wanted import wanted
from stacks.databases import ask
from stacks.session import Session
from support.errors import Exit
from targets.name import TargetName

app = new_app("What is inside the databases.")


@app.command()
def sql(stack: Stack, target: TargetOption = TargetName.LOCAL, as_json: Json = False, output: Output = None) -> None:
    """Write the SQL that makes roles, rights and extensions, for psql."""
    session = Session.open(stack, target, as_json=as_json)
    databases = wanted(session.settings.apps)
    text = install_sql(databases)
    passwords = [
        {"variable": password_variable(database.login), "secret": database.password_secret}
        for app in session.settings.apps
        for database in app.databases
    ]
    if output:
        output.write_text(text, encoding="utf-8")
        session.console.result(f"{output}: {len(databases)} databases, {checksum(databases)}")
        for row in passwords:
            session.console.result(f"  {row['variable']} is the vault's {row['secret']}")
    elif not as_json:
        typer.echo(text)
    document = {"databases": [one.name for one in databases], "checksum": checksum(databases), "passwords": passwords}
    session.console.emit({"ok": True, "stack": stack, "target": target.value, **document, "sql": text})


@app.command()
def verify(
    stack: Stack,
    host: Annotated[str, typer.Option("--host", help="Address of the server; that of STACK if left out.")] = "",
    user: Annotated[str, typer.Option("--user", help="Role that asks.")] = "fabrixadmin",
    target: TargetOption = TargetName.LOCAL,
    as_json: Json = False,
) -> None:
    """Compare roles, rights and extensions on the server with STACK."""
    session = Session.open(stack, target, as_json=as_json)
    databases = wanted(session.settings.apps)
    server = host or f"{session.settings.names.of('postgres')}.postgres.database.azure.com"
    found = ask(databases, server, user)
    for row in found:
        session.console.result(f"{row.subject}: {row.aspect} is {row.found}, wanted {row.wanted}", style="red")
    if not found:
        session.console.result(f"{server}: {len(databases)} databases are as {stack} wants them", style="green")
    session.console.emit(
        {
            "ok": not found,
            "stack": stack,
            "target": target.value,
            "server": server,
            "databases": [one.name for one in databases],
            "differences": [asdict(row) for row in found],
        }
    )
    if found:
        raise typer.Exit(Exit.FAILED.value)
