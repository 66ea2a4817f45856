"""Runs a policy pack as ``python -m pulumi.policy`` does, and says which policy raised, and where.

The engine shows of an exception in a policy its text and nothing else. Its text is left out here: a policy reads
secrets in clear text, so it may hold one.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import os
import runpy
import sys
import traceback
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path
from types import ModuleType
from typing import Protocol

SDK = "pulumi_policy"
METHODS = (("ResourceValidationPolicy", ("validate", "remediate")), ("StackValidationPolicy", ("validate",)))


class Policy(Protocol):
    """What every policy of the SDK has."""

    name: str


class PolicyRaisedError(Exception):
    """A policy raised an exception of its own."""


@contextlib.contextmanager
def located(policy: str, folder: str) -> Generator[None]:
    """Name policy, pack and line of what the block raises; what the SDK raises is how policies answer, and passes."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.startswith(SDK):
            raise
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename.startswith(folder + os.sep)]
        where = (own or list(frames))[-1]
        kind, line = type(error).__name__, f"{where.filename}, line {where.lineno}"
        raise PolicyRaisedError(f"policy {policy} of the pack {folder} raised {kind} in {line}") from error


def locate_errors(sdk: ModuleType, folder: str) -> None:
    """Let the policies of a pack say where they raised."""
    for kind, methods in METHODS:
        for method in methods:
            original = getattr(getattr(sdk, kind), method)
            setattr(getattr(sdk, kind), method, _locating(original, folder))


def _locating(original: Callable[..., object], folder: str) -> Callable[..., object]:
    @functools.wraps(original)
    def call(policy: Policy, *arguments: object) -> object:
        with located(policy.name, folder):
            result = original(policy, *arguments)
        return _awaited(result, policy.name, folder) if inspect.isawaitable(result) else result

    return call


async def _awaited(result: Awaitable[object], policy: str, folder: str) -> object:
    with located(policy, folder):
        return await result


def main() -> None:
    """Run the pack in the working directory."""
    folder = str(Path.cwd())
    sys.path[0] = folder  # as with `python -m`: the files beside this one are none of the pack's
    with contextlib.suppress(ImportError):  # a pack without the SDK says so itself
        locate_errors(importlib.import_module(SDK), folder)
    runpy.run_module("pulumi.policy", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
