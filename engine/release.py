"""Fetches the official release archive, where its host can be reached.

The archive is unpacked only if its checksum is the one in the release's own checksums file. Both come from the same
host over TLS: this protects against damage and an incomplete mirror, not against someone who controls that host.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from engine.errors import SourceError
from engine.step import Report, Step
from engine.version import ENGINE

BASE = "https://get.pulumi.com/releases/sdk"
"""Where Pulumi publishes releases; the variable FABRIX_ENGINE_RELEASES names a mirror with the same file names."""

ANSWER_SECONDS = 5.0
"""Timeout of the host before the next source is tried."""

_SYSTEMS = {"Linux": "linux", "Darwin": "darwin"}
_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
_DIGESTS = {64: "sha256", 128: "sha512"}  # by number of hexadecimal digits
_CHUNK = 1 << 20
_EXPECTED_SECONDS = 60.0


class ChecksumError(SourceError):
    """The archive is not the one in the release's checksums file; nothing was unpacked."""


def archive_name() -> str:
    """Return the name of this machine's archive. Raises :class:`SourceError` where Pulumi publishes none."""
    system, machine = _SYSTEMS.get(platform.system()), _MACHINES.get(platform.machine().lower())
    if system is None or machine is None:
        raise SourceError(
            f"no engine is published for {platform.system()} on {platform.machine()}",
            remedy="use Linux or macOS on x86-64 or ARM64, or a container of one of them",
        )
    return f"pulumi-v{ENGINE}-{system}-{machine}.tar.gz"


def fetch(folder: Path, report: Report, base: str | None = None) -> None:
    """Download, verify and unpack the release into ``folder/engine/bin``. Raises :class:`SourceError`."""
    source = (base or os.environ.get("FABRIX_ENGINE_RELEASES") or BASE).rstrip("/")
    name = archive_name()
    try:
        sums = _checksums(_open(f"{source}/pulumi-{ENGINE}-checksums.txt", ANSWER_SECONDS).read().decode("utf-8"))
        archive = folder / name
        with _open(f"{source}/{name}", ANSWER_SECONDS) as stream, archive.open("wb") as file:
            _copy(stream, file, report)
    except (OSError, ValueError) as error:  # URLError is an OSError
        raise SourceError(
            f"the release could not be downloaded from {source} ({_reason(error)})",
            remedy="give this machine access to that host, or set FABRIX_ENGINE_RELEASES to a mirror of it",
        ) from error
    verify(archive, sums)
    unpack(archive, folder / "engine" / "bin")
    archive.unlink()


def verify(archive: Path, sums: Mapping[str, str]) -> None:
    """Compare the archive with its line in the checksums file. Raises :class:`ChecksumError`."""
    expected = sums.get(archive.name)
    if expected is None or len(expected) not in _DIGESTS:
        raise ChecksumError(
            f"the release's checksums file has no usable line for {archive.name}",
            remedy="check the mirror that FABRIX_ENGINE_RELEASES names: checksums and archives belong together",
        )
    digest = hashlib.new(_DIGESTS[len(expected)])
    with archive.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    if digest.hexdigest() != expected:
        raise ChecksumError(
            f"{archive.name} has checksum {digest.hexdigest()}, not {expected} as its release says: refused",
            remedy="download again; if that does not help, do not use that host and tell your security officer",
        )


def unpack(archive: Path, target: Path) -> None:
    """Write the archive's programs into ``target``: plain files directly under ``pulumi/``, nothing else is accepted.

    Raises :class:`SourceError` if the archive contains anything that could be written elsewhere.
    """
    target.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as tar:
        for member in tar:
            parts = PurePosixPath(member.name).parts
            if member.isdir():
                continue
            if not member.isfile() or len(parts) != 2 or parts[0] != "pulumi" or parts[1] in {"..", "."}:  # noqa: PLR2004
                raise SourceError(
                    f"{archive.name} contains {member.name!r}, which is not a program of the release",
                    remedy="check the origin of the archive",
                )
            content = tar.extractfile(member)
            if content is not None:
                with content, (target / parts[1]).open("wb") as file:
                    shutil.copyfileobj(content, file)
                (target / parts[1]).chmod(0o755)


def _checksums(text: str) -> dict[str, str]:
    """Return the digests by file name, from lines as sha256sum writes them: ``<digest>  <file name>``."""
    pairs = (line.split() for line in text.splitlines())
    return {pair[1].lstrip("*"): pair[0].lower() for pair in pairs if len(pair) == 2}  # noqa: PLR2004


def _open(address: str, seconds: float) -> IO[bytes]:
    if not address.startswith(("https://", "http://", "file://")):
        raise ValueError(f"{address} is not a web address")
    return urllib.request.urlopen(address, timeout=seconds)  # noqa: S310 - the scheme is checked above


def _copy(stream: IO[bytes], file: IO[bytes], report: Report) -> None:
    headers = getattr(stream, "headers", {})
    total = int(headers.get("Content-Length") or 0)
    began = time.monotonic()
    done = 0
    while chunk := stream.read(_CHUNK):
        file.write(chunk)
        done += len(chunk)
        report(
            Step(
                title="downloading the engine",
                detail=f"{done / 1e6:.0f} MB",
                fraction=done / total if total else None,
                elapsed=time.monotonic() - began,
                expected=_EXPECTED_SECONDS,
            )
        )
    if total and done != total:
        raise ValueError(f"{done} of {total} bytes arrived")


def _reason(error: Exception) -> str:
    return str(error.reason) if isinstance(error, urllib.error.URLError) else str(error)
