"""Reads stack files and releases for a command: what is wrong with them ends it with exit code 2."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from settings import PlatformSettings, SettingsError, load, manifest
from settings.release import Release
from settings.release_line import ReleaseLine
from support.checkout import ROOT
from support.errors import Exit, OperationError


@contextmanager
def settings_problems(prefix: str = "") -> Generator[None]:
    """Turn a settings error into the error that ends a command.

    Raises:
        OperationError: exit code 2, with every problem in one report.

    """
    try:
        yield
    except SettingsError as error:
        problems = [asdict(problem) for problem in error.problems]
        raise OperationError(f"{prefix}{error}", Exit.BAD_INPUT, {"problems": problems}) from None


def read_settings(stack: str, release: ReleaseLine | None = None, root: Path | None = None) -> PlatformSettings:
    """Load ``Pulumi.<stack>.yaml`` and what it names.

    Args:
        stack: name of the stack.
        release: taken instead of the stack file's line of that name.
        root: folder of the files: the checkout, or an earlier revision of it, which is read by today's rules.

    Raises:
        OperationError: exit code 2, with every problem in one report.

    """
    with settings_problems("" if root in (None, ROOT) else "at the earlier revision: "):
        return load.stack(root or ROOT, stack, release)


def read_release(identity: str) -> Release:
    """Load the manifest of a release.

    Raises:
        OperationError: exit code 2, with every problem in one report.

    """
    with settings_problems():
        return manifest.load(ROOT, identity)
