"""The job that makes roles, rights and extensions inside the databases, and the mark that it has done so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_random as random
from pulumi_azure_native import app

from components.base import FabrixComponent
from components.context import Context
from components.shared.diagnostics import Sink, diagnostics
from components.shared.ids import after, arm_id
from database.sql import CONTAINER, MAINTENANCE, ROOTS, checksum, install_sql, password_variable
from database.wanted import Database

COMMAND = (
    'export PGSSLROOTCERT="$(mktemp)" && printf "%s" "$ROOTS" > "$PGSSLROOTCERT" && printf "%s" "$SQL" | psql -X -f -'
)
"""The roots come along, since the image brings no certificates of its own (microsoft/azurelinux,
``.pipelines/containerSourceData/postgres/postgres.pkg``; Azure/azure-cli 26026), so ``sslrootcert=system`` would find
none that can be relied on."""
TIMEOUT = 900
"""Seconds for one execution, the pull of the image included."""

JobRunner = Callable[[str, str], None]
"""Restarts a database server if one of its parameters waits for that, then starts a job and waits for it; takes the ARM
ids of the job and of the server, and raises when the job fails."""


@dataclass(frozen=True, kw_only=True)
class SqlJobArgs:
    """Inputs of :class:`SqlJob`."""

    context: Context
    resource_group_name: pulumi.Input[str]
    group: str
    """Name of that resource group, known before it exists."""
    subnet_id: pulumi.Input[str]
    """Delegated to Microsoft.App/environments, /27 or larger."""
    server_id: str
    """ARM id of the database server, known before it exists."""
    host: str
    """Name of the database server."""
    administrator: str
    """Its administrator login, which owns what ARM creates there."""
    administrator_password: pulumi.Input[str]
    image: str
    """With psql 15 or newer; by digest where the release has one."""
    databases: Sequence[Database]
    passwords: Mapping[str, pulumi.Input[str]]
    """Role → its password."""
    versions: Sequence[pulumi.Input[str]]
    """Changes when a password does; no secret."""
    after: Sequence[pulumi.Resource]
    """What the SQL needs: the server with its databases and endpoint, and the private names."""
    run: JobRunner | None
    """Does the work; None where no container can run, as in the local Azure."""
    sink: Sink


class SqlJob(FabrixComponent[SqlJobArgs]):
    """A Container Apps job in the subnet of the jobs, run when the SQL or a password has changed, before applications.

    The mark is a resource of its own whose creation starts the job and fails with it: an `up` whose SQL failed has no
    mark, so the next one runs the SQL again. The passwords are the job's own secrets and not references to the vault:
    jobs cannot read a vault behind a private endpoint (microsoft/azure-container-apps 1804), and ARM is how secrets get
    into the vault as well.
    """

    job_id: pulumi.Output[str]

    def build(self, name: str, args: SqlJobArgs) -> None:
        """Create the environment, the job and the mark."""
        context = args.context
        environment_name = context.names.of("job_environment")
        environment = app.ManagedEnvironment(
            name,
            environment_name=environment_name,
            resource_group_name=args.resource_group_name,
            location=context.location,
            vnet_configuration=app.VnetConfigurationArgs(infrastructure_subnet_id=args.subnet_id, internal=True),
            public_network_access="Disabled",
            workload_profiles=[app.WorkloadProfileArgs(name="Consumption", workload_profile_type="Consumption")],
            app_logs_configuration=app.AppLogsConfigurationArgs(destination="azure-monitor"),
            zone_redundant=False,
            tags=dict(context.tags),
            opts=self.child(),
        )
        path = f"Microsoft.App/managedEnvironments/{environment_name}"
        environment_id = arm_id(context, args.resource_group_name, path, environment)
        logs = diagnostics(self, name, kind="app:ManagedEnvironment", resource_id=environment_id, sink=args.sink)
        job_name = context.names.of("job", "sql")
        job = app.Job(
            name,
            job_name=job_name,
            resource_group_name=args.resource_group_name,
            location=context.location,
            environment_id=environment_id,
            workload_profile_name="Consumption",
            configuration=app.JobConfigurationArgs(
                trigger_type="Manual",
                replica_timeout=TIMEOUT,
                replica_retry_limit=0,  # what the SQL refuses once it refuses again
                manual_trigger_config=app.JobConfigurationManualTriggerConfigArgs(
                    parallelism=1, replica_completion_count=1
                ),
                secrets=[app.SecretArgs(name=key, value=pulumi.Output.secret(v)) for key, v in _secrets(args).items()],
            ),
            template=app.JobTemplateArgs(containers=[_container(args)]),
            tags=dict(context.tags),
            opts=self.child(depends_on=[logs]),
        )
        job_path = f"{context.resource_group_id(args.group)}/providers/Microsoft.App/jobs/{job_name}"
        self.job_id = after(job_path, job)
        random.RandomId(
            name,
            byte_length=8,
            keepers={
                "sql": checksum(args.databases),
                # Secret as the passwords are: who has a state without its passwords cannot know their versions either.
                **{f"version{index}": pulumi.Output.secret(version) for index, version in enumerate(args.versions)},
            },
            opts=self.child(depends_on=[job, *args.after], hooks=_hooks(name, args, job_path)),
        )


def _hooks(name: str, args: SqlJobArgs, job_id: str) -> pulumi.ResourceHookBinding | None:
    run = args.run
    if run is None:
        return None

    def start(_: pulumi.ResourceHookArgs) -> None:
        run(job_id, args.server_id)

    return pulumi.ResourceHookBinding(before_create=[pulumi.ResourceHook(f"{name}-start", start)])


def _secrets(args: SqlJobArgs) -> dict[str, pulumi.Input[str]]:
    """Return name → value; Azure takes lower-case letters, digits and hyphens."""
    return {"administrator": args.administrator_password} | {
        role.replace("_", "-"): password for role, password in args.passwords.items()
    }


def _container(args: SqlJobArgs) -> app.ContainerArgs:
    plain = {
        "PGHOST": args.host,
        "PGUSER": args.administrator,
        "PGDATABASE": MAINTENANCE,
        "PGSSLMODE": "verify-full",  # or whoever answers under the server's name would get the passwords
        "ROOTS": ROOTS.read_text(encoding="ascii"),
        "SQL": install_sql(args.databases),
    }
    secret = {"PGPASSWORD": "administrator"} | {
        password_variable(role): role.replace("_", "-") for role in args.passwords
    }
    return app.ContainerArgs(
        name=CONTAINER,
        image=args.image,
        command=["/bin/sh", "-c"],
        args=[COMMAND],
        env=[app.EnvironmentVarArgs(name=key, value=value) for key, value in plain.items()]
        + [app.EnvironmentVarArgs(name=key, secret_ref=value) for key, value in secret.items()],
        resources=app.ContainerResourcesArgs(cpu=0.25, memory="0.5Gi"),
    )
