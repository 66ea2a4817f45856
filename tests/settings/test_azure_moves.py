"""One table of what Azure changes by itself: each row names an input that exists, and says who leaves it alone."""

from __future__ import annotations

import pytest

from emulator.shape import shape
from settings.azure_moves import AZURE_MOVES, Moved, ignored, moved


@pytest.mark.parametrize("row", AZURE_MOVES, ids=lambda row: f"{row.type} {row.path}")
def test_every_row_names_an_input_of_its_type(row: Moved) -> None:
    head = row.path.split(".")[0]
    assert head in shape(f"azure-native:{row.type}").inputs


def test_what_a_setting_still_has_to_raise_is_never_ignored() -> None:
    for row in AZURE_MOVES:
        if row.setting:
            assert row.ignored == "never"
            assert row.path not in ignored(row.type, live=True)


def test_a_live_value_is_left_alone_only_where_it_has_been_read() -> None:
    assert ignored("web:AppServicePlan") == []
    assert ignored("web:AppServicePlan", live=True) == ["sku.capacity"]


@pytest.mark.parametrize(
    ("kind", "path", "found"),
    [
        ("dbforpostgresql:Server", "availabilityZone", True),
        ("dbforpostgresql:Server", "availabilityZones", False),
        ("dbforpostgresql:Server", "highAvailability", False),
        ("network:VirtualNetworkPeering", "remoteAddressSpace.addressPrefixes[0]", True),
        ("web:WebApp", "availabilityZone", False),
    ],
)
def test_a_row_is_about_its_property_and_what_is_below(kind: str, path: str, found: bool) -> None:
    assert (moved(kind, path) is not None) is found
