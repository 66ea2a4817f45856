"""What is kept of a deployment that an earlier version made on the local Azure: packing it, and putting it back.

An archive holds text files only, so that a diff of two of them means something::

    tar -xJOf tests/upgrades/VERSION/dev.tar.xz azure.sql | less
"""

from __future__ import annotations

import io
import json
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
DATABASE, DUMP = "azure.db", "azure.sql"
_LEFT_OUT = (
    "home/",
    "project/Pulumi.yaml",
    "records/.lock",
    "state/.pulumi/backups/",
    "state/.pulumi/history/",
    "state/.pulumi/locks/",
)
"""What a run makes anew, and what the engine keeps for people."""
_POSITIONS = frozenset({"sourcePosition", "stackTrace"})
"""Keys of a resource in a state that say which line of which machine declared it; nothing reads them."""


def pack(local: Path, archive: Path) -> None:
    """Write what later versions need of the folder ``.fabrix/local`` into ``archive``; equal input, equal bytes."""
    with tarfile.open(archive, "w:xz", preset=9) as packed:
        for name, text in sorted(files(local)):
            content = text.encode()
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o600
            packed.addfile(entry, io.BytesIO(content))


def unpack(archive: Path, local: Path) -> None:
    """Put the content of ``archive`` into the folder ``.fabrix/local`` of a checkout without a deployment."""
    local.mkdir(parents=True)
    with tarfile.open(archive) as packed:
        packed.extractall(local, filter="data")
    with closing(sqlite3.connect(local / DATABASE)) as database:
        database.executescript((local / DUMP).read_text(encoding="utf-8"))
    (local / DUMP).unlink()


def deployment(archive: Path) -> dict[str, Any]:
    """Return the deployment in the kept state."""
    with tarfile.open(archive) as packed:
        (name,) = (one for one in packed.getnames() if one.startswith("state/.pulumi/stacks/"))
        content = packed.extractfile(name)
        assert content is not None, name
        return json.load(content)["checkpoint"]["latest"]


def files(local: Path) -> Iterator[tuple[str, str]]:
    """Yield name and text of each file to keep."""
    yield DUMP, _dump(local / DATABASE)
    for path in local.rglob("*"):
        name = path.relative_to(local).as_posix()
        if name.startswith((*_LEFT_OUT, DATABASE)) or path.suffix == ".bak" or path.is_symlink() or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8")
        yield name, _without_positions(text) if name.startswith("state/.pulumi/stacks/") else text


def _dump(database: Path) -> str:
    """Return the local Azure as SQL, with the version that ``iterdump`` leaves out."""
    with closing(sqlite3.connect(database)) as opened:
        (version,) = opened.execute("PRAGMA user_version").fetchone()
        return "\n".join([*opened.iterdump(), f"PRAGMA user_version = {version};", ""])


def _without_positions(text: str) -> str:
    state = json.loads(text)
    for entry in state["checkpoint"]["latest"]["resources"]:
        for key in _POSITIONS & entry.keys():
            del entry[key]
    return json.dumps(state, indent=1) + "\n"
