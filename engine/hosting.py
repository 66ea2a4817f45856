"""Installs our Python language host beside an engine that has none.

A cached engine is shared by all checkouts of a user, so the host's files are copied there and depend on no checkout.
Each version of them has its own folder, named after its content; the launcher, replaced atomically, names the folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
import shutil
import sys
import tempfile
import time
from pathlib import Path

from engine import cache

LAUNCHER = "pulumi-language-python"
HELPER = "pulumi-language-python-exec"
"""Pulumi's own script that runs a Python program; in the release and in the Go SDK module."""

_HOST = Path(__file__).parent / "host"
_MARK = "AI Fabrix Python language host"
_KEEP_SECONDS = 24 * 3600


def is_official(launcher: Path) -> bool:
    """Return whether this is Pulumi's own language host, rather than ours or nothing."""
    try:
        with launcher.open("rb") as file:
            return _MARK.encode() not in file.read(400) and os.access(launcher, os.X_OK)
    except OSError:
        return False


def install(bin_dir: Path, version: str) -> None:
    """Write the host of an engine of this version into ``bin_dir``: only what has changed, safely in parallel."""
    files = sorted(_HOST.glob("*.py"))
    digest = hashlib.sha256(
        b"\0".join(name for file in files for name in (file.name.encode(), file.read_bytes()))
    ).hexdigest()[:16]
    folder = bin_dir / f"fabrix-host-{digest}"
    if not folder.is_dir():
        _copy(files, folder)
        _remove_old(bin_dir, folder)
    template = (_HOST / LAUNCHER).read_text(encoding="utf-8")
    text = (
        template.replace("@HOST@", folder.name)
        .replace("@PYTHON@", shlex.quote(sys.executable))
        .replace("@VERSION@", version)
    )
    write_executable(bin_dir / LAUNCHER, text)


def copy_with_host(folder: Path, helper: Path | None, version: str) -> Path:
    """Return a cache folder with the engine of ``folder`` and our host, as nothing may be written beside that engine.

    A copy, not a link: the engine looks for the host beside its own real file and warns about any other location.
    """
    real = (folder / "pulumi").resolve()
    stat = real.stat()
    key = hashlib.sha256(f"{real}:{stat.st_size}:{stat.st_mtime_ns}".encode()).hexdigest()[:16]
    target = cache.root() / f"path-{key}" / "bin"
    if helper is None:
        raise ValueError(f"no {HELPER} for {folder}")
    for file in (real, helper):
        name = "pulumi" if file is real else HELPER
        if not (target / name).exists():
            target.mkdir(parents=True, exist_ok=True)
            part = target / f".{name}.{os.getpid()}"
            shutil.copy(file, part)
            part.replace(target / name)
    install(target, version)
    return target


def write_executable(path: Path, text: str) -> bool:
    """Write an executable with this text atomically; return whether it had to be changed."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if path.read_text(encoding="utf-8") == text and os.access(path, os.X_OK):
            return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(part).chmod(0o755)
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    return True


def _copy(files: list[Path], folder: Path) -> None:
    part = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        (part / "host").mkdir()
        for file in files:
            shutil.copyfile(file, part / file.name if file.name == "start.py" else part / "host" / file.name)
        part.chmod(0o755)
        part.rename(folder)
    except OSError:
        if not folder.is_dir():  # otherwise another process was faster, with the same content
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _remove_old(bin_dir: Path, current: Path) -> None:
    """Remove copies that are too old to be still in use by a running launcher."""
    for other in bin_dir.glob("fabrix-host-*"):
        if other != current and time.time() - other.stat().st_mtime > _KEEP_SECONDS:
            shutil.rmtree(other, ignore_errors=True)
