"""Stores of one file that are open in one process at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from emulator.store import Store
from emulator.stored_object import StoredObject

LOOKER = """
import sys
from pathlib import Path
from emulator.store import Store
store = Store(Path(sys.argv[1]))
print([one.id for one in store.objects()])
store.close()
"""


def seen(path: Path) -> str:
    """What another process sees, which then closes the store as if it were the last."""
    root = str(Path(__file__).parents[3])
    return subprocess.run(
        [sys.executable, "-c", LOOKER, str(path)], cwd=root, capture_output=True, text=True, check=True
    ).stdout.strip()


def record(arm_id: str) -> StoredObject:
    """An object."""
    return StoredObject(id=arm_id, token="t", arm_type="T", inputs={}, outputs={})


def test_opening_a_second_store_loses_nothing_that_the_first_one_writes(tmp_path: Path) -> None:
    path = tmp_path / "azure.db"
    first = Store(path)
    first.put(record("/a"))
    second = Store(path)
    assert seen(path) == "['/a']"
    first.put(record("/b"))
    assert seen(path) == "['/a', '/b']", "the log was thrown away while a store was still open"
    second.put(record("/c"))
    assert seen(path) == "['/a', '/b', '/c']"
    first.close()
    second.close()
