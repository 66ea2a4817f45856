"""Deploys a stack into an empty local Azure, where every value becomes known; from one revision to another and back.

Or into one that was filled from the state of a stack, to see what a release would do to exactly that deployment.

A preview leaves open what only a deployment knows. Here nothing is left open and nothing is at risk: the judge gets the
state that a deployment ends in, the steps that led there, and the objects that stand in the local Azure afterwards.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operations import existing
from operations.events import Run, Step
from operations.exits import Exit, OperationError
from operations.pulumi import Cli
from operations.seeding import Seed, fill, vault_generation
from operations.target import ROOT
from operations.throwaway import Throwaway
from settings.release_line import Line

if TYPE_CHECKING:
    from emulator.store import Store
    from engine.locate import Engine
    from settings import PlatformSettings

OnEvent = Callable[[Run], None]
Places = frozenset[tuple[str, ...]]
"""Places in the inputs of one object: the steps from the top to each."""
WHOLE: tuple[str, ...] = ()
"""The place that is everything."""
NOTHING: Mapping[str, Places] = {}
_STEP = re.compile(r'\["([^"]*)"\]|\[(\d+)\]|([^.\[\]]+)')
STATE_VERSION = 3
"""Of the form of an exported state (Pulumi SDK, ``apitype.DeploymentSchemaVersionCurrent``)."""


@dataclass(frozen=True)
class Stage:
    """One deployment of a rehearsal."""

    run: Run
    deployment: dict[str, Any]
    """State after it, as ``pulumi stack export`` gives it; secrets are encrypted with a key that is thrown away."""
    objects: dict[str, Any] = field(repr=False)
    """What stands in the local Azure after it: ARM id in lower case → inputs. Holds secrets: compare, never print."""
    assumed: tuple[str, ...] = ()
    """What was put there first because the stack file says that it exists, in words."""

    @property
    def errors(self) -> list[str]:
        """Why it failed; empty if it succeeded."""
        return [f"{_name(urn)}{message}" for urn, message in self.run.errors if not _repeats(urn, message)]


class Rehearsal:
    """One stack in one throwaway local Azure below ``folder``, which the caller deletes."""

    def __init__(self, engine: Engine, stack: str, folder: Path) -> None:
        self.engine = engine
        self.stack = stack
        self.folder = folder
        self._number = 0
        self._generation: int | None = None

    @property
    def project(self) -> Path:
        """Return the generated project, to which positions in the state are relative."""
        return Throwaway(self.folder / "local").project()

    def seed(self, seed: Seed, source: Path = ROOT) -> Stage:
        """Fill the local Azure, which must be empty, with what ``seed`` holds; a deployment continues from there.

        Raises:
            OperationError: exit code 2, the stack file below ``source`` is wrong; 1, the engine refuses the state.

        """
        settings = settings_at(source, self.stack)
        self._generation = vault_generation(seed, settings)
        target = self._target(source, None)
        target.prepare(self.engine, self.stack)
        assumed: tuple[str, ...] = ()
        with target.store() as store:
            fill(store, seed, settings)
            if existing.named(settings):
                assumed = tuple(existing.assume(store, settings))
            objects = _objects(store)
        cli = Cli(self.engine, target, self.stack)
        # The engine encrypts what it imports with the provider that the state names: here the throwaway stack's own.
        deployment = {**seed.deployment, "secrets_providers": target.secrets_provider(self.stack)}
        cli.query("stack", "import", stdin=json.dumps({"version": STATE_VERSION, "deployment": deployment}))
        return Stage(Run(), seed.deployment, objects, assumed)

    def deploy(self, source: Path = ROOT, on_event: OnEvent = lambda _: None, *, release: Line | None = None) -> Stage:
        """Bring the local Azure to what the program and stack file below ``source`` say.

        ``release`` stands in for the stack file's line of that name. A deployment that fails is a result, not an
        exception: see :attr:`Stage.errors`.

        Raises:
            OperationError: exit code 2, the stack file below ``source`` is wrong.

        """
        self._number += 1
        settings = settings_at(source, self.stack, release)
        target = self._target(source, release)
        target.prepare(self.engine, self.stack)
        assumed: tuple[str, ...] = ()
        if existing.named(settings):
            with target.store() as store:
                assumed = tuple(existing.assume(store, settings))
        cli = Cli(self.engine, target, self.stack)
        log = self.folder / f"{self._number}.jsonl"
        run, code = cli.run("up", "--yes", "--skip-preview", log=log, on_event=on_event)
        if code != 0 and not run.errors:
            run.errors.append(("", f"the engine ended with {code}"))
        with target.store() as store:
            objects = _objects(store)
        return Stage(run, cli.export()["deployment"], objects, assumed)

    def preview(self, on_event: OnEvent = lambda _: None, *, release: Line | None = None) -> Run:
        """Say what a deployment of this checkout would change now, and change nothing."""
        target = self._target(ROOT, release)
        target.prepare(self.engine, self.stack)
        run, _ = Cli(self.engine, target, self.stack).run(
            "preview", log=self.folder / "preview.jsonl", on_event=on_event
        )
        return run

    def _target(self, source: Path, release: Line | None) -> Throwaway:
        return Throwaway(self.folder / "local", source, release=release, vault_generation=self._generation)


def _objects(store: Store) -> dict[str, Any]:
    return {record.key: record.inputs for record in store.records()}


def settings_at(source: Path, stack: str, release: Line | None = None) -> PlatformSettings:
    """Return the settings of ``stack`` as the files below ``source`` say, read with today's rules.

    ``release`` stands in for the stack file's line of that name.

    Raises:
        OperationError: exit code 2, with every problem of the file.

    """
    from settings import SettingsError, load

    try:
        return load.stack(source, stack, release)
    except SettingsError as error:
        where = "" if source == ROOT else "at the earlier revision: "
        raise OperationError(f"{where}{error}", Exit.BAD_INPUT) from None


def differences(start: Stage, end: Stage, *, secrets: bool = True, but: Mapping[str, Places] = NOTHING) -> list[str]:
    """Say how the objects of two stages differ: ids and the names of top-level inputs, never their values.

    Without ``secrets`` these are taken to be equal: those of ``start`` are made up and tell nothing. ``but`` names
    places of objects (ARM id in lower case) that are not compared (:func:`explained`).
    """
    ids = {key for each in (start, end) for key in each.objects if WHOLE not in but.get(key, ())}
    said = [f"{key} is missing at the end" for key in sorted(ids - end.objects.keys())]
    said += [f"{key} is there only at the end" for key in sorted(ids - start.objects.keys())]
    for key in sorted(ids & start.objects.keys() & end.objects.keys()):
        old, new = (each.objects[key] if secrets else _without_secrets(each.objects[key]) for each in (start, end))
        old, new = (_without(each, but.get(key, frozenset())) for each in (old, new))
        paths = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
        if paths:
            said.append(f"{key} differs in {', '.join(paths)}")
    return said


def explained(steps: Iterable[Step], start: Stage, end: Stage) -> dict[str, Places]:
    """Return the places that steps tell of, by ARM id in lower case; of what is not updated in place, the whole object.

    An object that was replaced may have one id in ``start`` and another in ``end``.
    """
    found: dict[str, Places] = {}
    ids = [
        {entry["urn"]: entry["id"].lower() for entry in each.deployment.get("resources") or () if entry.get("id")}
        for each in (start, end)
    ]
    for step in steps:
        if step.operation == "update":
            places = frozenset(map(_place, step.detailed or step.diffs)) or frozenset({WHOLE})
        else:
            places = frozenset({WHOLE})
        for key in {each[step.urn] for each in ids if step.urn in each}:
            found[key] = found.get(key, frozenset()) | places
    return found


def told(places: Places) -> str:
    """Name places for people."""
    return "all of it" if WHOLE in places else ", ".join(sorted(".".join(place) for place in places))


def _place(path: str) -> tuple[str, ...]:
    """Return the steps of a property path as the engine writes it, up to its first list: entries move."""
    found = []
    for quoted, index, word in _STEP.findall(path):
        if index:
            break
        found.append(quoted or word)
    return tuple(found)


def _without(inputs: dict[str, Any], places: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    """Return ``inputs`` without what stands at ``places``; an object that nothing is left of counts as none."""
    for first, *rest in places:
        inner = inputs.get(first)
        if rest and isinstance(inner, dict):
            inner = _without(inner, [tuple(rest)])
        if not rest or inner == {}:
            inputs = {key: value for key, value in inputs.items() if key != first}
        else:
            inputs = {**inputs, first: inner}
    return inputs


def _without_secrets(inputs: dict[str, Any]) -> dict[str, Any]:
    from emulator.values import Secret, rebuild

    return rebuild(inputs, lambda leaf: None if isinstance(leaf, Secret) else leaf)


def _name(urn: str) -> str:
    return f"{urn.rsplit('::', 1)[-1]}: " if urn and "pulumi:pulumi:Stack" not in urn else ""


def _repeats(urn: str, message: str) -> bool:
    """Whether an error only says that another one happened."""
    return ("pulumi:pulumi:Stack" in urn or not urn) and message == "update failed"
