"""The engine's property paths are taken apart into names and places, however a name has to be quoted."""

from __future__ import annotations

import pytest

from support.property_path import steps


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", ()),
        ("sku", ("sku",)),
        ("siteConfig.appSettings[3].value", ("siteConfig", "appSettings", 3, "value")),
        ('tags["a.b"]', ("tags", "a.b")),
        ('tags["a\\"b"]', ("tags", 'a"b')),
        ('properties["3"]', ("properties", "3")),
        ('["a.b"].c[0]', ("a.b", "c", 0)),
        ("matrix[0][1]", ("matrix", 0, 1)),
    ],
)
def test_a_path_is_names_and_places(path: str, expected: tuple[str | int, ...]) -> None:
    assert steps(path) == expected
