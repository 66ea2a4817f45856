"""What ``--json`` prints, as a set of key paths, compared with ``json_keys.yaml``."""

from __future__ import annotations

import json
import os
import re
import textwrap
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.conftest import Result

FILE = Path(__file__).with_name("json_keys.yaml")
RECORD = "FABRIX_RECORD_JSON_KEYS"
"""Environment variable: write the table from what the commands print, instead of comparing."""

HEAD = f"""\
# The contract of `--json`: for each command line its exit code and the keys of its document. Scripts rely on both, so
# a difference is a breaking change. Dots join nested keys, [] are the items of a list, * is a key that names a thing
# (an application, an output, an operation that is counted …), _ a space in a key.
# To record it anew after an intended change:
#   {RECORD}=1 ./fabrix test and the tests that call `hold`, or tests/cli/test_json_contract.py
"""

NAMES = {
    "apps", "byModule", "components", "costs", "counts", "heads", "images", "outputs", "pipelines", "subjects",
    "tags", "tools", "urls", "verdicts", "zoneIds",
}  # fmt: skip
"""Keys of objects whose own keys are names of things."""
OPAQUE = {"outputs.*", "object.inputs", "object.outputs", "plan.properties"}
"""What Azure or the program put there; its shape is not ours."""


def key_paths(document: Any, path: str = "", key: str = "") -> set[str]:
    """Return the path of every leaf; items of a list are merged."""
    if path not in OPAQUE and isinstance(document, dict) and document:
        prefix = f"{path}." if path else ""
        inner = ((prefix + ("*" if key in NAMES else name.replace(" ", "_")), name) for name in document)
        return set().union(*(key_paths(document[name], where, name) for where, name in inner))
    if path not in OPAQUE and isinstance(document, list) and document:
        return set().union(*(key_paths(item, f"{path}[]") for item in document))
    return {path}


def load() -> dict[str, dict[str, Any]]:
    """Name → command line, exit code and keys."""
    table = YAML(typ="safe").load(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    return {name: {**row, "keys": set(row["keys"].split())} for name, row in (table or {}).items()}


def hold(name: str, result: Result) -> Result:
    """Hold the document of a command that some test runs anyway against the table; return the result."""
    assert not (found := differences(name, result)), "scripts rely on these:\n" + "\n".join(found)
    return result


def held_elsewhere() -> set[str]:
    """Return the names of the commands whose documents other tests hold against the table."""
    tests = FILE.parent.parent.rglob("test_*.py")
    return {
        name for path in tests for name in re.findall(r'(?<![.\w])hold\(\s*"([^"]+)"', path.read_text(encoding="utf-8"))
    }


def differences(name: str, result: Result) -> list[str]:
    """Compare a result with the table, or record it there."""
    try:
        keys = key_paths(result.document)
    except json.JSONDecodeError:
        return [f"{name}: no document, exit {result.code}: {result.stderr[-500:]}"]
    row = load().get(name)
    if os.environ.get(RECORD):
        command = row["command"] if row else result.command.removesuffix(" --json")
        _write({**load(), name: {"command": command, "exit": result.code, "keys": keys}})
        return []
    if row is None:
        return [f"{name} is not in {FILE.name}; its first lines say how to record it"]
    found = [f"{name}: {key} is gone" for key in sorted(row["keys"] - keys)]
    found += [f"{name}: {key} is new" for key in sorted(keys - row["keys"])]
    if result.code != row["exit"]:
        found.append(f"{name}: exit {result.code}, not {row['exit']}: {result.stderr[-500:]}")
    return found


def _write(table: dict[str, dict[str, Any]]) -> None:
    lines: list[str] = [HEAD.rstrip()]
    for name, row in table.items():
        keys = textwrap.wrap(" ".join(sorted(row["keys"])), 114, break_long_words=False, break_on_hyphens=False)
        lines += [f"{name}:", f"  command: {row['command']}", f"  exit: {row['exit']}", "  keys: >-"]
        lines += [f"    {line}" for line in keys]
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")
