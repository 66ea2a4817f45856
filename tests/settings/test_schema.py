"""The JSON Schema that editors use: current, described, and of one mind with the models."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from settings.load import CONFIG_KEY
from settings.schema import FILE, schema_json, stack_schema

ROOT = Path(__file__).parents[2]
SCHEMA: dict[str, Any] = stack_schema()


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    return SCHEMA["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node


def check(node: dict[str, Any], value: Any, path: str = "$") -> list[str]:
    """What a schema-aware editor underlines: the part of JSON Schema that ours uses."""
    node = resolve(node)
    if "oneOf" in node:
        return _one_of(node, value, path)
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "number": (int, float)}
    if "type" in node and not isinstance(value, kinds[node["type"]]):
        return [f"{path}: {value!r} is no {node['type']}"]
    faults = [f"{path}: {value!r}"] if "enum" in node and value not in node["enum"] else []
    faults += [f"{path}: {value!r}"] if "const" in node and value != node["const"] else []
    if "pattern" in node and not re.search(node["pattern"], value):
        faults.append(f"{path}: {value!r} does not match {node['pattern']}")
    if isinstance(value, list):
        for index, item in enumerate(value):
            faults += check(node["items"], item, f"{path}[{index}]")
    if isinstance(value, dict):
        known = node.get("properties", {})
        faults += [f"{path}: {key} is missing" for key in node.get("required", ()) if key not in value]
        for key, child in value.items():
            rest = node.get("additionalProperties", True)
            patterns = node.get("patternProperties", {})
            matched = next((schema for pattern, schema in patterns.items() if re.search(pattern, key)), rest)
            schema = known.get(key, matched)
            if schema is False:
                faults.append(f"{path}: unknown key {key}")
            elif isinstance(schema, dict):
                faults += check(schema, child, f"{path}.{key}")
    return faults


def _one_of(node: dict[str, Any], value: Any, path: str) -> list[str]:
    """Members that ``mode`` tells apart, or those that their form does: text or a mapping."""
    if "discriminator" in node:
        return check({"$ref": node["discriminator"]["mapping"][value["mode"]]}, value, path)
    return min((check(member, value, path) for member in node["oneOf"]), key=len)


def stack(name: str) -> dict[str, Any]:
    return YAML(typ="safe").load(ROOT / f"Pulumi.{name}.yaml")


def test_the_committed_schema_is_current() -> None:
    assert (ROOT / FILE).read_text(encoding="utf-8") == schema_json(), (
        "run: python -m settings.schema > settings/stack.schema.json"
    )


def test_the_module_prints_the_schema() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "settings.schema"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout == schema_json()


@pytest.mark.parametrize("name", ["dev", "test", "prod"])
def test_the_shipped_stacks_satisfy_it(name: str) -> None:
    assert check(SCHEMA, stack(name)) == []


def test_what_the_loader_refuses_by_shape_the_editor_underlines() -> None:
    def broken(path: str, value: object) -> list[str]:
        data = stack("prod")
        *parents, last = path.split(".")
        node = data["config"][CONFIG_KEY]
        for part in parents:
            node = node[int(part)] if part.isdigit() else node[part]
        node[last] = value
        return check(SCHEMA, data)

    for path, value in (
        ("sizee", "l"),
        ("size", "huge"),
        ("network.adressSpace", []),
        ("installation.tenantId", "X"),
        ("security.protect", "yes"),
        ("data.postgres.storageGib", 300),
        ("applications.custom.0.healthPath", "health"),
        ("release", "latest"),
        ("release", {"running": "2026.11.0"}),
        ("promotion.soakHours", "a day"),
        ("promotion.window.days", ["monday"]),
    ):
        assert broken(path, value), f"{path}: {value!r} is not underlined"


def test_every_key_is_described() -> None:
    bare = [
        f"{name}.{key}"
        for name, definition in SCHEMA["$defs"].items()
        for key, node in definition.get("properties", {}).items()
        if "description" not in node
    ]
    assert bare == [], "completion without a description helps nobody"


def test_the_schema_holds_nothing_of_our_own_making() -> None:
    assert '"allowed"' not in json.dumps(SCHEMA)
    assert "null" not in json.dumps(SCHEMA), "a key that is not wanted is left out, not set to null"
