"""What every command on a stack begins with: the target, the checked settings and the engine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from engine.locate import Engine, EngineMissing, ensure
from engine.step import throttled
from settings import PlatformSettings
from stacks.pulumi_cli import PulumiCli
from stacks.release_compatibility import release_problems
from stacks.settings_files import read_settings
from support.checkout import ROOT
from support.console import Console
from support.errors import Exit, OperationError
from targets.azure import AzureTarget, refuse_shell_of_local_target
from targets.local import LocalTarget
from targets.name import TargetName
from targets.target import Target


def target_named(name: TargetName) -> Target:
    """Return the target of ``--target``.

    Raises:
        OperationError: exit code 2, Azure was named in a shell of the local target.

    """
    if name is TargetName.LOCAL:
        return LocalTarget()
    refuse_shell_of_local_target()
    return AzureTarget()


def print_headline(console: Console, target: Target) -> None:
    """Print the first line of a command, which says where it acts."""
    console.info(target.headline, style="bold cyan" if target.name is TargetName.LOCAL else "bold yellow")


@dataclass
class Session:
    """One command on one stack: its target, settings, engine and console, each loaded at first use.

    Lock, ledger and journal belong to ``promotion.locked_stack.LockedStack``, which is built on a session.
    """

    stack: str
    target: Target
    console: Console

    def __post_init__(self) -> None:
        """Bind the target to the stack."""
        self.target = self.target.for_stack(self.stack)

    @classmethod
    def open(cls, stack: str, target: TargetName, *, as_json: bool) -> Session:
        """Open a session; the first line of output names the target."""
        session = cls(stack, target_named(target), Console(as_json=as_json))
        print_headline(session.console, session.target)
        return session

    @cached_property
    def settings(self) -> PlatformSettings:
        """The stack's settings.

        Raises:
            OperationError: exit code 2, with every problem of the stack file in one report.

        """
        return settings_for_target(self.stack, self.target.name)

    def require_settings(self) -> None:
        """Read the stack file now, so that its problems are reported first; raises as :attr:`settings`."""
        _ = self.settings

    def reload_settings(self) -> None:
        """Read the stack file again at the next use; a promotion rewrites its release line."""
        self.__dict__.pop("settings", None)

    def reload_stack_file(self) -> None:
        """Read the stack file again at the next use, and give the engine the new one."""
        self.reload_settings()
        self.__dict__.pop("pulumi", None)

    @cached_property
    def engine(self) -> Engine:
        """The Pulumi engine, fetched or built where this machine has none.

        Raises:
            OperationError: exit code 4, with everything that is missing and the commands that fix it.

        """
        return get_engine(self.console)

    @cached_property
    def pulumi(self) -> PulumiCli:
        """The engine's command line for this target and stack; the first use prepares the workspace."""
        engine = self.engine
        self.target.prepare(engine, self.stack)
        return PulumiCli(engine, self.target, self.stack)

    def log(self, command: str) -> Path:
        """Return the path of the event log of ``command``."""
        return ROOT / ".fabrix" / "logs" / f"{self.stack}-{command}.jsonl"


def settings_for_target(stack: str, target: TargetName) -> PlatformSettings:
    """Load ``Pulumi.<stack>.yaml`` and what it names; the target must be able to run it.

    Raises:
        OperationError: exit code 2, with every problem in one report.

    """
    settings = read_settings(stack)
    if problems := release_problems(settings, target):
        lines = [f"Pulumi.{stack}.yaml: aifabrix:platform.release {problem}" for problem in problems]
        raise OperationError("\n".join(lines), Exit.BAD_INPUT, {"problems": lines})
    return settings


def get_engine(console: Console) -> Engine:
    """Find the engine, or fetch or build it with progress messages.

    Raises:
        OperationError: exit code 4.

    """
    try:
        return ensure(throttled(lambda step: console.info(str(step))))
    except EngineMissing as error:
        raise OperationError(str(error), Exit.ENGINE_MISSING) from None
