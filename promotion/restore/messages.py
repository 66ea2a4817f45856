"""A restore in words: what will be made, how its data gets into use, and how it is taken away again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from promotion.restore.plan import RestorePlan
from promotion.restore.times import Window, write
from support.console import some
from targets.name import TargetName

if TYPE_CHECKING:
    from settings import PlatformSettings

_PASSWORD = "postgres-admin-password"  # noqa: S105 - the end of a secret's name


def planned(plan: RestorePlan, window: Window) -> list[str]:
    """Say what will be made, and of what."""
    source, own = plan.source, plan.source.properties
    sku, storage = own["sku"], own["storage"]
    zones = ", ".join(source.zone_ids) or "written by the hub's policies"
    size = f"{sku['name']} ({sku['tier']}), {storage['storageSizeGB']} GiB"
    again = [
        "private endpoint in the same subnet",
        f"its record ({zones})",
        "public access off",
        f"{len(source.parameters)} server parameters",
        f"Entra administrators ({', '.join(one['name'] for one in source.administrators) or 'none'})",
        "diagnostics",
        *(["deletion lock"] if source.locked else []),
    ]
    rows = {
        "possible": f"{write(window.earliest)} ({window.why}) to {write(window.latest)}",
        "new server": f"{plan.server} in {source.resource_group}, {source.location}",
        "as the source": f"PostgreSQL {own['version']}, {size}, backups for {source.backup_days} days",
        "with its data": f"{', '.join(source.databases)}; roles and passwords as they were then",
        "made again": ", ".join(again),
        "left out": f"high availability (the source: {source.high_availability}), alerts, replicas",
        "stack": f"{plan.restore_stack}, of its own; {plan.stack} itself is not touched",
    }
    first = f"{plan.stack}: restore {source.name} as it was at {write(plan.moment)}, to a new server beside it"
    return [first, *(f"  {name:<14} {text}" for name, text in rows.items())]


def afterwards(plan: RestorePlan, settings: PlatformSettings, target: TargetName) -> list[str]:
    """Say step by step how the restored data gets into use, and how the server is taken away again."""
    return [f"{number}. {text}" for number, text in enumerate(_steps(plan, settings, target), 1)]


def _steps(plan: RestorePlan, settings: PlatformSettings, target: TargetName) -> Iterator[str]:
    login = "the administrator's login of the source"
    secret = next((s.name for s in settings.secrets if s.name.endswith(_PASSWORD)), _PASSWORD)
    apps = sorted(app.key for app in settings.apps if app.databases)
    yield (
        f'Look at the data, from inside the virtual network: psql "host={plan.host} port=5432 dbname=DATABASE '
        f'sslmode=require", as {login} with the password of then (vault secret {secret}, in the version of '
        f"{write(plan.moment)}), or as an Entra administrator."
    )
    yield (
        f"Decide which databases have to go back. Nothing in this program points applications to another server: "
        f"host names and connection strings ({_secrets(settings)}) are made of the name of {plan.source.name}, which "
        "stays. So the data is copied back into it, database by database."
    )
    yield f"Stop what writes: the apps {', '.join(apps)} (az webapp stop), and jobs."
    yield (
        f"For each database: keep what is there (pg_dump -Fc from {plan.source.name}), then pg_dump -Fc from "
        f"{plan.server} and pg_restore --clean --if-exists --exit-on-error into {plan.source.name}. Roles, passwords "
        "and vault secrets stay as they are."
    )
    yield f"Start the apps again and look at them: ./fabrix status {plan.stack}."
    yield f"Take the restored server away: {removal(plan, target)}. It is paid for until then."


def _secrets(settings: PlatformSettings) -> str:
    names = [database.url_secret for app in settings.apps for database in app.databases]
    return f"vault secrets {some(names, 3)}"


def removal(plan: RestorePlan, target: TargetName) -> str:
    """Return the command that takes the restored server and its stack away."""
    folder, where = ("../restore", "") if target is TargetName.LOCAL else ("restore", " --target azure")
    name = plan.restore_stack
    return f"./fabrix shell{where} -c 'pulumi -C {folder} destroy --stack {name} && pulumi -C {folder} stack rm {name}'"
