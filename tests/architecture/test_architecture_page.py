"""docs/architecture.md is true: its picture is the import graph, and every file that it names exists."""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "docs" / "architecture.md", ROOT / "CONTRIBUTING.md")
PICTURE = PAGES[0].read_text(encoding="utf-8").split("```mermaid")[1].split("```")[0]

_CONTRACTS = ConfigParser()
_CONTRACTS.read(ROOT / ".importlinter")
ROOMS = _CONTRACTS["importlinter"]["root_packages"].split()
_GRAPH = grimp.build_graph(*ROOMS, cache_dir=None)


def _closure(arrows: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Add every arrow that follows from two others."""
    closed = set(arrows)
    while more := {(a, d) for a, b in closed for c, d in closed if b == c} - closed:
        closed |= more
    return closed


def _code() -> set[tuple[str, str]]:
    return {
        (importer, imported)
        for importer in ROOMS
        for imported in ROOMS
        if importer != imported and _GRAPH.direct_import_exists(importer=importer, imported=imported, as_packages=True)
    }


def test_the_picture_shows_every_import_between_rooms_and_no_other() -> None:
    drawn = set(re.findall(r"(\w+) --> (\w+)", PICTURE))
    code = _code()
    missing = code - _closure(drawn)
    assert not missing, f"docs/architecture.md: draw these arrows, which the code has: {sorted(missing)}"
    invented = drawn - code
    assert not invented, f"docs/architecture.md: no file makes these arrows true: {sorted(invented)}"


def test_no_module_imports_itself_in_a_circle() -> None:
    """Imports inside functions and for type checkers count as well."""
    circles = [
        (importer, imported)
        for importer in sorted(_GRAPH.modules)
        for imported in sorted(_GRAPH.find_modules_directly_imported_by(importer))
        if imported in _GRAPH.modules
        and not _GRAPH.is_module_squashed(imported)
        and not importer.startswith(f"{imported}.")
        and not imported.startswith(f"{importer}.")
        and _GRAPH.chain_exists(importer=imported, imported=importer)
    ]
    assert not circles, f"cut these circles of modules: {circles}"


def test_every_room_has_a_row() -> None:
    text = PAGES[0].read_text(encoding="utf-8")
    missing = [room for room in ROOMS if f"| `{room}/` |" not in text]
    assert not missing, f"docs/architecture.md has no row for: {missing}"


def test_every_file_that_the_pages_name_exists() -> None:
    named = {
        (page.name, name)
        for page in PAGES
        for name in re.findall(r"`([\w/.-]+/[\w.-]*)(?:: ?\w+)?`", page.read_text(encoding="utf-8"))
        if not re.search(r"[A-Z]{2,}\b|^\.ci|^\.venv|^\.fabrix", name)
    }
    missing = sorted(f"{page}: {name}" for page, name in named if not (ROOT / name).exists())
    assert not missing, f"these files are named and not there: {missing}"
