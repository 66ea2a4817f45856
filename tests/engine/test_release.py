"""The official release: fetched from a web server, checked before a byte of it is unpacked."""

from __future__ import annotations

import functools
import hashlib
import http.server
import io
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine import locate, release
from engine.errors import EngineMissing, SourceError

ENGINE = b"#!/bin/sh\necho v3.259.0\n"


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Folder of a web server that stands for the host of the releases."""
    folder = tmp_path / "mirror"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names them
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setenv("FABRIX_ENGINE_RELEASES", f"http://127.0.0.1:{server.server_port}")
    yield folder
    server.shutdown()
    server.server_close()


def publish(folder: Path, files: dict[str, bytes], *, digest: Callable[[bytes], str] | None = None) -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    name = release.archive_name()
    (folder / name).write_bytes(archive.getvalue())
    digest = digest or (lambda content: hashlib.sha256(content).hexdigest())
    sums = f"{'0' * 64}  another.tar.gz\n{digest(archive.getvalue())}  {name}\n"
    (folder / "pulumi-3.259.0-checksums.txt").write_text(sums, encoding="utf-8")


@pytest.fixture(autouse=True)
def _no_build(empty_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")


WHOLE = {f"pulumi/{name}": ENGINE for name in ("pulumi", "pulumi-language-python", "pulumi-language-python-exec")}


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_release_with_the_right_checksum_becomes_the_cached_engine(mirror: Path, algorithm: str) -> None:
    publish(mirror, WHOLE, digest=lambda content: hashlib.new(algorithm, content).hexdigest())
    engine = locate.ensure(lambda _: None)
    assert (engine.source, engine.language_host, engine.version) == ("release", "official", "3.259.0")
    assert locate.find() == engine, "the next call finds it without the network"


def test_a_release_with_another_checksum_is_refused_before_it_is_unpacked(mirror: Path, empty_machine: Path) -> None:
    publish(mirror, WHOLE, digest=lambda _: "ab" * 32)
    with pytest.raises(EngineMissing, match=r"not abab.*refused"):
        locate.ensure(lambda _: None)
    assert not list(empty_machine.rglob("pulumi*")), "nothing of a refused archive is kept"


def test_a_release_without_a_line_in_its_checksums_file_is_refused(mirror: Path, tmp_path: Path) -> None:
    publish(mirror, WHOLE)
    (mirror / "pulumi-3.259.0-checksums.txt").write_text("<html>welcome to this network</html>\n", encoding="utf-8")
    with pytest.raises(release.ChecksumError, match="no usable line"):
        release.fetch(tmp_path, lambda _: None)


@pytest.mark.parametrize("name", ["../outside", "pulumi/../../outside", "/outside", "pulumi/bin/deeper", "pulumi/.."])
def test_an_archive_that_would_write_elsewhere_is_refused(mirror: Path, tmp_path: Path, name: str) -> None:
    publish(mirror, {**WHOLE, name: b"x"})
    with pytest.raises(SourceError, match="not a program of the release"):
        release.fetch(tmp_path, lambda _: None)
    assert not list(tmp_path.rglob("outside"))


def test_a_link_in_the_archive_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as tar:
        entry = tarfile.TarInfo("pulumi/pulumi")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/bin/sh"
        tar.addfile(entry)
    with pytest.raises(SourceError, match="not a program of the release"):
        release.unpack(tmp_path / "a.tar.gz", tmp_path / "bin")


def test_a_release_that_is_another_version_is_not_kept(mirror: Path) -> None:
    publish(mirror, {"pulumi/pulumi": b"#!/bin/sh\necho v3.1.0\n"})
    with pytest.raises(EngineMissing, match=r"another version than 3\.259\.0"):
        locate.ensure(lambda _: None)
    assert locate.find() is None


def test_a_host_that_is_not_there_is_told_with_the_way_to_a_mirror(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="FABRIX_ENGINE_RELEASES"):
        release.fetch(tmp_path, lambda _: None, base="http://127.0.0.1:9")
