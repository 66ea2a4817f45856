"""Git commands on the checkout: commits, their files, and changes since then."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

from support.checkout import ROOT
from support.errors import Exit, OperationError


def git(*arguments: str, root: Path = ROOT) -> bytes:
    """Run git in the checkout.

    Raises:
        OperationError: exit code 2, with git's own message; 4, git is not installed.

    """
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)
    except FileNotFoundError:
        raise OperationError("git is not installed, and comparing revisions needs it.", Exit.ENGINE_MISSING) from None
    if done.returncode != 0:
        message = done.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
        raise OperationError(f"git {arguments[0]}: {message}", Exit.BAD_INPUT)
    return done.stdout


def commit_of(revision: str) -> str:
    """Return the full hash of the commit that ``revision`` names.

    Raises:
        OperationError: exit code 2, there is no such commit.

    """
    try:
        return git("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    except OperationError as error:
        if error.code is not Exit.BAD_INPUT:
            raise
        raise OperationError(f"there is no revision {revision!r} in this repository.", Exit.BAD_INPUT) from None


def extract(commit: str, folder: Path) -> Path:
    """Write the files of ``commit`` below ``folder``, without touching the repository's work tree."""
    folder.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(git("archive", "--format=tar", commit))) as archive:
        archive.extractall(folder, filter=_inside)  # noqa: S202 - the filter keeps everything inside
    return folder


def _inside(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    """Skip what would be outside or point there, such as a link to another environment."""
    try:
        return tarfile.data_filter(member, folder)
    except tarfile.FilterError:
        return None


def changed_files(commit: str) -> list[str]:
    """Return the files that differ between ``commit`` and the work tree, including new ones that git does not track."""
    tracked = git("diff", "--name-only", "--relative", commit).decode().splitlines()
    untracked = git("ls-files", "--others", "--exclude-standard").decode().splitlines()
    return sorted({*tracked, *untracked})
