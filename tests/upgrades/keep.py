"""Keep what a version deploys, for the next one to be tested with: ``python -m tests.upgrades.keep REVISION``.

Takes the place of what was kept before: each version is tested with the last one's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from support.checkout import ROOT
from support.git import commit_of, extract, git
from tests.upgrades.kept import FOLDER, files, pack

STACKS = ("dev", "prod")
"""dev is the smallest of the shipped stacks; prod has every type, protection, locks and an application of its own."""
NOBODY = {
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "user.email",
    "GIT_CONFIG_VALUE_0": "operator@example.invalid",
}
"""Who is in the ledger, instead of whoever runs this."""
MINE = (str(ROOT), str(Path.home()), tempfile.gettempdir())
"""What must not be in anything that is kept: paths of this machine."""


def keep(revision: str) -> Path:
    """Deploy the stacks of a revision with its own program, each in a local Azure of its own; return the folder."""
    commit = commit_of(revision)
    target = FOLDER / git("rev-parse", "--short", commit).decode().strip()
    with tempfile.TemporaryDirectory(prefix="fabrix-keep-") as folder:
        checkout = extract(commit, Path(folder) / "checkout")
        if (checkout / "requirements.txt").read_bytes() == (ROOT / "requirements.txt").read_bytes():
            (checkout / ".venv").symlink_to(ROOT / ".venv", target_is_directory=True)
        day = git("show", "--no-patch", "--format=%cs", commit).decode().strip()
        made = Path(folder) / "kept"
        made.mkdir()
        for stack in STACKS:
            _deploy(checkout, stack, day)
            local = checkout / ".fabrix" / "local"
            found = [name for name, text in files(local) if any(path in text for path in MINE)]
            assert not found, f"these name a path of this machine: {found}"
            pack(local, made / f"{stack}.tar.xz")
            shutil.rmtree(checkout / ".fabrix")
            shutil.copy(checkout / f"Pulumi.{stack}.yaml", made)
        for earlier in FOLDER.glob("*/dev.tar.xz"):
            shutil.rmtree(earlier.parent)
        shutil.copytree(made, target)
    return target


def _deploy(checkout: Path, stack: str, day: str) -> None:
    """Run the version's own ``up``; its program reads ``day`` where it asks for the date."""
    environment = {**os.environ, **NOBODY, "FABRIX_TODAY": day, "GIT_CEILING_DIRECTORIES": str(checkout.parent)}
    subprocess.run([str(checkout / "fabrix"), "up", stack, "--yes"], cwd=checkout, env=environment, check=True)


if __name__ == "__main__":
    print(keep(sys.argv[1]).relative_to(ROOT))
