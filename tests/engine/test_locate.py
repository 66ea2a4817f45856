"""Where the engine comes from, in which order, and what is said when it comes from nowhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import cache, hosting, locate
from engine.errors import EngineMissing
from engine.step import Step

Tool = Callable[..., Path]


@pytest.fixture(autouse=True)
def _machine(empty_machine: Path) -> None:
    """Every test starts on a machine without engine."""


def path(*folders: Path) -> str:
    return os.pathsep.join(str(folder) for folder in (*folders, "/usr/bin", "/bin"))


def cached(folder: Path, *, source: str = "built") -> None:
    binary = folder / "3.259.0" / "bin" / "pulumi"
    binary.parent.mkdir(parents=True)
    binary.write_text("#!/bin/sh\necho v3.259.0\n", encoding="utf-8")
    binary.chmod(0o755)
    record = f'{{"version": "3.259.0", "source": "{source}", "size": {binary.stat().st_size}}}'
    (folder / "3.259.0" / "engine.json").write_text(record, encoding="utf-8")


def test_nothing_is_found_on_an_empty_machine() -> None:
    assert locate.find() is None


def test_an_engine_on_path_with_its_own_language_host_comes_first(
    tool: Tool, monkeypatch: pytest.MonkeyPatch, empty_machine: Path
) -> None:
    cached(empty_machine)
    folder = tool("pulumi", "v3.261.2").parent
    tool("pulumi-language-python")
    monkeypatch.setenv("PATH", path(folder))
    found = locate.find()
    assert found == locate.Engine(bin_dir=folder, version="3.261.2", source="path", language_host="official")


def test_the_language_host_may_lie_elsewhere_on_path(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tool("pulumi", "v3.259.0").parent
    host = tool("pulumi-language-python", folder="hosts").parent
    monkeypatch.setenv("PATH", path(folder, host))
    found = locate.find()
    assert found is not None
    assert found.language_host == "official"


def test_an_engine_on_path_with_only_the_helper_gets_our_language_host(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tool("pulumi", "v3.259.0").parent
    tool("pulumi-language-python-exec")
    monkeypatch.setenv("PATH", path(folder))
    before = sorted(folder.iterdir())
    found = locate.find()
    assert found is not None
    assert (found.source, found.language_host) == ("path", "python")
    assert sorted(folder.iterdir()) == before, "nothing is written into a folder that is not ours"
    names = {entry.name for entry in found.bin_dir.iterdir()}
    assert names > {"pulumi", "pulumi-language-python", "pulumi-language-python-exec"}


@pytest.mark.parametrize("version", ["v3.200.0", "v4.0.0", "nonsense"])
def test_an_unsuitable_engine_on_path_is_passed_over_for_the_cached_one(
    version: str, tool: Tool, monkeypatch: pytest.MonkeyPatch, empty_machine: Path
) -> None:
    cached(empty_machine)
    folder = tool("pulumi", version).parent
    tool("pulumi-language-python")
    monkeypatch.setenv("PATH", path(folder))
    found = locate.find()
    assert found is not None
    assert found.source == "built"


def test_the_cached_engine_on_path_is_recognised_as_the_cached_one(
    monkeypatch: pytest.MonkeyPatch, empty_machine: Path
) -> None:
    cached(empty_machine)
    monkeypatch.setenv("PATH", path(empty_machine / "3.259.0" / "bin"))
    found = locate.find()
    assert found is not None
    assert (found.source, found.language_host) == ("built", "python")


def test_a_damaged_cached_engine_is_not_used(empty_machine: Path) -> None:
    cached(empty_machine)
    with (empty_machine / "3.259.0" / "bin" / "pulumi").open("a", encoding="utf-8") as file:
        file.write("# cut off or added to\n")
    assert locate.find() is None


def test_a_cached_engine_without_language_host_gets_ours(empty_machine: Path) -> None:
    cached(empty_machine)
    found = locate.find()
    assert found is not None
    assert os.access(found.bin_dir / "pulumi-language-python", os.X_OK)
    assert not hosting.is_official(found.bin_dir / "pulumi-language-python")
    assert found.root / "bin" / "pulumi" == found.pulumi


def test_when_nothing_works_every_reason_is_told_with_its_remedy(
    tool: Tool, monkeypatch: pytest.MonkeyPatch, empty_machine: Path
) -> None:
    monkeypatch.setenv("FABRIX_ENGINE_RELEASES", "http://127.0.0.1:9/releases")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    folder = tool("pulumi", "v3.100.0").parent
    tool("go", "go version go1.20.1 linux/amd64")
    monkeypatch.setenv("PATH", path(folder))
    steps: list[Step] = []
    with pytest.raises(EngineMissing) as caught:
        locate.ensure(steps.append)
    assert caught.value.exit_code == 4
    told = str(caught.value)
    assert "3.100.0" in told, "the engine that was found and not good enough"
    assert "127.0.0.1:9" in told, "the host that could not be reached"
    assert "go 1.20.1 on PATH is older than 1.25.11" in told, "the Go that was found and not good enough"
    assert all(missing.remedy for missing in caught.value.missing), "each reason has a remedy"
    assert len(caught.value.missing) == 3
    left = {entry.name for entry in empty_machine.iterdir()}
    assert left <= {"3.259.0.lock"}, "a failure leaves nothing behind"


def test_a_module_proxy_that_cannot_be_reached_is_told_with_gos_own_words(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FABRIX_ENGINE_RELEASES", "http://127.0.0.1:9/releases")
    go = tool("go", "go version go1.26.8 linux/amd64")
    go.write_text(
        "#!/bin/sh\n[ $1 = version ] && echo go version go1.26.8 && exit 0\n"
        "echo 'dial tcp: lookup proxy: no such host'\nexit 1\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PATH", path(go.parent))
    with pytest.raises(EngineMissing, match=r"(?s)no such host.*GOPROXY"):
        locate.ensure(lambda _: None)


def test_a_full_disk_is_told_before_anything_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FABRIX_ENGINE_RELEASES", "http://127.0.0.1:9/releases")
    monkeypatch.setattr("engine.source.NEEDED_BYTES", 10**18)
    with pytest.raises(EngineMissing, match="XDG_CACHE_HOME"):
        locate.ensure(lambda _: None)
    assert cache.read_record() is None
