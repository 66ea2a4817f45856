"""Applications: what a stack runs, what each gets, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from settings import PlatformSettings
from settings.development import DEVELOPMENT_ONLY
from settings.selection import PRODUCTS

if TYPE_CHECKING:
    from tests.settings.conftest import Project

App = Callable[..., dict[str, Any]]
PREFIX = "config.aifabrix:platform.applications"


def custom(project: Project, app: dict[str, Any], stack: str = "test") -> Project:
    return project.edit(stack, "applications", {"custom": [app]})


def override(project: Project, key: str, settings: dict[str, Any], stack: str = "test") -> Project:
    return project.edit(stack, "applications", {"overrides": {key: {"settings": settings}}})


def values(settings: PlatformSettings, key: str) -> dict[str, tuple[str, str]]:
    return {setting.name: (setting.kind, setting.value) for setting in settings.app(key).settings}


def test_all_products_run_unless_the_stack_says_otherwise(shipped: dict[str, PlatformSettings]) -> None:
    assert tuple(app.key for app in shipped["dev"].apps) == PRODUCTS


def test_a_customers_application_has_the_same_schema_as_a_product(shipped: dict[str, PlatformSettings]) -> None:
    app = shipped["prod"].app("claims-portal")
    assert (app.image, app.port, app.health_path, app.cache) == ("claims/portal", 8080, "/healthz", True)
    assert [(d.name, d.role, d.extensions) for d in app.databases] == [("claims", "claims_user", ("pgcrypto",))]
    found = values(shipped["prod"], "claims-portal")
    assert found["REDIS_PORT"] == ("resource", "redis.port")
    assert found["MISO_CLIENTID"] == ("literal", "miso-controller-pro-claims-portal")
    assert found["DATABASE_URL"] == ("secret", "claims-portal-databases-0-urlKeyVault")


def test_product_images_come_from_the_release_by_digest(shipped: dict[str, PlatformSettings]) -> None:
    settings = shipped["prod"]
    for key in PRODUCTS:
        app = settings.app(key)
        assert app.digest == settings.release.images[app.image].digest
        assert app.image_reference == f"{app.image}@{app.digest}"


def test_an_image_that_the_release_lacks_is_refused(project: Project) -> None:
    manifest = project.root / "releases" / "2026.11.0.yaml"
    text = manifest.read_text().replace("  flowiseai/flowise:", "  flowiseai/other:")
    manifest.write_text(text)
    problem = project.problem()
    assert problem.path == "config.aifabrix:platform.release"
    assert "no image for flowise" in problem.message


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("id: 2026.11.0", "id: 2026.10.0", "id"),
        ("example: true", "example: yes please", "example"),
        ("summary:", "sumary:", "sumary"),
        ("digest: sha256:0", "digest: sha256:x", "images.aifabrix/miso-controller.digest"),
    ],
)
def test_a_broken_manifest_is_reported_in_its_own_file(project: Project, old: str, new: str, path: str) -> None:
    manifest = project.root / "releases" / "2026.11.0.yaml"
    assert old in manifest.read_text()
    manifest.write_text(manifest.read_text().replace(old, new, 1))
    problem = project.problem()
    assert (problem.file, problem.path) == ("releases/2026.11.0.yaml", path)
    assert problem.line is not None


@pytest.mark.parametrize("name", DEVELOPMENT_ONLY)
@pytest.mark.parametrize("stack", ["test", "prod"])
def test_development_only_values_are_refused_outside_dev(
    project: Project, custom_app: App, name: str, stack: str
) -> None:
    bad = DEVELOPMENT_ONLY[name][0][0]
    app = custom_app(settings={name: {"value": bad, "notSecret": "for the test"}})
    problem = custom(project, app, stack).problem(stack)
    assert problem.path == f"{PREFIX}.custom[0].settings.{name}.value"
    assert "development-only value" in problem.message
    assert problem.example, "it says what to write instead"


def test_dev_may_use_development_only_values(project: Project, custom_app: App) -> None:
    custom(project, custom_app(settings={"ENABLE_API_DOCS": {"value": "true"}}), "dev").load("dev")


def test_an_override_cannot_bring_a_development_only_value_back(project: Project) -> None:
    problem = override(project, "dataplane", {"LOCAL_MODE": {"value": "true"}}).problem("test")
    assert problem.path == f"{PREFIX}.overrides.dataplane.settings.LOCAL_MODE.value"


def test_keycloak_does_not_start_in_development_mode(project: Project, custom_app: App) -> None:
    problem = custom(project, custom_app(startupCommand="start-dev")).problem("test")
    assert problem.message == "a development-only command"


@pytest.mark.parametrize("key", ["mori", "mori-controller"])
def test_mori_never_appears_in_a_customers_plan(project: Project, custom_app: App, key: str) -> None:
    assert "vendor" in custom(project, custom_app(key=key)).problem("test").message


@pytest.mark.parametrize(
    ("scaling", "path"),
    [
        ({"minInstances": 0, "maxInstances": 2}, "minInstances"),
        ({"minInstances": 1, "maxInstances": 21}, "maxInstances"),
        ({"minInstances": 1, "maxInstances": 2, "cpuThreshold": 9}, "cpuThreshold"),
        ({"minInstances": 1, "maxInstances": 2, "cpuThreshold": 91}, "cpuThreshold"),
        ({"minInstances": 3, "maxInstances": 2}, "scaling"),
        ({"minInstances": 1, "maxInstances": 5}, "maxInstances"),
    ],
)
def test_scaling_stays_within_its_bounds_and_those_of_the_plan(
    project: Project, custom_app: App, scaling: dict[str, int], path: str
) -> None:
    assert custom(project, custom_app(scaling=scaling)).problem("test").path.endswith(path)


def test_a_single_instance_application_does_not_scale(project: Project) -> None:
    project.edit(
        "test", "applications", {"overrides": {"keycloak": {"scaling": {"minInstances": 1, "maxInstances": 2}}}}
    )
    problem = project.problem("test")
    assert problem.path == f"{PREFIX}.overrides.keycloak.scaling.maxInstances"
    assert problem.example == "maxInstances: 1"


def test_keycloak_and_openwebui_run_as_one_instance_whatever_the_size(shipped: dict[str, PlatformSettings]) -> None:
    single = {app.key: app.scaling.max_instances for app in shipped["prod"].apps if app.single_instance}
    assert single == {"keycloak": 1, "openwebui": 1}


def test_two_applications_cannot_own_one_database_or_role(project: Project, custom_app: App) -> None:
    problem = custom(project, custom_app(databases=[{"name": "miso_logs"}])).problem("test")
    assert "miso-controller has a database or role of this name" in problem.message


def test_a_vector_database_always_has_the_vector_extension(project: Project, custom_app: App) -> None:
    app = custom(project, custom_app(databases=[{"name": "claims-vector"}])).load("test").app("claims")
    assert app.databases[0].extensions == ("vector",)


def test_two_applications_cannot_have_one_path(project: Project, custom_app: App) -> None:
    assert "dataplane has this path" in custom(project, custom_app(edgePath="/data/*")).problem("test").message


def test_file_shares_stay_within_the_quota(project: Project, custom_app: App) -> None:
    problem = custom(project, custom_app(files={"shareGib": 500})).problem("test")
    assert problem.path == "config.aifabrix:platform.data.storage.quotaGib"
    assert "claims 500" in problem.found


def test_a_stack_changes_quota_and_account_of_a_share(project: Project) -> None:
    """A copy of a model takes any key: one in the form of the file would change nothing, silently."""
    files = {"shareGib": 77, "account": "own"}
    project.edit("test", "applications", {"overrides": {"dataplane": {"files": files}}})
    found = project.load("test").app("dataplane").files
    assert found is not None
    assert (found.share_gib, found.own_account, found.mount_path) == (77, True, "/mnt/data")


def test_overriding_an_application_that_does_not_run_is_refused(project: Project) -> None:
    problem = override(project, "dataplain", {}).problem("test")
    assert problem.example == "dataplane:"


def test_a_product_that_does_not_exist_is_refused(project: Project) -> None:
    project.edit("test", "applications", {"catalogue": [*PRODUCTS, "flowyse"]})
    assert project.problem("test").example == "flowise"


def test_a_share_quota_needs_a_share(project: Project) -> None:
    project.edit("test", "applications", {"overrides": {"keycloak": {"files": {"shareGib": 5}}}})
    assert project.problem("test").message == "keycloak has no file share"
