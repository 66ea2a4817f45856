"""What the language host says of an environment's packages and the plugins they need."""

from __future__ import annotations

import sys

import pytest

from engine.host import packages
from engine.host.packages import Package, Plugin


@pytest.mark.parametrize(
    ("version", "plugin"),
    [("3.29.0", "3.29.0"), ("1.2", "1.2.0"), ("1.2.3a4", "1.2.3-alpha.4"), ("1.2.3rc1", "1.2.3-rc.1"), ("1!2.0", None)],
)
def test_a_package_version_becomes_a_plugin_version(version: str, plugin: str | None) -> None:
    assert packages.plugin_version(version) == plugin


@pytest.mark.parametrize(
    ("package", "plugins"),
    [
        (
            Package(
                "pulumi_random",
                "4.21.4",
                required=False,
                plugin={"resource": True, "name": "random", "version": "4.21.4"},
            ),
            ["random"],
        ),
        (Package("pulumi-aws", "7.0.0", required=False, plugin=None), ["aws"]),
        (Package("pulumi_azure_native", "3.29.0", required=False, plugin={"resource": True}), ["azure-native"]),
        (Package("pulumi_policy", "1.21.0", required=False, plugin={"resource": False}), []),
        (Package("pulumi", "3.272.0", required=False, plugin=None), []),
        (Package("requests", "2.0.0", required=False, plugin=None), []),
    ],
)
def test_a_package_names_its_plugin_or_has_none(package: Package, plugins: list[str]) -> None:
    assert [plugin.name for plugin in packages.plugins([package])] == plugins


def test_the_plugin_file_wins_over_the_package_version() -> None:
    said = {"resource": True, "name": "x", "version": "v1.0.0", "server": "https://example.invalid"}
    assert packages.plugins([Package("other", "9.9.9", required=False, plugin=said)]) == [
        Plugin("x", "v1.0.0", "https://example.invalid", None)
    ]


def test_this_environments_packages_are_listed_with_versions_and_who_is_asked_for() -> None:
    found = {package.name: package for package in packages.installed_here()}
    assert found["pulumi"].required, "pulumi_azure_native asks for it"
    assert not found["pulumi_azure_native"].required
    assert {plugin.name for plugin in packages.plugins(list(found.values()))} >= {"azure-native", "azuread", "random"}


def test_another_interpreter_is_asked_and_says_the_same() -> None:
    assert packages.installed(sys.executable) == packages.installed_here()


def test_an_interpreter_that_cannot_be_asked_is_an_error_with_its_name() -> None:
    with pytest.raises(OSError, match="false"):
        packages.installed("/bin/false")
