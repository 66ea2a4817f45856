"""Runs a job of the local Azure on this machine, in place of Container Apps; copied into a checkout by its test.

Databases that the local Azure has are made on the real server first, owned by the administrator, as Azure does.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from database.psql import error_lines
from emulator.store import Store

HERE = Path(__file__).parent


def runner(_tenant: str) -> Callable[[str, str], None]:
    return run_job


def run_job(job_id: str, server_id: str) -> None:
    store = Store(Path(os.environ["FABRIX_AZURE_DB"]))
    job = store.get(job_id)
    assert job is not None
    assert store.get(server_id) is not None
    ran = {
        "job": job_id,
        "sites": [one.id for one in store.list("Microsoft.Web/sites")],
        "endpoints": [one.id for one in store.list("Microsoft.Network/privateEndpoints") if "postgres" in one.id],
    }
    with (HERE / "ran.jsonl").open("a", encoding="utf-8") as record:
        record.write(json.dumps(ran) + "\n")
    server = json.loads((HERE / "server.json").read_text(encoding="utf-8"))
    for database in store.list("Microsoft.DBforPostgreSQL/flexibleServers/databases"):
        create = f'CREATE DATABASE "{database.inputs["databaseName"]}"'
        subprocess.run(["psql", "-X", "-q", "-c", create], env={**os.environ, **server}, check=False)
    [container] = job.inputs["template"]["containers"]
    secrets = {one["name"]: one["value"] for one in job.inputs["configuration"]["secrets"]}
    given = {one["name"]: one["value"] if "value" in one else secrets[one["secretRef"]] for one in container["env"]}
    local = {key: server[key] for key in ("PGHOST", "PGPORT", "PGPASSWORD", "PATH")}
    local["ROOTS"] = Path(server["PGSSLROOTCERT"]).read_text(encoding="ascii")
    command = [*container["command"], *container["args"]]
    done = subprocess.run(command, env={**given, **local}, capture_output=True, text=True, check=False)
    store.close()
    if done.returncode != 0:
        raise RuntimeError("\n".join([f"exit code {done.returncode}", *error_lines(done.stderr)]))
