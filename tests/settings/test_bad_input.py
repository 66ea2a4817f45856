"""Bad input: every problem names file, line, path, what was found, what is allowed and a right value; all at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from settings import SettingsError, load

if TYPE_CHECKING:
    from tests.settings.conftest import Project

App = Callable[..., dict[str, Any]]
PREFIX = "config.aifabrix:platform"


def test_an_unknown_key_is_answered_with_the_nearest_right_one(project: Project) -> None:
    problem = project.replace("dev", "addressSpace", "adressSpace").problem()
    assert problem.path == f"{PREFIX}.network.adressSpace"
    assert "did you mean 'addressSpace'" in problem.message
    assert "addressSpace" in problem.allowed
    assert problem.example == 'addressSpace: ["10.20.0.0/22"]'


def test_a_python_spelling_of_a_key_is_unknown_too(project: Project) -> None:
    problem = project.replace("dev", "costCenter", "cost_center").problem()
    assert problem.message == "unknown key 'cost_center'; did you mean 'costCenter'?", "files are camelCase only"


def test_a_wrong_type_says_what_was_found_and_what_is_allowed(project: Project) -> None:
    problem = project.edit("dev", "security.protect", "no").problem()
    assert problem.path == f"{PREFIX}.security.protect"
    assert (problem.message, problem.found, problem.allowed) == ("wrong type", '"no" (text)', "true or false")


def test_a_problem_points_to_the_line_of_the_value(project: Project) -> None:
    problem = project.replace("dev", "size: m", "size: huge").problem()
    line = project.file("dev").read_text().splitlines()[(problem.line or 0) - 1]
    assert (problem.file, line.strip()) == ("Pulumi.dev.yaml", "size: huge")
    assert problem.allowed == "evaluation, s, m, l, xl"


def test_a_missing_value_points_to_its_parent_and_shows_an_example(project: Project, delete: object) -> None:
    problem = project.edit("dev", "installation.owner", delete).problem()
    line = project.file("dev").read_text().splitlines()[(problem.line or 0) - 1]
    assert (problem.path, line.strip()) == (f"{PREFIX}.installation.owner", "installation:")
    assert problem.example == "owner: platform-team@contoso.example"


def test_an_address_space_that_is_too_small_says_how_large_it_must_be(project: Project) -> None:
    problem = project.edit("dev", "network.addressSpace", ["10.20.0.0/25"]).problem()
    assert problem.path == f"{PREFIX}.network.addressSpace"
    assert "/24 or larger" in problem.allowed
    assert problem.example == "10.20.0.0/24"


def test_overlapping_address_spaces_are_refused(project: Project) -> None:
    problem = project.edit("dev", "network.addressSpace", ["10.20.0.0/22", "10.20.2.0/23"]).problem()
    assert (problem.path, problem.found) == (f"{PREFIX}.network.addressSpace[1]", "10.20.2.0/23")
    assert "overlaps 10.20.0.0/22" in problem.message


def test_a_custom_subnet_that_overlaps_is_refused(project: Project) -> None:
    own = [{"name": "batch", "prefix": "10.20.0.64/27", "purpose": "Batch"}]
    problem = project.edit("dev", "network.subnets", own).problem()
    assert problem.path == f"{PREFIX}.network.subnets[0].prefix"
    assert "overlaps subnet 'apps'" in problem.message


@pytest.mark.parametrize(
    ("edition", "size", "path"),
    [("community", "m", "size"), ("standard", "l", "size"), ("enterprise", "s", "size")],
)
def test_a_preset_that_the_edition_does_not_allow_is_refused(
    project: Project, edition: str, size: str, path: str
) -> None:
    project.edit("dev", "edition", edition).edit("dev", "data", {}).edit("dev", "compute", {})
    problem = project.edit("dev", "size", size).problem()
    assert problem.path == f"{PREFIX}.{path}"
    assert f"edition {edition}" in problem.message
    assert edition in problem.allowed


def test_a_service_name_that_is_too_long_is_refused(project: Project) -> None:
    problem = project.edit("dev", "installation.serviceName", "a" * 41).problem()
    assert problem.path == f"{PREFIX}.installation.serviceName"
    assert "3-40" in problem.allowed


@pytest.mark.parametrize("name", ["AIFabrix", "ai_fabrix", "-fabrix", "fabrix-", "ai--fabrix", "ab"])
def test_a_service_name_with_illegal_characters_is_refused(project: Project, name: str) -> None:
    problem = project.edit("dev", "installation.serviceName", name).problem()
    assert problem.path == f"{PREFIX}.installation.serviceName"
    assert "lower-case letters" in problem.allowed


@pytest.mark.parametrize("stack", ["test", "prod"])
@pytest.mark.parametrize("image", ["claims/portal:latest", "claims/portal:1.2", "claims/other"])
def test_latest_or_a_tag_without_digest_is_refused_outside_dev(
    project: Project, custom_app: App, stack: str, image: str
) -> None:
    problem = project.edit(stack, "applications", {"custom": [custom_app(image=image)]}).problem(stack)
    assert problem.path == f"{PREFIX}.applications.custom[0].image"
    assert "@sha256:" in problem.example, "the example shows how to pin"


def test_dev_takes_a_tag_without_digest(project: Project, custom_app: App) -> None:
    app = project.edit("dev", "applications", {"custom": [custom_app(image="claims/portal:1.2")]}).load().app("claims")
    assert (app.image, app.image_tag, app.digest) == ("claims/portal", "1.2", None)


def test_an_image_of_a_public_registry_is_refused_outside_dev(project: Project, custom_app: App) -> None:
    image = "ghcr.io/contoso/claims@sha256:" + "0" * 64
    problem = project.edit("test", "applications", {"custom": [custom_app(image=image)]}).problem("test")
    assert "environment's own registry" in problem.message


def test_an_application_without_health_path_is_refused(project: Project, custom_app: App, delete: object) -> None:
    problem = project.edit("dev", "applications", {"custom": [custom_app(healthPath=delete)]}).problem()
    assert problem.path == f"{PREFIX}.applications.custom[0].healthPath"
    assert problem.example == "healthPath: /health"


def test_two_applications_with_one_key_are_refused(project: Project, custom_app: App) -> None:
    problem = project.edit("dev", "applications", {"custom": [custom_app(), custom_app()]}).problem()
    assert problem.path == f"{PREFIX}.applications.custom[1].key"
    assert problem.message == "two applications with one key"


def test_a_custom_application_cannot_take_a_products_key(project: Project, custom_app: App) -> None:
    problem = project.edit("dev", "applications", {"custom": [custom_app(key="flowise")]}).problem()
    assert problem.message == "a product application has this key"


def test_a_missing_stack_lists_those_that_exist(project: Project) -> None:
    problem = project.problem("staging")
    assert (problem.file, problem.line, problem.allowed) == ("Pulumi.staging.yaml", None, "dev, prod, test")


def test_a_misspelt_stack_is_answered_with_the_nearest(project: Project) -> None:
    assert project.problem("prdo").example == "prod"


def test_a_stack_file_that_is_not_yaml_says_where_it_breaks(project: Project) -> None:
    project.file("dev").write_text("config:\n  aifabrix:platform:\n  - a: [1, 2\n")
    problem = project.problem()
    assert problem.message == "the file is not YAML"
    assert problem.line is not None


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b\n", "config:\n", "config: 3\n", "config: {}\n"])
def test_a_file_without_a_platform_says_what_is_missing(project: Project, text: str) -> None:
    project.file("dev").write_text(text)
    assert load.CONFIG_KEY in f"{project.problem()}"


def test_a_platform_that_is_no_mapping_is_refused(project: Project) -> None:
    project.file("dev").write_text("config:\n  aifabrix:platform: small\n")
    assert project.problem().allowed == "a mapping"


def test_a_platform_under_a_wrong_key_is_found(project: Project) -> None:
    problems = project.replace("dev", "aifabrix:platform:", "platform:").problems()
    assert {p.path for p in problems} == {"config", "config.platform"}


def test_bytes_that_are_no_text_are_a_problem_and_no_crash(project: Project) -> None:
    project.file("dev").write_bytes(b"\xff\xfe\x00config")
    assert project.problem().message == "the file cannot be read"


def test_a_key_that_is_written_twice_is_refused_with_both_lines(project: Project) -> None:
    problem = project.replace("dev", "    size: m\n", "    size: m\n    size: l\n").problem()
    assert problem.path == f"{PREFIX}.size"
    assert "and again on line" in problem.found


def test_a_missing_release_lists_those_that_exist(project: Project) -> None:
    problem = project.replace("dev", "release: 2026.11.0", "release: 2026.11.9").problem()
    assert (problem.path, problem.allowed) == (f"{PREFIX}.release", "2026.11.0")
    assert problem.example == "release: 2026.11.0"


def test_a_release_that_was_read_as_a_number_is_refused(project: Project) -> None:
    problem = project.replace("dev", "release: 2026.11.0", "release: 2026.11").problem()
    assert (problem.message, problem.found) == ("wrong type", "2026.11 (a number)")


def test_all_problems_are_reported_at_once(project: Project, custom_app: App, delete: object) -> None:
    project.edit("test", "installation.serviceName", "No Good")
    project.edit("test", "size", "s")
    project.edit("test", "network.addressSpace", ["10.0.0.0/28"])
    project.edit("test", "release", "2020.1.0")
    project.edit("test", "securty", {})
    apps = [custom_app(), custom_app(image="claims/portal:latest"), custom_app(key="other", healthPath=delete)]
    project.edit("test", "applications", {"custom": apps})
    paths = {p.path.removeprefix(f"{PREFIX}.") for p in project.problems("test")}
    assert paths == {
        "installation.serviceName",
        "size",
        "network.addressSpace",
        "release",
        "securty",
        "applications.custom[1].key",
        "applications.custom[1].image",
        "applications.custom[2].healthPath",
    }, "a broken section hides only rules that need it"


def test_the_report_reads_like_a_list_of_things_to_mend(project: Project) -> None:
    with pytest.raises(SettingsError) as caught:
        project.replace("dev", "size: m", "size: huge").load()
    line = caught.value.problems[0].line
    assert str(caught.value).splitlines() == [
        "1 problem in the settings",
        "",
        f"Pulumi.dev.yaml:{line}: {PREFIX}.size",
        "    not one of the choices",
        '    found:   "huge" (text)',
        "    allowed: evaluation, s, m, l, xl",
        "    example: size: m",
    ]


def test_the_program_gets_the_same_problems_without_lines(project: Project) -> None:
    with pytest.raises(SettingsError) as caught:
        load.config(project.root, {"size": "huge"})
    problem = next(p for p in caught.value.problems if p.path.endswith("size"))
    assert (problem.file, problem.line, problem.allowed) == ("stack configuration", None, "evaluation, s, m, l, xl")
