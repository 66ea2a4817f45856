"""Deploys a stack into a throwaway local Azure: an empty one, or one filled from the state of a deployment.

A preview does not know the values that only a deployment produces. A rehearsal knows all of them and puts nothing at
risk: it ends with the state, the steps that led to it, and the objects in the local Azure.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulator.store import Store
from engine.locate import Engine
from rehearsal.seeding import Seed, fill_store, vault_generation
from rehearsal.throwaway import ThrowawayTarget
from settings import PlatformSettings
from settings.region_rules import blocked
from settings.release_line import ReleaseLine
from stacks import existing
from stacks.events import Run
from stacks.pulumi_cli import PulumiCli
from stacks.settings_files import read_settings
from support.checkout import ROOT

OnEvent = Callable[[Run], None]
STATE_VERSION = 3
"""Version of the format of an exported state (Pulumi SDK, ``apitype.DeploymentSchemaVersionCurrent``)."""


@dataclass(frozen=True)
class RehearsedDeployment:
    """One deployment of a rehearsal."""

    run: Run
    deployment: dict[str, Any]
    """State after it, as ``pulumi stack export`` writes it; secrets are encrypted with a key that is thrown away."""
    objects: dict[str, Any] = field(repr=False)
    """Objects in the local Azure after it: ARM id in lower case → inputs. Holds secrets: compare, never print."""
    assumed: tuple[str, ...] = ()
    """Descriptions of the objects that were created first, because the stack file says that they exist."""

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
        """Folder of the generated project, to which positions in the state are relative."""
        return ThrowawayTarget(self.folder / "local").project()

    def seed(self, seed: Seed, source: Path = ROOT) -> RehearsedDeployment:
        """Fill the local Azure, which must be empty, with the objects of ``seed``; deployments continue from there.

        Raises:
            OperationError: exit code 2, the stack file below ``source`` is wrong; 1, the engine refuses the state.

        """
        settings = read_settings(self.stack, root=source)
        self._generation = vault_generation(seed, settings)
        target = self._target(source, None)
        target.prepare(self.engine, self.stack)
        with target.store() as store:
            fill_store(store, seed, settings)
            assumed = _create_existing(store, settings)
            objects = _objects(store)
        cli = PulumiCli(self.engine, target, self.stack)
        # The engine encrypts what it imports with the provider that the state names: here the throwaway stack's own.
        deployment = {**seed.deployment, "secrets_providers": target.secrets_provider(self.stack)}
        cli.query("stack", "import", stdin=json.dumps({"version": STATE_VERSION, "deployment": deployment}))
        return RehearsedDeployment(Run(), seed.deployment, objects, assumed)

    def deploy(
        self, source: Path = ROOT, on_event: OnEvent = lambda _: None, *, release: ReleaseLine | None = None
    ) -> RehearsedDeployment:
        """Deploy the program and stack file below ``source``; ``release`` replaces the stack file's release line.

        A deployment that fails is a result, not an exception: see :attr:`RehearsedDeployment.errors`.

        Raises:
            OperationError: exit code 2, the stack file below ``source`` is wrong.

        """
        self._number += 1
        settings = read_settings(self.stack, release, source)
        target = self._target(source, release)
        target.prepare(self.engine, self.stack)
        with target.store() as store:
            assumed = _create_existing(store, settings)
        cli = PulumiCli(self.engine, target, self.stack)
        log = self.folder / f"{self._number}.jsonl"
        run, code = cli.run("up", "--yes", "--skip-preview", log=log, on_event=on_event)
        if code != 0 and not run.errors:
            run.errors.append(("", f"the engine ended with {code}"))
        with target.store() as store:
            objects = _objects(store)
        return RehearsedDeployment(run, cli.export()["deployment"], objects, assumed)

    def preview(self, on_event: OnEvent = lambda _: None, *, release: ReleaseLine | None = None) -> Run:
        """Preview what a deployment of this checkout would change now."""
        target = self._target(ROOT, release)
        target.prepare(self.engine, self.stack)
        run, _ = PulumiCli(self.engine, target, self.stack).run(
            "preview", log=self.folder / "preview.jsonl", on_event=on_event
        )
        return run

    def _target(self, source: Path, release: ReleaseLine | None) -> ThrowawayTarget:
        return ThrowawayTarget(self.folder / "local", source, release=release, vault_generation=self._generation)


def _create_existing(store: Store, settings: PlatformSettings) -> tuple[str, ...]:
    assumed = existing.create_existing(store, settings) if existing.has_existing(settings) else []
    if blocked(settings.sizing, settings.installation):
        # Whether the stack has a server already is not known here, and nothing that is rehearsed depends on it.
        assumed.append(existing.allow_standby(store, settings))
    return tuple(assumed)


def _objects(store: Store) -> dict[str, Any]:
    return {record.key: record.inputs for record in store.objects()}


def _name(urn: str) -> str:
    return f"{urn.rsplit('::', 1)[-1]}: " if urn and "pulumi:pulumi:Stack" not in urn else ""


def _repeats(urn: str, message: str) -> bool:
    """Whether an error only reports that another one happened."""
    return ("pulumi:pulumi:Stack" in urn or not urn) and message == "update failed"
