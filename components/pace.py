"""Makes previews fast: four things that the SDK does on every run and this program does not need.

Each is measured on the preview of the largest shipped stack, and `./fabrix bench preview` repeats the measurement as a
whole. Results, failures and the order of resources are the same with and without; tests hold that.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import traceback
from typing import Any

from pulumi.runtime import resource, settings
from pulumi.runtime.proto import engine_pb2

GENERATION_SIZE = 100_000
"""Objects between two collections. Python's default of 700 walks the SDK's classes again and again in a program that
lives seconds."""


def install() -> None:
    """Speed up previews; called once, before the first resource.

    The aliases' transform is in :mod:`components.base`: it is about what is registered, this is about how.
    """
    gc.set_threshold(GENERATION_SIZE, 50, 50)
    _send_no_debug_messages()
    _convert_source_positions_once()
    _wait_for_outputs_once()


class _WithoutDebug:
    """The engine's log service, but for debug messages: the SDK sends four a resource, each a blocking call."""

    def __init__(self, engine: Any) -> None:  # noqa: ANN401 - a generated stub without a class
        self._engine = engine

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._engine, name)

    def Log(self, request: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401, N802 - the stub's method
        """Send what is not a debug message."""
        return None if request.severity == engine_pb2.DEBUG else self._engine.Log(request, *args, **kwargs)


def _send_no_debug_messages() -> None:
    engine = settings.get_engine()
    if engine is not None:
        settings.SETTINGS.engine = _WithoutDebug(engine)


def _convert_source_positions_once() -> None:
    """Remember the URI of each line of code: the SDK converts some twenty a resource, nearly always the same ones."""
    sdk: Any = resource
    convert = getattr(sdk._get_source_position_for_frame, "__wrapped__", sdk._get_source_position_for_frame)  # noqa: SLF001

    @functools.cache
    def position(filename: str, line: int | None) -> Any:  # noqa: ANN401 - a generated message
        return convert(traceback.FrameSummary(filename, line, "", lookup_line=False))

    @functools.wraps(convert)
    def of_frame(frame: traceback.FrameSummary) -> Any:  # noqa: ANN401
        return position(frame.filename, frame.lineno)

    sdk._get_source_position_for_frame = of_frame  # noqa: SLF001 - there is no other way in


def _wait_for_outputs_once() -> None:
    """Wait for all outputs together, as one more remote call that the SDK waits for before it ends.

    The SDK itself waits for the first of all outstanding outputs to finish, and again, and again: with hundreds of
    resources the waiting is what takes the time. When its turn comes now, nothing is outstanding.
    """
    settings._get_rpc_manager().rpcs.append(asyncio.ensure_future(_all_outputs()))  # noqa: SLF001 - there is no other way in


async def _all_outputs() -> None:
    """Return when no output is outstanding, or one has failed: the SDK then finds and reports it."""
    while pending := [task for task in settings.SETTINGS.outputs if not task.done()]:
        done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_EXCEPTION)
        if any(task.cancelled() or task.exception() for task in done):
            return
