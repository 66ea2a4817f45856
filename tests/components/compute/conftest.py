"""An environment to put applications into: applications as settings resolve them, and the services they refer to."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest

from components.compute.webapp import AppIdentity, SiteArgs
from components.compute.workloads import Workloads, WorkloadsArgs
from components.context import Context
from components.shared.diagnostics import Sink
from components.shared.endpoints import PrivateAccess
from settings.applications import App, AppFiles, AppSetting, Scaling
from settings.sizes import PlanSize

DIGEST = "sha256:" + "0123456789abcdef" * 4


def make_app(key: str = "portal", **changes: Any) -> App:
    """A small application with one setting of each kind."""
    app = App(
        key=key,
        title=key,
        image=f"aifabrix/{key}",
        image_registry=None,
        image_tag=None,
        digest=DIGEST,
        port=8080,
        health_path="/health",
        edge_path=None,
        startup_command=None,
        web_sockets=False,
        databases=(),
        cache=False,
        cache_auth="access-key",
        telemetry="entra",
        files=None,
        single_instance=False,
        scaling=Scaling(min_instances=1, max_instances=4, cpu_threshold=70),
        settings=(
            AppSetting(name="DB_PASSWORD", kind="secret", value=f"{key}-databases-0-passwordKeyVault"),
            AppSetting(name="LOG_LEVEL", kind="literal", value="info"),
            AppSetting(name="DB_HOST", kind="resource", value="postgres.host"),
            AppSetting(name="OWN_URL", kind="resource", value=f"app.{key}.url"),
            AppSetting(name="AZURE_CLIENT_ID", kind="resource", value="identity.clientId"),
        ),
        secrets=(),
    )
    return dataclasses.replace(app, **changes)


KEYCLOAK = make_app(
    "keycloak", single_instance=True, scaling=Scaling(min_instances=1, max_instances=1, cpu_threshold=70)
)
FLOWISE = make_app("flowise", files=AppFiles(share="flowise", mount_path="/mnt/data", share_gib=50), web_sockets=True)

BASIC = PlanSize(sku_name="B2", capacity=1, autoscale_max=1)
STANDARD = PlanSize(sku_name="S3", capacity=2, autoscale_max=4)


@pytest.fixture(scope="session")
def plan(plan: Any) -> Iterator[Callable[..., Any]]:
    """The shared ``plan``, answering for sites as Azure does: with a map of identities, though given as a list.

    An echoed list would break the SDK, which reads the answer's identities as a map, in a preview too.
    """
    answers = plan.__globals__["_Answers"]
    echo = answers.new_resource

    def answer(self: Any, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        name, state = echo(self, args)
        given = state.get("identity", {}).get("userAssignedIdentities")
        if isinstance(given, list):
            state = {**state, "identity": {**state["identity"], "userAssignedIdentities": {i: {} for i in given}}}
        return name, state

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answers, "new_resource", answer)
        yield plan


@pytest.fixture(scope="session")
def basic() -> PlanSize:
    """One instance, no slots, no autoscale."""
    return BASIC


@pytest.fixture(scope="session")
def standard() -> PlanSize:
    """Two to four instances, with slots."""
    return STANDARD


@pytest.fixture(scope="session")
def app() -> Callable[..., App]:
    """The function :func:`make_app`."""
    return make_app


@pytest.fixture(scope="session")
def keycloak() -> App:
    """An application that tolerates no second instance."""
    return KEYCLOAK


@pytest.fixture(scope="session")
def flowise() -> App:
    """An application with a file share and web sockets."""
    return FLOWISE


@pytest.fixture(scope="session")
def access() -> PrivateAccess:
    """Endpoint subnet and the zone of web apps."""
    zone = "privatelink.azurewebsites.net"
    return PrivateAccess(subnet_id="/subnet/endpoints", zone_ids={zone: f"/zone/{zone}"})


@pytest.fixture(scope="session")
def sink() -> Sink:
    """The workspace."""
    return Sink(workspace_id="/workspace")


@pytest.fixture(scope="session")
def site(context: Context, access: PrivateAccess, sink: Sink) -> SiteArgs:
    """What an application named portal and its slot share."""
    return SiteArgs(
        context=context,
        resource_group_name="rg-apps",
        key="portal",
        plan_id="/plan",
        image=f"registry.azurecr.io/aifabrix/portal@{DIGEST}",
        health_path="/health",
        identity=AppIdentity(id="/identity/portal", client_id="client-of-portal"),
        subnet_id="/subnet/apps",
        access=access,
        sink=sink,
    )


@pytest.fixture(scope="session")
def workloads(context: Context, access: PrivateAccess, sink: Sink) -> Callable[..., Workloads]:
    """Builds the component with keycloak, flowise and portal on a standard plan; arguments change its inputs."""

    def build(**changes: Any) -> Workloads:
        apps = changes.get("apps", (KEYCLOAK, FLOWISE, make_app()))
        args = WorkloadsArgs(
            context=context,
            resource_group_name="rg-apps",
            apps=apps,
            plan=STANDARD,
            identities={a.key: AppIdentity(id=f"/identity/{a.key}", client_id=f"client-of-{a.key}") for a in apps},
            vault_name="kv-aifabrix-dev",
            registry_login_server="registry.azurecr.io",
            files_accounts={"files": "stfilesdev"},
            subnet_id="/subnet/apps",
            access=access,
            sink=sink,
            facts={"postgres.host": "psql-dev.postgres.database.azure.com"},
            end_to_end_encryption=False,
        )
        return Workloads(context.logical("workloads"), dataclasses.replace(args, **changes))

    return build
