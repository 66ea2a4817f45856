"""JSON Schema of a whole stack file, for completion and checks in editors.

``python -m settings.schema`` prints it; ``settings/stack.schema.json`` is that output, committed, and the stack files
point to it in their first line. Descriptions are the docstrings of the models.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from settings.load import CONFIG_KEY
from settings.model import PlatformFile

FILE = "settings/stack.schema.json"


def stack_schema() -> dict[str, Any]:
    """Build the schema."""
    platform = PlatformFile.model_json_schema(by_alias=True)
    definitions = platform.pop("$defs")
    definitions["Platform"] = platform
    for definition in definitions.values():
        _tidy(definition)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Stack file of the AI Fabrix platform",
        "type": "object",
        "required": ["config"],
        "additionalProperties": False,
        "properties": {
            "config": {
                "type": "object",
                "required": [CONFIG_KEY],
                "properties": {CONFIG_KEY: {"$ref": "#/$defs/Platform"}},
                "patternProperties": {"^(?!aifabrix:)[^:]+:.+$": {"description": "Configuration of a provider"}},
                "additionalProperties": False,
            },
            "encryptionsalt": {"type": "string", "description": "Written by Pulumi"},
            "encryptedkey": {"type": "string", "description": "Written by Pulumi"},
            "secretsprovider": {"type": "string", "description": "Written by Pulumi"},
            "environment": {"type": "array", "description": "Environments of Pulumi ESC"},
        },
        "$defs": definitions,
    }


def schema_json() -> str:
    """Write the schema as it is committed."""
    return json.dumps(stack_schema(), indent=2, ensure_ascii=False) + "\n"


def _tidy(node: object) -> None:
    """Remove what is useless in editors: titles derived from attribute names, null, our own keys."""
    if isinstance(node, dict):
        if {"type": "null"} in node.get("anyOf", ()):
            (only,) = (choice for choice in node.pop("anyOf") if choice != {"type": "null"})
            node.update(only | node)
        for key in ("title", "allowed"):
            if isinstance(node.get(key), str):
                del node[key]
        if isinstance(node.get("default", ""), dict | None):
            del node["default"]
        for child in node.values():
            _tidy(child)
    elif isinstance(node, list):
        for child in node:
            _tidy(child)


if __name__ == "__main__":
    sys.stdout.write(schema_json())
