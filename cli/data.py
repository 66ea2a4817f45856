"""``fabrix data``: what is inside the databases."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from cli.options import Json, Output, Stack, TargetOption, new_app
from database.sql import checksum, install_sql, password_variable
from database.wanted import wanted
from stacks.database_status import SqlStatus, sql_status
from stacks.databases import ask
from stacks.preflight.questions import questions_for
from stacks.session import Session
from stacks.state import require_state
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


@app.command()
def status(stack: Stack, target: TargetOption = TargetName.LOCAL, as_json: Json = False) -> None:
    """Compare the SQL that ran last with the SQL that STACK needs."""
    session = Session.open(stack, target, as_json=as_json)
    session.require_settings()
    deployment = require_state(session, "so no SQL has run")["deployment"]
    found = sql_status(stack, deployment, session.settings, questions_for(session.target, session.settings))
    problems = found.problems
    _print_status(session, found)
    for problem in problems:
        session.console.result(problem, style="red")
    if not problems:
        session.console.result(
            f"the SQL that {stack} asks for has run in {len(found.databases)} databases; later changes by hand: "
            f"`./fabrix data verify {stack}`",
            style="green",
        )
    session.console.emit({"ok": not problems, "stack": stack, "target": target.value, **_document(found)})
    if problems:
        raise typer.Exit(Exit.FAILED.value)


def _print_status(session: Session, found: SqlStatus) -> None:
    console = session.console
    console.result(f"wanted: {found.wanted}")
    console.result(f"ran last: {found.ran or 'none'}{f', first at {found.since}' if found.since else ''}")
    if found.execution:
        last = found.execution
        console.result(f"last execution: {last.name}, {last.status}, {last.started} to {last.ended or 'now'}")
    elif session.target.name is TargetName.LOCAL:
        console.result("last execution: none, since the local Azure runs no containers")
    else:
        console.result("last execution: Azure knows of none")
    for row in found.databases:
        one = row.database
        counts = f"rotation {one.rotations} wanted, {row.deployed or 0} deployed"
        console.result(f"  {one.name}: {one.owner} owns it, {one.second} acts as the owner, nobody else may connect")
        console.result(f"    applications log in as {one.active}; {counts}")
        console.result(f"    extensions: {', '.join(one.extensions) or 'none'}, pgaudit once it is loaded")


def _document(found: SqlStatus) -> dict[str, Any]:
    return {
        "wanted": found.wanted,
        "ran": found.ran or None,
        "since": found.since or None,
        "job": {"id": found.job, "holds": found.held} if found.job else None,
        "execution": asdict(found.execution) if found.execution else None,
        "databases": [
            {
                "name": row.database.name,
                "owner": row.database.owner,
                "second": row.database.second,
                "login": row.database.active,
                "extensions": list(row.database.extensions),
                "rotations": {"wanted": row.database.rotations, "deployed": row.deployed},
            }
            for row in found.databases
        ],
        "problems": found.problems,
    }
