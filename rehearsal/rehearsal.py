"""Deploys a stack into an empty local Azure, where every value becomes known; from one revision to another and back.

Or into one that was filled from the state of a stack, to see what a release would do to exactly that deployment.

A preview leaves open what only a deployment knows. Here nothing is left open and nothing is at risk: the judge gets the
state that a deployment ends in, the steps that led there, and the objects that stand in the local Azure afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rehearsal.seeding import Seed, fill_store, vault_generation
from rehearsal.throwaway import ThrowawayTarget
from settings.release_line import ReleaseLine
from stacks import existing
from stacks.events import Run
from stacks.pulumi_cli import PulumiCli
from stacks.settings_files import read_settings
from support.checkout import ROOT

if TYPE_CHECKING:
    from emulator.store import Store
    from engine.locate import Engine

OnEvent = Callable[[Run], None]
STATE_VERSION = 3
"""Of the form of an exported state (Pulumi SDK, ``apitype.DeploymentSchemaVersionCurrent``)."""


@dataclass(frozen=True)
class RehearsedDeployment:
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
        return ThrowawayTarget(self.folder / "local").project()

    def seed(self, seed: Seed, source: Path = ROOT) -> RehearsedDeployment:
        """Fill the local Azure, which must be empty, with what ``seed`` holds; a deployment continues from there.

        Raises:
            OperationError: exit code 2, the stack file below ``source`` is wrong; 1, the engine refuses the state.

        """
        settings = read_settings(self.stack, root=source)
        self._generation = vault_generation(seed, settings)
        target = self._target(source, None)
        target.prepare(self.engine, self.stack)
        assumed: tuple[str, ...] = ()
        with target.store() as store:
            fill_store(store, seed, settings)
            if existing.has_existing(settings):
                assumed = tuple(existing.create_existing(store, settings))
            objects = _objects(store)
        cli = PulumiCli(self.engine, target, self.stack)
        # The engine encrypts what it imports with the provider that the state names: here the throwaway stack's own.
        deployment = {**seed.deployment, "secrets_providers": target.secrets_provider(self.stack)}
        cli.query("stack", "import", stdin=json.dumps({"version": STATE_VERSION, "deployment": deployment}))
        return RehearsedDeployment(Run(), seed.deployment, objects, assumed)

    def deploy(
        self, source: Path = ROOT, on_event: OnEvent = lambda _: None, *, release: ReleaseLine | None = None
    ) -> RehearsedDeployment:
        """Bring the local Azure to what the program and stack file below ``source`` say.

        ``release`` stands in for the stack file's line of that name. A deployment that fails is a result, not an
        exception: see :attr:`Stage.errors`.

        Raises:
            OperationError: exit code 2, the stack file below ``source`` is wrong.

        """
        self._number += 1
        settings = read_settings(self.stack, release, source)
        target = self._target(source, release)
        target.prepare(self.engine, self.stack)
        assumed: tuple[str, ...] = ()
        if existing.has_existing(settings):
            with target.store() as store:
                assumed = tuple(existing.create_existing(store, settings))
        cli = PulumiCli(self.engine, target, self.stack)
        log = self.folder / f"{self._number}.jsonl"
        run, code = cli.run("up", "--yes", "--skip-preview", log=log, on_event=on_event)
        if code != 0 and not run.errors:
            run.errors.append(("", f"the engine ended with {code}"))
        with target.store() as store:
            objects = _objects(store)
        return RehearsedDeployment(run, cli.export()["deployment"], objects, assumed)

    def preview(self, on_event: OnEvent = lambda _: None, *, release: ReleaseLine | None = None) -> Run:
        """Say what a deployment of this checkout would change now, and change nothing."""
        target = self._target(ROOT, release)
        target.prepare(self.engine, self.stack)
        run, _ = PulumiCli(self.engine, target, self.stack).run(
            "preview", log=self.folder / "preview.jsonl", on_event=on_event
        )
        return run

    def _target(self, source: Path, release: ReleaseLine | None) -> ThrowawayTarget:
        return ThrowawayTarget(self.folder / "local", source, release=release, vault_generation=self._generation)


def _objects(store: Store) -> dict[str, Any]:
    return {record.key: record.inputs for record in store.records()}


def _name(urn: str) -> str:
    return f"{urn.rsplit('::', 1)[-1]}: " if urn and "pulumi:pulumi:Stack" not in urn else ""


def _repeats(urn: str, message: str) -> bool:
    """Whether an error only says that another one happened."""
    return ("pulumi:pulumi:Stack" in urn or not urn) and message == "update failed"
