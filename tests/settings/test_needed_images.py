"""Which images have to be in a stack's registry, and under which tag."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.images import parse_image
from settings.needed_images import _tag

if TYPE_CHECKING:
    from tests.settings.conftest import Project

DIGESTS = st.integers(0, 16**64 - 1).map(lambda number: f"sha256:{number:064x}")
VERSIONS = st.one_of(st.none(), st.text(min_size=1, max_size=200))


def test_every_application_has_its_image_by_the_digest_of_the_release(shipped: dict[str, Any]) -> None:
    for settings in shipped.values():
        users = {key: image for image in settings.images for key in image.apps}
        for app in settings.apps:
            assert users[app.key].reference == app.image_reference
        assert list(settings.images) == sorted(settings.images)


def test_an_image_that_several_applications_run_is_needed_once(project: Project) -> None:
    twin = {"key": "twin", "title": "Twin", "image": "flowiseai/flowise", "port": 8080, "healthPath": "/"}
    settings = project.edit("dev", "applications.custom", [twin]).load()
    (image,) = [image for image in settings.images if image.repository == "flowiseai/flowise"]
    assert set(image.apps) == {"flowise", "twin"}


def test_an_image_of_a_public_registry_is_not_imported(project: Project) -> None:
    public = {"key": "demo", "title": "Demo", "image": "docker.example/team/demo:1", "port": 80, "healthPath": "/"}
    settings = project.edit("dev", "applications.custom", [public]).load()
    assert not [image for image in settings.images if "demo" in image.repository]


@given(VERSIONS, DIGESTS)
def test_a_tag_is_one_that_a_registry_accepts(version: str | None, digest: str) -> None:
    tag = _tag(version, digest)
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", tag) or tag.startswith((".", "-"))
    assert parse_image(f"team/app:{tag}") or tag.startswith((".", "-")), "versions begin with a letter or digit"


@given(VERSIONS, DIGESTS, DIGESTS)
def test_two_images_of_one_version_have_two_tags(version: str | None, one: str, other: str) -> None:
    assert (_tag(version, one) == _tag(version, other)) == (one[: 7 + 12] == other[: 7 + 12])


@pytest.mark.parametrize("registry", ["images.contoso.example", "localhost.example:5000"])
def test_a_source_is_a_host(project: Project, registry: str) -> None:
    source = project.edit("dev", "data.registry.source", {"registry": registry}).load().image_source
    assert source is not None and source.registry == registry


@pytest.mark.parametrize("registry", ["https://images.contoso.example", "images", "/subscriptions/1/vaults/x"])
def test_a_source_is_nothing_else(project: Project, registry: str) -> None:
    problem = project.edit("dev", "data.registry.source", {"registry": registry}).problem()
    assert problem.allowed == "the host name of a registry, or the ARM id of an Azure one"


def test_a_password_never_stands_in_a_stack_file(project: Project) -> None:
    source = {"registry": "images.contoso.example", "username": "pull", "password": "hunter2"}
    assert "password" in project.edit("dev", "data.registry.source", source).problem().path


@pytest.mark.parametrize("variable", ["FABRIX_REGISTRY_PASSWORD", "FABRIX_REGISTRY_CONTOSO_PASSWORD"])
def test_the_password_is_in_a_variable_that_is_meant_for_a_registry(project: Project, variable: str) -> None:
    source = {"registry": "images.contoso.example", "username": "pull", "passwordVariable": variable}
    found = project.edit("dev", "data.registry.source", source).load().image_source
    assert found is not None and found.password_variable == variable


@pytest.mark.parametrize(
    "variable",
    [
        "ARM_CLIENT_SECRET",
        "PULUMI_CONFIG_PASSPHRASE",
        "AZURE_STORAGE_KEY",
        "FABRIX_APPROVAL_KEY",
        "FABRIX_REGISTRY__PASSWORD",
        "FABRIX_REGISTRY_A_B_PASSWORD",
        "FABRIX_REGISTRY_PASSWORD\n",
        "OTHER_FABRIX_REGISTRY_PASSWORD",
    ],
)
def test_no_other_variable_of_whoever_deploys_is_sent_to_a_registry(project: Project, variable: str) -> None:
    source = {"registry": "images.attacker.example", "username": "pull", "passwordVariable": variable}
    problem = project.edit("dev", "data.registry.source", source).problem()
    assert problem.path.endswith("data.registry.source.passwordVariable")
    assert "FABRIX_REGISTRY_NAME_PASSWORD" in problem.allowed
