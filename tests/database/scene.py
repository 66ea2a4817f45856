"""Databases on the real server of the tests: made, installed, and read as only a superuser can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from database.sql import install_sql, password_variable
from database.wanted import Database
from settings.application import second_login
from tests.postgresql import ADMINISTRATOR, PostgreSql

NAMES = ("keycloak", "data-plane-vector")


def database(name: str, *extensions: str) -> Database:
    owner = f"{name.replace('-', '_')}_user"
    return Database(name=name, owner=owner, second=second_login(owner), extensions=extensions)


WANTED = (database("data-plane-vector", "btree_gin", "vector"), database("keycloak", "pgcrypto"))
VECTOR, KEYCLOAK = WANTED


def passwords(databases: Sequence[Database], suffix: str = "1") -> dict[str, str]:
    return {password_variable(login): f"{login}-{suffix}" for one in databases for login in one.logins}


def install(server: PostgreSql, databases: Sequence[Database] = WANTED, user: str = ADMINISTRATOR) -> None:
    done = server.run(install_sql(databases), passwords(databases), user)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "are as wanted" in done.stdout


def refusal(server: PostgreSql, databases: Sequence[Database] = WANTED, user: str = ADMINISTRATOR) -> str:
    """Return what ``psql`` says, and make sure that nothing was changed."""
    before = everything(server)
    done = server.run(install_sql(databases), passwords(databases), user)
    assert done.returncode == 3, done.stderr
    assert everything(server) == before
    return done.stderr


def everything(server: PostgreSql, *, with_passwords: bool = True) -> dict[str, list[Any]]:
    """Read the catalogues that the SQL writes to, as only a superuser can: of the server, then of each database."""
    password = "rolpassword" if with_passwords else "rolpassword IS NULL"
    shared = {
        "roles": f"SELECT to_jsonb(r) - 'rolpassword', {password} FROM pg_authid r",  # noqa: S608
        "members": "SELECT to_jsonb(m) FROM pg_auth_members m",
        "settings": "SELECT to_jsonb(s) FROM pg_db_role_setting s",
        "databases": "SELECT datname, datdba, datacl::text, shobj_description(oid, 'pg_database') FROM pg_database",
    }
    own = {
        "schemas": "SELECT nspname, nspowner, nspacl::text FROM pg_namespace WHERE nspname !~ '^pg_t'",
        "defaults": "SELECT to_jsonb(d) FROM pg_default_acl d",
        "extensions": "SELECT to_jsonb(e) FROM pg_extension e",
        "tables": "SELECT relname, relowner FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    }
    found: dict[str, list[Any]] = {}
    with server.superuser() as connection:
        found |= {name: sorted(connection.execute(sql.encode()).fetchall(), key=str) for name, sql in shared.items()}
    for name in NAMES:
        with server.superuser(name) as connection:
            for what, sql in own.items():
                found[f"{what} of {name}"] = sorted(connection.execute(sql.encode()).fetchall(), key=str)
    return found
