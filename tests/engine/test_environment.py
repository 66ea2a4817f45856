"""The offline environment and the plugins in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine import environment, locate

ENGINE = locate.Engine(bin_dir=Path("/engine/bin"), version="3.259.0", source="built", language_host="python")


def test_the_environment_lets_the_engine_ask_no_network(tmp_path: Path) -> None:
    found = environment.variables(ENGINE, tmp_path, "file:///state", "words")
    assert found["PULUMI_SKIP_UPDATE_CHECK"] == "true"
    assert found["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == "true"
    assert found["PULUMI_BACKEND_URL"] == "file:///state"
    assert found["PULUMI_HOME"] == str(tmp_path)
    assert found["PULUMI_CONFIG_PASSPHRASE"] == "words"
    assert found["FABRIX_PYTHON"] == sys.executable, "programs run on the interpreter that runs us"


def test_the_engine_collects_garbage_less_often_unless_the_user_says_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GOGC", raising=False)
    assert environment.variables(ENGINE, tmp_path, "file:///state", "words")["GOGC"] == "400"
    monkeypatch.setenv("GOGC", "50")
    assert environment.variables(ENGINE, tmp_path, "file:///state", "words")["GOGC"] == "50"


def test_the_engine_and_our_interpreter_come_first_on_path(tmp_path: Path) -> None:
    parts = environment.variables(ENGINE, tmp_path, "file:///state", "words")["PATH"].split(os.pathsep)
    assert parts[0] == "/engine/bin"
    assert parts[1] == str(Path(sys.executable).parent), "Pulumi's own host takes the first python3 that it finds"
    assert parts[2:] == os.environ["PATH"].split(os.pathsep)


def test_logs_of_an_earlier_engine_go_and_none_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "pulumi-20261130T182144-1.log").write_bytes(b"every property")
    for _ in range(2):
        environment.keep_no_logs(tmp_path)
        assert [entry.name for entry in tmp_path.iterdir()] == ["logs"]
        assert (tmp_path / "logs").is_file(), "the engine can make no folder here, so it logs nothing"


def test_a_link_in_the_place_of_the_logs_is_not_followed(tmp_path: Path) -> None:
    elsewhere, home = tmp_path / "elsewhere", tmp_path / "home"
    elsewhere.mkdir()
    (elsewhere / "kept").touch()
    home.mkdir()
    for target in (elsewhere, tmp_path / "nowhere"):
        (home / "logs").unlink(missing_ok=True)
        (home / "logs").symlink_to(target)
        environment.keep_no_logs(home)
        assert (home / "logs").is_file() and not (home / "logs").is_symlink()
    assert (elsewhere / "kept").exists() and not (tmp_path / "nowhere").exists()


def test_a_plugin_lies_where_the_engine_looks_and_passes_arguments_on(tmp_path: Path) -> None:
    environment.install_plugin(tmp_path, "azure-native", "3.29.0", ["/bin/echo", "two words", "it's"])
    file = tmp_path / "plugins" / "resource-azure-native-v3.29.0" / "pulumi-resource-azure-native"
    said = subprocess.run([str(file), "127.0.0.1:1"], capture_output=True, text=True, check=True)
    assert said.stdout == "two words it's 127.0.0.1:1\n"


def test_a_plugin_is_written_again_only_when_it_changes(tmp_path: Path) -> None:
    assert environment.install_plugin(tmp_path, "random", "v4.21.4", ["/bin/true"])
    file = tmp_path / "plugins" / "resource-random-v4.21.4" / "pulumi-resource-random"
    before = file.stat()
    assert not environment.install_plugin(tmp_path, "random", "4.21.4", ["/bin/true"])
    assert file.stat().st_mtime_ns == before.st_mtime_ns
    assert file.stat().st_ino == before.st_ino
    assert environment.install_plugin(tmp_path, "random", "4.21.4", ["/bin/false"])
    file.chmod(0o644)
    assert environment.install_plugin(tmp_path, "random", "4.21.4", ["/bin/false"]), "a lost execute bit is put back"
    assert [entry.name for entry in file.parent.iterdir()] == [file.name], "nothing half-written is left"
