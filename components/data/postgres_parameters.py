"""Server parameters of the PostgreSQL servers, as a table.

Sources: Microsoft Learn, "Server parameters", "Audit logging" and "Load libraries" of Azure Database for PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

PARAMETERS: Mapping[str, str] = MappingProxyType(
    {
        # TLS only; a client that offers less is refused before it can send a password.
        "require_secure_transport": "on",
        "ssl_min_protocol_version": "TLSv1.2",
        "password_encryption": "scram-sha-256",
        # Who connected, for how long, and how the server fared.
        "log_checkpoints": "on",
        "log_connections": "on",
        "log_disconnections": "on",
        # `log_statement` stays at its default, none: with `ddl` it writes `ALTER ROLE … PASSWORD` into the log in
        # clear text. pgaudit masks it.
        "pgaudit.log_catalog": "off",
        "pgaudit.log_parameter": "off",
        # Slows an address down after repeated failed log-ins.
        "connection_throttle.enable": "on",
        # Log files on the server itself, in days, 7 at most; the workspace keeps the logs for as long as it must.
        "logfiles.retention_days": "7",
    }
)
"""Parameters with the same value on every server, in the order in which they are written."""

LIBRARIES = ("pg_stat_statements", "pgaudit")
"""Loaded when the server starts. The parameter is static: Azure accepts it at once and applies it at the next
restart, which ARM offers as an action and not as a property; the first maintenance window, a change of size or the
operator brings it."""

OWN_EXTENSIONS = ("pg_stat_statements", "pgaudit")
"""On the allow-list of every server: an extension must be there before its library may be loaded."""


def parameters(*, extensions: Sequence[str], audit_classes: Sequence[str]) -> dict[str, str]:
    """Every parameter of one server and its value, in the order in which they must be written.

    ``extensions`` are PostgreSQL names of what the applications need. The allow-list comes before the libraries,
    these before the parameters that they bring.
    """
    allowed = sorted({*OWN_EXTENSIONS, *extensions})
    return {
        "azure.extensions": ",".join(allowed).upper(),  # Azure lists them in capitals
        "shared_preload_libraries": ",".join(LIBRARIES),
        "pgaudit.log": ",".join(audit_classes),
        **PARAMETERS,
    }
