"""The stacks that ship fit the components: every setting finds its value, every plan carries its applications."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.compute.appsettings import resolve
from components.compute.autoscale import scale
from components.compute.workloads import app_addresses
from settings import load
from settings.model import PlatformSettings
from settings.vocabulary import RESOURCES

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module", params=load.stacks(ROOT))
def stack(request: pytest.FixtureRequest) -> PlatformSettings:
    """Each stack that has a file."""
    return load.stack(ROOT, request.param)


def test_every_setting_finds_its_value_in_the_vocabulary(stack: PlatformSettings) -> None:
    facts = {**dict.fromkeys(RESOURCES, "known"), **app_addresses(stack.names, [app.key for app in stack.apps])}
    for app in stack.apps:
        found = resolve(app.settings, facts, vault_name="kv", platform={"WEBSITES_PORT": str(app.port)})
        assert {setting.name for setting in app.settings} < {name for name, _ in found}


def test_every_plan_carries_its_applications(stack: PlatformSettings) -> None:
    settled = scale(stack.sizing.plan, stack.apps)
    assert {app.key for app in stack.apps if app.single_instance} == {
        key for key, count in settled.workers.items() if count == 1 < settled.maximum
    }


def test_every_slot_has_a_host_that_is_known_beforehand(stack: PlatformSettings) -> None:
    if stack.sizing.plan.slots:
        assert {app.key for app in stack.apps if len(stack.names.of("web_app", app.key)) > 40} == set()
