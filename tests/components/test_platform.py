"""What the whole installation tells others."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from components.platform import Platform, PlatformArgs
from settings import load
from settings.release import Release

ROOT = Path(__file__).parents[2]


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the program exports."""
    found: dict[str, Any] = {}
    monkeypatch.setattr(pulumi, "export", found.__setitem__)
    return found


def test_the_stack_says_which_releases_it_is_made_of(monkeypatch: pytest.MonkeyPatch, exported: dict[str, Any]) -> None:
    settings = load.stack(ROOT, "dev")
    other = settings.release.model_copy(update={"id": "2026.12.0"})
    both = dataclasses.replace(settings, standby=Release.model_validate(other.model_dump(by_alias=True)))
    platform = Platform.__new__(Platform)
    region = SimpleNamespace(
        urls={}, vault_uri="", database_roles={}, secrets_to_supply=[], egress_address=None, rotations=None
    )
    for name, stand_in in (("Groups", SimpleNamespace(object_ids={})), ("Region", region)):
        monkeypatch.setattr(f"components.platform.{name}", lambda *_, made=stand_in, **__: made)
    monkeypatch.setattr(Platform, "child", lambda *_, **__: None)
    platform.build("platform", PlatformArgs(settings=both))
    platform.export()
    assert exported["release"] == {
        "running": {"id": "2026.11.0", "hash": settings.release.hash},
        "standby": {"id": "2026.12.0", "hash": both.standby.hash},
    }
    assert settings.release.hash != both.standby.hash
