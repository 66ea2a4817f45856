"""A local Azure for one rehearsal: in a folder of its own, gone afterwards, with the program of any revision."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path
from typing import Any

from engine.locate import Engine
from operations.exits import Exit, OperationError
from operations.target import PROJECT, ROOT, at_release, dump_yaml, read_yaml, write_if_changed
from operations.workspace import LocalTarget
from settings.release_line import Line

PLATFORM = f"{PROJECT}:platform"
"""Key of the platform's settings in a stack file."""


class Throwaway(LocalTarget):
    """The local Azure below ``home``; deploys the program and the stack file of ``source``."""

    def __init__(
        self,
        home: Path,
        source: Path = ROOT,
        *,
        release: Line | None = None,
        vault_generation: int | None = None,
    ) -> None:
        """Take another release line, or number of the vault, than the stack file of ``source`` says."""
        super().__init__(home)
        self.source = source
        self.release = release
        self.generation = vault_generation

    def environment(self, engine: Engine) -> dict[str, str]:
        """Write the state once, at the end: nobody continues an interrupted rehearsal."""
        return {**super().environment(engine), "PULUMI_SKIP_CHECKPOINTS": "true"}

    def copy_stack_file(self, stack: str) -> None:
        """Copy the stack file of ``source``; the salt of the rehearsal's first deployment stays."""
        path = self.project() / f"Pulumi.{stack}.yaml"
        earlier = read_yaml(path) if path.exists() else {}
        document: dict[str, Any] = {"config": read_yaml(self.source / path.name).get("config") or {}}
        if self.generation is not None:
            platform = document["config"][PLATFORM]
            security = {**(platform.get("security") or {}), "vaultGeneration": self.generation}
            document["config"][PLATFORM] = {**platform, "security": security}
        if "encryptionsalt" in earlier:
            document["encryptionsalt"] = earlier["encryptionsalt"]
        text = dump_yaml(document) if self.release is None else at_release(document, self.release)
        write_if_changed(path, text)

    def secrets_provider(self, stack: str) -> dict[str, Any]:
        """Return how the state's secrets are encrypted here, as a state says it; after :meth:`prepare`."""
        salt = read_yaml(self.project() / f"Pulumi.{stack}.yaml")["encryptionsalt"]
        return {"type": "passphrase", "state": {"salt": salt}}

    def prepare(self, engine: Engine, stack: str) -> None:
        """Prepare as any local run does, then point the project at ``source``; the environment stays the checkout's."""
        super().prepare(engine, stack)
        path = self.project() / "Pulumi.yaml"
        write_if_changed(path, dump_yaml({**read_yaml(path), "main": str(self.source)}))


def git(*arguments: str, root: Path = ROOT) -> bytes:
    """Run git in the checkout.

    Raises:
        OperationError: exit code 2, with git's own words; or there is no git.

    """
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)
    except FileNotFoundError:
        raise OperationError("git is not installed, and comparing revisions needs it.", Exit.ENGINE_MISSING) from None
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
        raise OperationError(f"git {arguments[0]}: {said}", Exit.BAD_INPUT)
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
    """Write the files of ``commit`` below ``folder``; the repository's own work tree is left alone."""
    folder.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(git("archive", "--format=tar", commit))) as archive:
        archive.extractall(folder, filter=_inside)  # noqa: S202 - the filter keeps everything inside
    return folder


def _inside(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    """Leave out what would lie or point outside, such as a link to an environment elsewhere."""
    try:
        return tarfile.data_filter(member, folder)
    except tarfile.FilterError:
        return None


def changed_files(commit: str) -> list[str]:
    """List the files that differ between ``commit`` and the work tree, those that git does not know yet included."""
    tracked = git("diff", "--name-only", "--relative", commit).decode().splitlines()
    fresh = git("ls-files", "--others", "--exclude-standard").decode().splitlines()
    return sorted({*tracked, *fresh})
