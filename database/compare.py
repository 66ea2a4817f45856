"""What a server holds against what it should hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from database.sql import mark
from database.wanted import Database

ADMINISTRATORS = "azure_pg_admin"
Facts = Mapping[str, Any]
"""One row of :data:`database.sql.SERVER_FACTS` or :data:`database.sql.DATABASE_FACTS`."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that is not as wanted."""

    subject: str
    """``database NAME`` or ``role NAME``."""
    aspect: str
    """The property, e.g. ``owner``."""
    found: str
    wanted: str


def differences(databases: Sequence[Database], server: Facts, inside: Mapping[str, Facts]) -> list[Difference]:
    """Compare; ``inside`` holds the facts of each wanted database that exists, by name."""
    return [
        *(row for one in databases for row in _of_database(one, databases, server, inside)),
        *(row for one in databases for row in _of_logins(one, server)),
    ]


def _of_database(
    wanted: Database, databases: Sequence[Database], server: Facts, inside: Mapping[str, Facts]
) -> Iterator[Difference]:
    subject = f"database {wanted.name}"
    database = server["databases"].get(wanted.name)
    if database is None:
        yield Difference(subject=subject, aspect="existence", found="missing", wanted="exists")
        return
    own = inside[wanted.name]
    extensions = set(own["extensions"] or {})
    needed = {*wanted.extensions, *(["pgaudit"] if server["audited"] else [])}
    strangers = _strangers(database["owners"], {wanted.owner, ADMINISTRATORS, *_administrators(server)})
    guests = _strangers(database["connect"], {ADMINISTRATORS})
    rows = (
        ("owner", database["owner"], wanted.owner),
        ("owner of schema public", own["schema_owner"] or "no such schema", wanted.owner),
        ("rights of everybody on the database", _some(database["public"]), "none"),
        ("rights of everybody on schema public", _some(own["public_schema"]), "none"),
        ("roles with rights on the database", guests, "none"),
        ("objects of other roles", strangers, "none"),
        ("missing extensions", _listed(needed - extensions), "none"),
        ("SQL that ran last", database["mark"] or "none", mark(databases)),
    )
    yield from _differing(subject, rows)


def _of_logins(wanted: Database, server: Facts) -> Iterator[Difference]:
    for login in wanted.logins:
        subject, role = f"role {login}", server["roles"].get(login)
        if role is None:
            yield Difference(subject=subject, aspect="existence", found="missing", wanted="exists")
            continue
        members = {wanted.second} if login == wanted.owner else set()
        rows = (
            # The second login waits, without a password, for the first rotation.
            ("may log in", str(role["login"]), str(role["login"]) if login != wanted.active else "True"),
            ("rights on the server", _some(role["powerful"]), "none"),
            ("acts as", role["acts_as"] or login, wanted.owner),
            ("roles that may act as it", _strangers(role["users"], members), "none"),
            ("missing members", _listed(members - set(role["users"] or ())), "none"),
        )
        yield from _differing(subject, rows)


def _administrators(server: Facts) -> set[str]:
    return set(server["roles"].get(ADMINISTRATORS, {}).get("users") or ())


def _differing(subject: str, rows: Sequence[tuple[str, str, str]]) -> Iterator[Difference]:
    for aspect, found, wanted in rows:
        if found != wanted:
            yield Difference(subject=subject, aspect=aspect, found=found, wanted=wanted)


def _some(value: object) -> str:
    return "some" if value else "none"


def _strangers(found: Sequence[str] | None, known: set[str]) -> str:
    return _listed(set(found or ()) - known)


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"
