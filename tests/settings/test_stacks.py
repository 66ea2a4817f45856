"""The three shipped stacks: different in size and resilience, the same in security posture."""

from __future__ import annotations

import subprocess
import sys
from ipaddress import IPv4Network
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from settings import PlatformSettings, load

if TYPE_CHECKING:
    from tests.settings.conftest import Project

ROOT = Path(__file__).parents[2]
STACKS = ("dev", "test", "prod")
Shipped = dict[str, PlatformSettings]


def test_the_program_sees_exactly_what_the_command_line_sees() -> None:
    for stack in STACKS:
        raw = YAML(typ="safe").load(ROOT / f"Pulumi.{stack}.yaml")["config"][load.CONFIG_KEY]
        assert load.config(ROOT, raw) == load.stack(ROOT, stack), "there is one parser of configuration"


def test_stacks_are_listed_by_their_files() -> None:
    assert load.stacks(ROOT) == ["dev", "prod", "test"]


def test_the_stacks_grow_from_dev_to_prod(shipped: Shipped) -> None:
    dev, test, prod = (shipped[name].sizing for name in STACKS)
    assert (dev.postgres.ha, test.postgres.ha, prod.postgres.ha) == ("SameZone", "ZoneRedundant", "ZoneRedundant")
    assert dev.plan.capacity < test.plan.capacity < prod.plan.capacity
    assert dev.postgres.backup_days < test.postgres.backup_days < prod.postgres.backup_days
    assert dev.retention_days < test.retention_days < prod.retention_days
    assert prod.plan.zone_redundant
    assert prod.postgres.geo_backup, "geo backup of prod is an explicit choice, as it cannot be added later"


def test_only_the_guard_against_deletion_differs_in_security(shipped: Shipped) -> None:
    guards = {name: (s.security.protect, s.security.locks) for name, s in shipped.items()}
    assert guards == {"dev": (False, False), "test": (True, False), "prod": (True, True)}
    posture = {
        (s.network.mode, s.dns.mode, s.control.mode, s.security.vault_soft_delete_days) for s in shipped.values()
    }
    assert len(posture) == 1, "dev and test use the same controls as prod"


def test_the_address_spaces_can_be_peered(shipped: Shipped) -> None:
    spaces = [IPv4Network(space) for s in shipped.values() for space in s.addresses.spaces]
    assert not any(a.overlaps(b) for a, b in combinations(spaces, 2)), "hub networks route to each of them"


def test_all_stacks_share_a_tenant_and_none_a_subscription(shipped: Shipped) -> None:
    assert len({s.installation.tenant_id for s in shipped.values()}) == 1
    assert len({s.installation.subscription_id for s in shipped.values()}) == 3


def test_no_two_stacks_share_a_globally_unique_name(shipped: Shipped) -> None:
    for kind in ("key_vault", "postgres", "storage", "registry", "redis", "web_app"):
        assert len({s.names.of(kind, "x") for s in shipped.values()}) == 3, kind


def test_each_stack_file_names_its_schema() -> None:
    first = {(ROOT / f"Pulumi.{stack}.yaml").read_text().splitlines()[0] for stack in STACKS}
    assert first == {"# yaml-language-server: $schema=./settings/stack.schema.json"}


def test_every_resource_carries_the_tags_that_governance_asks_for(shipped: Shipped) -> None:
    for settings in shipped.values():
        assert {
            "application",
            "environment",
            "owner",
            "cost-center",
            "data-classification",
            "managed-by",
        } <= settings.tags.keys()


def test_a_customers_tag_cannot_replace_the_platforms_own(project: Project) -> None:
    tags = project.edit("dev", "installation.tags", {"owner": "nobody", "business-unit": "finance"}).load().tags
    assert (tags["owner"], tags["business-unit"]) == ("platform-team@contoso.example", "finance")


def test_prod_has_the_documented_group_names_and_the_others_their_own(shipped: Shipped) -> None:
    names = [group.display_name for group in shipped["prod"].groups]
    assert names == [
        "AI-Fabrix-Platform-Admins",
        "AI-Fabrix-Security-Admins",
        "AI-Fabrix-Infrastructure-Admins",
        "AI-Fabrix-Deployment-Admins",
        "AI-Fabrix-Compliance-Admins",
        "AI-Fabrix-Developers",
        "AI-Fabrix-Observers",
    ]
    assert {g.display_name for g in shipped["dev"].groups} == {f"{name}-dev" for name in names}


def test_a_group_can_have_the_customers_name(project: Project) -> None:
    project.edit("dev", "security.groups.names", {"aifabrix-developer": "Fabrix developers"})
    names = {group.role: group.display_name for group in project.load().groups}
    assert names["aifabrix-developer"] == "Fabrix developers"


def test_the_example_release_is_marked_and_pins_every_image(shipped: Shipped) -> None:
    for settings in shipped.values():
        assert settings.release.example, "made-up digests are never installed in Azure"
        assert all(app.digest for app in settings.apps), "every image is pinned by digest"


def test_settings_load_without_pulumi() -> None:
    program = "import sys, settings; print(any(name.startswith('pulumi') for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False", "settings know nothing of Pulumi, and load without its seconds"


def test_dates_of_expiry_become_seconds(shipped: Shipped) -> None:
    assert shipped["prod"].security.secrets_expire_epoch == 1822262400, "2027-09-30, midnight UTC"


@pytest.mark.parametrize("value", ["2027-13-01", "soon", "2027-9-3", "20270903"])
def test_a_day_of_expiry_that_is_no_day_is_refused(project: Project, value: str) -> None:
    assert project.edit("dev", "security.secretsExpire", value).problem().message == "not a date"
