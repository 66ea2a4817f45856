"""Fetches the official release archive, where its host can be reached.

The archive is unpacked only if its checksum is the one in the release's own checksums file. Both come from the same
host over TLS: this guards against damage and a half-made mirror, not against someone who controls that host.
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

from engine.missing import Missing
from engine.step import Report, Step
from engine.version import ENGINE

BASE = "https://get.pulumi.com/releases/sdk"
"""Where Pulumi publishes releases; the variable FABRIX_ENGINE_RELEASES names a mirror with the same file names."""

ANSWER_SECONDS = 5.0
"""How long the host may take to answer before the next source is tried."""

_SYSTEMS = {"Linux": "linux", "Darwin": "darwin"}
_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
_DIGESTS = {64: "sha256", 128: "sha512"}  # by the number of hexadecimal digits
_CHUNK = 1 << 20
_EXPECTED_SECONDS = 60.0


class ReleaseError(Exception):
    """No release could be had from its host; ``missing`` says why and what mends it."""

    def __init__(self, missing: Missing) -> None:
        self.missing = missing
        super().__init__(f"{missing.what}: {missing.remedy}")


class ChecksumError(ReleaseError):
    """The archive is not the one that the release's checksums file speaks of; nothing was unpacked."""


def archive_name() -> str:
    """Return the name of the archive for this machine. Raises :class:`ReleaseError` where Pulumi publishes none."""
    system, machine = _SYSTEMS.get(platform.system()), _MACHINES.get(platform.machine().lower())
    if system is None or machine is None:
        raise ReleaseError(
            Missing(
                what=f"no engine is published for {platform.system()} on {platform.machine()}",
                remedy="use Linux or macOS on x86-64 or ARM64, or a container of one of them",
            )
        )
    return f"pulumi-v{ENGINE}-{system}-{machine}.tar.gz"


def fetch(place: Path, report: Report, base: str | None = None) -> None:
    """Download, check and unpack the release into ``place/engine/bin``. Raises :class:`ReleaseError`."""
    source = (base or os.environ.get("FABRIX_ENGINE_RELEASES") or BASE).rstrip("/")
    name = archive_name()
    try:
        sums = _checksums(_open(f"{source}/pulumi-{ENGINE}-checksums.txt", ANSWER_SECONDS).read().decode("utf-8"))
        archive = place / name
        with _open(f"{source}/{name}", ANSWER_SECONDS) as stream, archive.open("wb") as file:
            _copy(stream, file, report)
    except (OSError, ValueError) as error:  # URLError and its kin are OSErrors
        raise ReleaseError(
            Missing(
                what=f"the release could not be downloaded from {source} ({_reason(error)})",
                remedy="give this machine access to that host, or set FABRIX_ENGINE_RELEASES to a mirror of it",
            )
        ) from error
    verify(archive, sums)
    unpack(archive, place / "engine" / "bin")
    archive.unlink()


def verify(archive: Path, sums: Mapping[str, str]) -> None:
    """Compare the archive with its line of the checksums file. Raises :class:`ChecksumError`."""
    wanted = sums.get(archive.name)
    if wanted is None or len(wanted) not in _DIGESTS:
        raise ChecksumError(
            Missing(
                what=f"the release's checksums file has no usable line for {archive.name}",
                remedy="check the mirror that FABRIX_ENGINE_RELEASES names: checksums and archives belong together",
            )
        )
    digest = hashlib.new(_DIGESTS[len(wanted)])
    with archive.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    if digest.hexdigest() != wanted:
        raise ChecksumError(
            Missing(
                what=f"{archive.name} has checksum {digest.hexdigest()}, not {wanted} as its release says: refused",
                remedy="download again; if it stays so, do not use that host and tell your security officer",
            )
        )


def unpack(archive: Path, target: Path) -> None:
    """Write the archive's programs into ``target``: plain files directly under ``pulumi/``, nothing else is believed.

    Raises :class:`ReleaseError` when the archive holds anything that could be written elsewhere.
    """
    target.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as tar:
        for member in tar:
            parts = PurePosixPath(member.name).parts
            if member.isdir():
                continue
            if not member.isfile() or len(parts) != 2 or parts[0] != "pulumi" or parts[1] in {"..", "."}:  # noqa: PLR2004
                raise ReleaseError(
                    Missing(
                        what=f"{archive.name} holds {member.name!r}, which is not a program of the release",
                        remedy="check where the archive comes from",
                    )
                )
            content = tar.extractfile(member)
            if content is not None:
                with content, (target / parts[1]).open("wb") as file:
                    shutil.copyfileobj(content, file)
                (target / parts[1]).chmod(0o755)


def _checksums(text: str) -> dict[str, str]:
    """Read ``<digest>  <file name>`` lines, as sha256sum writes them."""
    pairs = (line.split() for line in text.splitlines())
    return {pair[1].lstrip("*"): pair[0].lower() for pair in pairs if len(pair) == 2}  # noqa: PLR2004


def _open(address: str, seconds: float) -> IO[bytes]:
    if not address.startswith(("https://", "http://", "file://")):
        raise ValueError(f"{address} is no web address")
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
