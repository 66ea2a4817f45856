"""What the user reads about a restore: the plan, how to use the restored data, how to delete the server again."""

from __future__ import annotations

from collections.abc import Iterator

from promotion.restore.plan import RestorePlan
from promotion.restore.times import RestoreWindow, azure_time
from settings import PlatformSettings
from support.console import shortened
from targets.name import TargetName

_PASSWORD = "postgres-admin-password"  # noqa: S105 - the suffix of a secret's name


def describe_plan(plan: RestorePlan, window: RestoreWindow) -> list[str]:
    """Return the lines that describe a plan."""
    source, properties = plan.source, plan.source.properties
    sku, storage = properties["sku"], properties["storage"]
    zones = ", ".join(source.zone_ids) or "written by the hub's policies"
    size = f"{sku['name']} ({sku['tier']}), {storage['storageSizeGB']} GiB"
    administrators = ", ".join(administrator["name"] for administrator in source.administrators) or "none"
    recreated = [
        "private endpoint in the same subnet",
        f"its record ({zones})",
        "public access off",
        f"{len(source.parameters)} server parameters",
        f"Entra administrators ({administrators})",
        "diagnostics",
        *(["deletion lock"] if source.locked else []),
    ]
    rows = {
        "possible": f"{azure_time(window.earliest)} ({window.why}) to {azure_time(window.latest)}",
        "new server": f"{plan.server} in {source.resource_group}, {source.location}",
        "as the source": f"PostgreSQL {properties['version']}, {size}, backups for {source.backup_days} days",
        "with its data": f"{', '.join(source.databases)}; roles and passwords of that moment",
        "recreated": ", ".join(recreated),
        "left out": f"high availability (the source: {source.high_availability}), alerts, replicas",
        "stack": f"{plan.restore_stack}, of its own; {plan.stack} itself is not touched",
    }
    headline = f"{plan.stack}: restore {source.name} as it was at {azure_time(plan.moment)}, to a new server beside it"
    return [headline, *(f"  {name:<14} {text}" for name, text in rows.items())]


def next_steps(plan: RestorePlan, settings: PlatformSettings, target: TargetName) -> list[str]:
    """Return numbered steps: how to use the restored data, and how to delete the server again."""
    return [f"{number}. {text}" for number, text in enumerate(_steps(plan, settings, target), 1)]


def _steps(plan: RestorePlan, settings: PlatformSettings, target: TargetName) -> Iterator[str]:
    login = "the administrator's login of the source"
    secret = next((s.name for s in settings.secrets if s.name.endswith(_PASSWORD)), _PASSWORD)
    apps = sorted(app.key for app in settings.apps if app.databases)
    yield (
        f'Look at the data, from inside the virtual network: psql "host={plan.host} port=5432 dbname=DATABASE '
        f'sslmode=verify-full sslrootcert=database/azure_roots.pem", as {login} with the password of that moment '
        f"(vault secret {secret}, in the version of "
        f"{azure_time(plan.moment)}), or as an Entra administrator."
    )
    yield (
        f"Decide which databases to copy back. Nothing in this program points applications to another server: "
        f"host names and connection strings ({_secrets(settings)}) contain the name of {plan.source.name}, which "
        "stays. So the data is copied back into it, database by database."
    )
    yield f"Stop everything that writes: the apps {', '.join(apps)} (az webapp stop), and jobs."
    yield (
        f"For each database: back up its present data (pg_dump -Fc from {plan.source.name}), then pg_dump -Fc from "
        f"{plan.server} and pg_restore --clean --if-exists --exit-on-error into {plan.source.name}. Roles, passwords "
        "and vault secrets stay as they are."
    )
    yield f"Start the apps again and check them: ./fabrix status {plan.stack}."
    yield f"Delete the restored server: {_removal_command(plan, target)}. It costs money until then."


def _secrets(settings: PlatformSettings) -> str:
    names = [database.url_secret for app in settings.apps for database in app.databases]
    return f"vault secrets {shortened(names, 3)}"


def _removal_command(plan: RestorePlan, target: TargetName) -> str:
    """Return the command that deletes the restored server and its stack."""
    folder, option = ("../restore", "") if target is TargetName.LOCAL else ("restore", " --target azure")
    name = plan.restore_stack
    return (
        f"./fabrix shell{option} -c 'pulumi -C {folder} destroy --stack {name} && pulumi -C {folder} stack rm {name}'"
    )
