"""The SQL that makes a server hold what is wanted, and the questions that find out whether it does.

Sources: PostgreSQL 17 manual, "GRANT" (role grants with ADMIN, INHERIT and SET), "Schemas" (usage patterns) and
"Role Attributes"; Microsoft Learn, "Manage Azure Database for PostgreSQL users": the administrator is a member of
azure_pg_admin, has CREATEROLE and CREATEDB, and is no superuser.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import jinja2

from database.wanted import Database

VERSION = 1
"""Raised with a change of the SQL that must run on servers where the same databases are wanted as before."""

MAINTENANCE = "postgres"
"""Database that exists on every server; the SQL begins and ends there."""

IMAGE, TAG = "mcr.microsoft.com/azurelinux/base/postgres", "16"
"""Has psql 16. From Microsoft's registry, which the subnet of the jobs reaches when everything else is closed."""
CONTAINER = "psql"
"""Name of the container that runs the SQL in the job."""

ROOTS = Path(__file__).with_name("azure_roots.pem")
"""Root certificates of Azure's servers: DigiCert Global Root G2 and Microsoft RSA Root Certificate Authority 2017, as
Mozilla publishes them (Microsoft Learn, "Secure connectivity with TLS in Azure Database for PostgreSQL": root CAs of
all regions but China's)."""


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for SQL; backslashes stand for themselves (standard_conforming_strings)."""
    return "'" + text.replace("'", "''") + "'"


def password_variable(role: str) -> str:
    """Return the environment variable that holds the password of ``role``."""
    return "PASSWORD_" + re.sub(r"[^A-Z0-9_]", "_", role.upper())


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(  # noqa: S701 - SQL, with filters of its own
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "ident": identifier,
        "literal": literal,
        "variable": password_variable,
        "rotation": lambda number: literal(f"aifabrix rotation {number}"),
    }
    return environment


_TEMPLATES = _environment()


def _render(databases: Sequence[Database], checksum: str) -> str:
    return _TEMPLATES.get_template("install.sql.j2").render(
        databases=databases, version=VERSION, checksum=checksum, mark=f"aifabrix {VERSION} {checksum}"
    )


def checksum(databases: Sequence[Database]) -> str:
    """Return ``sha256:`` and 64 digits over the SQL for ``databases``; passwords are not part of it."""
    return "sha256:" + hashlib.sha256(_render(databases, "").encode()).hexdigest()


def mark(databases: Sequence[Database]) -> str:
    """Return the comment that the SQL leaves on each database: which SQL ran last."""
    return f"aifabrix {VERSION} {checksum(databases)}"


def install_sql(databases: Sequence[Database]) -> str:
    """Return the script for ``psql``; without databases there is nothing to run, and the script says so."""
    return _render(databases, checksum(databases)) if databases else "\\echo no databases are wanted\n"


SERVER_FACTS = """
SELECT json_build_object(
  'version', current_setting('server_version'),
  'audited', EXISTS (SELECT FROM pg_settings WHERE name = 'pgaudit.log'),
  'databases', (SELECT json_object_agg(d.datname, json_build_object(
      'owner', pg_get_userbyid(d.datdba),
      'public', has_database_privilege('public', d.oid, 'CONNECT') OR has_database_privilege('public', d.oid, 'TEMP'),
      'mark', shobj_description(d.oid, 'pg_database'),
      'owners', (SELECT json_agg(DISTINCT r.rolname) FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
        WHERE s.dbid = d.oid AND s.deptype = 'o' AND NOT r.rolsuper AND r.rolname NOT LIKE 'pg\\_%'),
      'connect', (SELECT json_agg(DISTINCT r.rolname) FROM aclexplode(d.datacl) a JOIN pg_roles r ON r.oid = a.grantee
        WHERE r.oid <> d.datdba)
    )) FROM pg_database d WHERE NOT d.datistemplate),
  'roles', (SELECT json_object_agg(r.rolname, json_build_object(
      'login', r.rolcanlogin,
      'powerful', r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls,
      'acts_as', (SELECT substring(c FROM 'role=(.*)') FROM unnest(r.rolconfig) c WHERE c LIKE 'role=%'),
      'users', (SELECT json_agg(DISTINCT pg_get_userbyid(m.member)) FROM pg_auth_members m
        WHERE m.roleid = r.oid AND (m.inherit_option OR m.set_option))
    )) FROM pg_roles r)
)
"""
"""What can be asked in any database of the server: one row, one JSON document."""

DATABASE_FACTS = """
SELECT json_build_object(
  'schema_owner', (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'public'),
  'public_schema', (SELECT has_schema_privilege('public', oid, 'USAGE') OR has_schema_privilege('public', oid, 'CREATE')
    FROM pg_namespace WHERE nspname = 'public'),
  'extensions', (SELECT json_object_agg(extname, extversion) FROM pg_extension)
)
"""
"""What has to be asked in the database itself: one row, one JSON document."""
