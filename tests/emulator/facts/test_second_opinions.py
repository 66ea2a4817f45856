"""The emulator's tables against what others say: the SDK's enumerations, and the program's own tables."""

from __future__ import annotations

import pytest
from pulumi_azure_native import dbforpostgresql, redisenterprise

from components.shared.endpoints import ENDPOINTS
from components.shared.roles import ROLES as ASSIGNED
from emulator.facts import regions, tags
from emulator.facts.links import GROUPS
from emulator.facts.parameters import EXTENSIONS, PARAMETERS, PRELOAD
from emulator.facts.roles import ROLES
from emulator.laws.caches import ENTERPRISE, SKUS
from emulator.laws.servers import VERSION_ENDS
from policies.rules.governance.facts import PAIRS
from settings import service_tags
from settings.regions import FEATURES
from settings.regions import REGIONS as CONFIGURABLE


def test_the_cache_skus_are_those_of_the_sdk() -> None:
    listed = {sku.value for sku in redisenterprise.SkuName}
    assert set(SKUS) == {name for name in listed if not ENTERPRISE.fullmatch(name)}, "Managed Redis, without Enterprise"


def test_every_postgresql_version_of_the_sdk_has_a_last_day() -> None:
    assert set(VERSION_ENDS) == {version.value for version in dbforpostgresql.PostgresMajorVersion}


def test_each_region_that_can_be_configured_has_what_the_settings_say() -> None:
    for name, region in CONFIGURABLE.items():
        assert name in regions.REGIONS, f"{name} can be chosen in a stack file, so the local Azure must know it"
        generations = regions.compute(name)
        having = {
            "zones": name in regions.ZONES,
            "pair": name in regions.PAIRED,
            "zoneRedundantHa": name in regions.STANDBY,
            "geoBackup": name in regions.COPIED,
            "natGatewayV2": name in regions.NAT_V2,
            **{f"postgresV{number}": f"v{number}" in generations for number in (3, 4, 5)},
        }
        assert set(having) == set(FEATURES), "each feature has a table here, too"
        local = {feature for feature, has in having.items() if has}
        assert local == region.features, f"{name}: settings and emulator disagree"
        assert ("pair" in local) == (name in PAIRS), f"{name}: the rules and the emulator disagree on its pair"


def test_each_service_tag_that_can_be_configured_is_one_that_azure_has() -> None:
    for tag in service_tags.TAGS:
        assert tag.lower() in tags.TAGS, f"{tag} can be written in a stack file, so the local Azure must take it"


def test_each_role_that_the_program_assigns_is_built_in_under_that_name() -> None:
    for role in ASSIGNED.values():
        assert ROLES.get(role.id) == role.name, f"{role.name} is no built-in role with id {role.id}"


def test_each_endpoint_that_the_program_makes_has_the_groups_own_zones() -> None:
    offered = {group: zones for groups in GROUPS.values() for group, zones in groups.items()}
    for service, kind in ENDPOINTS.items():
        assert tuple(kind.zones) == offered[kind.group_id], f"{service}: wrong zones resolve to public addresses"


def test_what_can_be_preloaded_and_allowed_is_written_once() -> None:
    assert len(set(EXTENSIONS)) == len(EXTENSIONS)
    assert len(set(PRELOAD)) == len(PRELOAD)
    assert PARAMETERS["azure.extensions"].allowed.split(",") == EXTENSIONS


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("log_min_duration_statement", "-1", True),
        ("log_min_duration_statement", "-2", False),
        ("log_min_duration_statement", "1s", False),
        ("connection_throttle.factor_bias", "0.9", True),
        ("connection_throttle.factor_bias", "1", False),
        ("log_checkpoints", "ON", True),
        ("log_checkpoints", "true", False),
        ("shared_preload_libraries", "pgaudit, pg_cron", True),
        ("pgaudit.role", "auditor;", False),
    ],
)
def test_parameters_take_their_values(name: str, value: str, right: bool) -> None:
    assert (PARAMETERS[name].problem(value) is None) == right, f"{name} = {value}"
