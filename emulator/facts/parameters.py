"""Server parameters of PostgreSQL flexible server: which values they accept and whether they may be set at all.

Source: Microsoft Learn, "Server parameters in Azure Database for PostgreSQL", the generated lists for version 17 (May
2025; extensions and customized options July 2026, libraries June 2026). Only parameters that a platform sets for
security, auditing, logging, connections and memory are here; the server has about 400.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_INT = 2147483647


@dataclass(frozen=True)
class Parameter:
    """One server parameter."""

    kind: str
    """``boolean``, ``integer``, ``numeric``, ``enumeration``, ``set`` (comma-separated members) or ``string``."""
    allowed: str
    """As the service shows it: members separated by commas, ``low-high``, or a regular expression for strings."""
    static: bool = False
    """Takes effect only after a restart."""
    read_only: bool = False

    def problem(self, value: str) -> str | None:
        """Return why ``value`` is not allowed, or None. An empty set is allowed: it allows nothing."""
        members = self.allowed.split(",")
        if self.kind == "set":
            invalid = [
                item for item in (part.strip() for part in value.split(",")) if item and item.lower() not in members
            ]
            return f"{', '.join(invalid)} not among {self.allowed}" if invalid else None
        if self.kind in {"boolean", "enumeration"}:
            return None if value.lower() in {item.lower() for item in members} else f"must be one of {self.allowed}"
        if self.kind in {"integer", "numeric"}:
            return self._number(value)
        return None if re.fullmatch(self.allowed, value) else f"must match {self.allowed}"

    def _number(self, value: str) -> str | None:
        """Return why ``value`` is not a number in range, or None."""
        low, high = _range(self.allowed)
        try:
            number = int(value) if self.kind == "integer" else float(value)
        except ValueError:
            return f"must be a {'whole number' if self.kind == 'integer' else 'number'} within {self.allowed}"
        return None if low <= number <= high else f"must be within {self.allowed}"


def _range(text: str) -> tuple[float, float]:
    """Return the bounds of ``low-high``; ``low`` may be negative."""
    match = re.fullmatch(r"(-?[\d.]+)-(-?[\d.]+)", text)
    if match is None:
        raise ValueError(f"not a range: {text}")
    return float(match.group(1)), float(match.group(2))


EXTENSIONS = [
    "address_standardizer",
    "address_standardizer_data_us",
    "age",
    "amcheck",
    "anon",
    "azure_ai",
    "azure_storage",
    "bloom",
    "btree_gin",
    "btree_gist",
    "citext",
    "credcheck",
    "cube",
    "dblink",
    "dict_int",
    "dict_xsyn",
    "earthdistance",
    "fuzzystrmatch",
    "hll",
    "hstore",
    "hypopg",
    "intagg",
    "intarray",
    "ip4r",
    "isn",
    "lo",
    "login_hook",
    "ltree",
    "oracle_fdw",
    "orafce",
    "pageinspect",
    "pg_buffercache",
    "pg_cron",
    "pg_diskann",
    "pg_freespacemap",
    "pg_hint_plan",
    "pg_ivm",
    "pg_partman",
    "pg_prewarm",
    "pg_repack",
    "pg_squeeze",
    "pg_stat_statements",
    "pg_trgm",
    "pg_visibility",
    "pgaudit",
    "pgcrypto",
    "pglogical",
    "pgrouting",
    "pgrowlocks",
    "pgstattuple",
    "plpgsql",
    "plpgsql_check",
    "plv8",
    "pointcloud",
    "postgis",
    "postgis_raster",
    "postgis_sfcgal",
    "postgis_tiger_geocoder",
    "postgis_topology",
    "postgres_fdw",
    "postgres_protobuf",
    "rdkit",
    "semver",
    "session_variable",
    "sslinfo",
    "tablefunc",
    "tdigest",
    "tds_fdw",
    "temporal_tables",
    "timescaledb",
    "topn",
    "tsm_system_rows",
    "tsm_system_time",
    "unaccent",
    "uuid-ossp",
    "vector",
]
"""Extensions that ``azure.extensions`` may allow on version 17 (pgvector's name is ``vector``)."""

PRELOAD = [
    "age",
    "anon",
    "auto_explain",
    "azure_storage",
    "credcheck",
    "pg_cron",
    "pg_duckdb",
    "pg_hint_plan",
    "pg_ivm",
    "pg_partman_bgw",
    "pg_prewarm",
    "pg_squeeze",
    "pg_stat_statements",
    "pgaudit",
    "pglogical",
    "plpgsql_check",
    "timescaledb",
    "wal2json",
]
"""Libraries that ``shared_preload_libraries`` may name."""

_BOOLEAN = Parameter("boolean", "on,off")
_TIMEOUT = Parameter("integer", f"0-{_INT}")
_DURATION = Parameter("integer", f"-1-{_INT}")
_SEVERITY = "debug5,debug4,debug3,debug2,debug1,info,notice,warning,error,log,fatal,panic"

_BOOLEANS = [
    "require_secure_transport",
    "log_checkpoints",
    "log_connections",
    "log_disconnections",
    "log_duration",
    "log_hostname",
    "log_lock_waits",
    "log_recovery_conflict_waits",
    "debug_print_parse",
    "debug_print_plan",
    "debug_print_rewritten",
    "row_security",
    "track_io_timing",
    "pgaudit.log_catalog",
    "pgaudit.log_client",
    "pgaudit.log_parameter",
    "pgaudit.log_relation",
    "pgaudit.log_rows",
    "pgaudit.log_statement",
    "pgaudit.log_statement_once",
    "connection_throttle.enable",
    "logfiles.download_enable",
    "metrics.collector_database_activity",
    "metrics.autovacuum_diagnostics",
    "azure.enable_temp_tablespaces_on_local_ssd",
    "azure.fabric_mirror_enabled",
    "azure_storage.allow_network_access",
    "azure_storage.public_account_access",
    "autovacuum",
    "credcheck.no_password_logging",
    "credcheck.encrypted_password_allowed",
    "auto_explain.log_analyze",
    "auto_explain.log_buffers",
]
_TIMEOUTS = [
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "statement_timeout",
    "transaction_timeout",
    "lock_timeout",
]
_DURATIONS = [
    "log_autovacuum_min_duration",
    "log_min_duration_sample",
    "log_min_duration_statement",
    "log_temp_files",
    "auto_explain.log_min_duration",
]
_READ_ONLY = [
    "ssl",
    "log_directory",
    "log_filename",
    "logging_collector",
    "log_rotation_age",
    "log_rotation_size",
    "log_timezone",
    "log_replication_commands",
    "log_transaction_sample_rate",
    "ssl_ca_file",
    "ssl_cert_file",
    "ssl_ciphers",
    "ssl_key_file",
    "cron.enable_superuser_jobs",
    "azure.service_principal_id",
    "azure.service_principal_tenant_id",
    "local_preload_libraries",
]

PARAMETERS: dict[str, Parameter] = {
    **dict.fromkeys(_BOOLEANS, _BOOLEAN),
    **dict.fromkeys(_TIMEOUTS, _TIMEOUT),
    **dict.fromkeys(_DURATIONS, _DURATION),
    **dict.fromkeys(_READ_ONLY, Parameter("string", "", read_only=True)),
    "azure.extensions": Parameter("set", ",".join(EXTENSIONS)),
    "azure.accepted_password_auth_method": Parameter("set", "md5,scram-sha-256"),
    "shared_preload_libraries": Parameter("set", ",".join(PRELOAD), static=True),
    "session_preload_libraries": Parameter("set", "login_hook"),
    "ssl_min_protocol_version": Parameter("enumeration", "TLSv1.2,TLSv1.3"),
    "ssl_max_protocol_version": Parameter("enumeration", "TLSv1.2,TLSv1.3"),
    "password_encryption": Parameter("enumeration", "md5,scram-sha-256"),
    "log_destination": Parameter("enumeration", "stderr,csvlog"),
    "log_error_verbosity": Parameter("enumeration", "terse,default,verbose"),
    "log_line_prefix": Parameter("string", "[^']*"),
    "log_min_error_statement": Parameter("enumeration", _SEVERITY),
    "log_min_messages": Parameter("enumeration", _SEVERITY),
    "log_parameter_max_length": Parameter("integer", "-1-1073741823"),
    "log_parameter_max_length_on_error": Parameter("integer", "-1-1073741823"),
    "log_statement": Parameter("enumeration", "none,ddl,mod,all"),
    "log_statement_sample_rate": Parameter("numeric", "0-1"),
    "logfiles.retention_days": Parameter("integer", "1-7"),
    "pgaudit.log": Parameter(
        "set", "none,read,write,function,role,ddl,misc,all,-read,-write,-function,-role,-ddl,-misc"
    ),
    "pgaudit.log_level": Parameter("enumeration", "debug5,debug4,debug3,debug2,debug1,info,notice,warning,log"),
    "pgaudit.log_parameter_max_size": Parameter("integer", "0-1073741823"),
    "pgaudit.role": Parameter("string", r"[A-Za-z\\._]*"),
    "pgbouncer.enabled": Parameter("boolean", "true,false"),
    "pgbouncer.default_pool_size": Parameter("integer", "1-4950"),
    "pgbouncer.max_client_conn": Parameter("integer", "1-50000"),
    "pgbouncer.max_prepared_statements": Parameter("integer", "0-5000"),
    "pgbouncer.min_pool_size": Parameter("integer", "0-4950"),
    "pgbouncer.pool_mode": Parameter("enumeration", "session,transaction,statement"),
    "pgbouncer.query_wait_timeout": Parameter("integer", "0-86400"),
    "pgbouncer.server_idle_timeout": Parameter("integer", "0-86400"),
    "pg_stat_statements.track": Parameter("enumeration", "top,all,none"),
    "pg_qs.query_capture_mode": Parameter("enumeration", "top,all,none"),
    "pgms_wait_sampling.query_capture_mode": Parameter("enumeration", "all,none"),
    "connection_throttle.bucket_limit": Parameter("integer", f"1-{_INT}"),
    "connection_throttle.factor_bias": Parameter("numeric", "0.0-0.9"),
    "connection_throttle.hash_entries_max": Parameter("integer", f"1-{_INT}"),
    "connection_throttle.reset_time": Parameter("integer", f"1-{_INT}"),
    "connection_throttle.restore_factor": Parameter("numeric", "1.0-100.0"),
    "connection_throttle.update_time": Parameter("integer", f"1-{_INT}"),
    "credcheck.max_auth_failure": Parameter("integer", "0-64"),
    "credcheck.password_min_length": Parameter("integer", f"1-{_INT}"),
    "cron.database_name": Parameter("string", "[A-Za-z0-9_]+", static=True),
    "cron.log_run": Parameter("boolean", "on,off", static=True),
    "cron.log_statement": Parameter("boolean", "on,off", static=True),
    "cron.max_running_jobs": Parameter("integer", "0-5000", static=True),
    "deadlock_timeout": Parameter("integer", f"1-{_INT}"),
    "max_connections": Parameter("integer", "25-5000", static=True),
    "wal_level": Parameter("enumeration", "replica,logical", static=True),
    "work_mem": Parameter("integer", "4096-2097151"),
}
"""By name, spelt as the service spells it, in lower case."""
