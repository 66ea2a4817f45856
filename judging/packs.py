"""Policy packs of the command line: looked into before the engine starts, which only says that a pack failed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from judging.judgement import PolicyFiles
from settings import document
from stacks.session import Session
from support.checkout import ROOT
from support.errors import Exit, OperationError

FILES = ("PulumiPolicy.yaml", "PulumiPolicy.yml")
PYTHON = "python"
PLUGINS: Mapping[str, tuple[str, ...]] = {
    "nodejs": ("pulumi-language-nodejs", "node"),
    "opa": ("pulumi-analyzer-policy-opa",),
}
"""Runtime of a pack → what the engine needs besides itself (Pulumi's documents, "Policy authoring")."""


def pack_arguments(packs: Sequence[Path], session: Session) -> list[str]:
    """Return the engine's arguments for the policy packs of the command line.

    Raises:
        OperationError: exit code 2, a folder is no pack, or this project's own pack is among them and its waivers or
            levels cannot be used; 4, a pack in another language than Python needs a tool that is missing.

    """
    runtimes = {pack: runtime_of(pack) for pack in packs}
    if any(pack.resolve() == ROOT / "policies" for pack in packs):
        PolicyFiles.read(session.target.name)
    if others := {pack: runtime for pack, runtime in runtimes.items() if runtime != PYTHON}:
        environment = session.target.environment(session.engine)
        for pack, runtime in others.items():
            require_plugins(pack, runtime, environment)
    return [argument for pack in packs for argument in ("--policy-pack", str(pack.resolve()))]


def runtime_of(pack: Path) -> str:
    """Return the language that a pack is written in.

    Raises:
        OperationError: exit code 2, it is no pack.

    """
    file = next((name for name in FILES if (pack / name).is_file()), None)
    found = document.read_yaml(pack, file).data if file else None
    runtime = found.get("runtime") if isinstance(found, dict) else None
    name = str((runtime.get("name") if isinstance(runtime, dict) else runtime) or "")
    if not file or not name:
        what = f"its {file} names no runtime" if file else f"there is no {FILES[0]} in it"
        raise OperationError(
            f"--policy-pack {pack}: no policy pack, {what}. A pack is a folder with {FILES[0]} (`runtime: python`) and "
            "its program (`__main__.py`).",
            Exit.BAD_INPUT,
            {"found": str(pack)},
        )
    return name


def require_plugins(pack: Path, runtime: str, environment: Mapping[str, str]) -> None:
    """Refuse a pack whose language the engine cannot run.

    Raises:
        OperationError: exit code 4, with what is missing.

    """
    plugins = Path(environment.get("PULUMI_HOME") or Path.home() / ".pulumi") / "plugins"
    wanted = PLUGINS.get(runtime, (f"pulumi-language-{runtime}",))
    path = environment.get("PATH", os.defpath)
    missing = [
        tool
        for tool in wanted
        if not shutil.which(tool, path=path) and not any(plugins.glob(f"{tool.removeprefix('pulumi-')}-*"))
    ]
    if missing:
        raise OperationError(
            f"--policy-pack {pack}: packs in Python run here as they are; one with the runtime {runtime} needs "
            f"{' and '.join(missing)} on the PATH.",
            Exit.ENGINE_MISSING,
            {"found": runtime, "missing": missing},
        )
