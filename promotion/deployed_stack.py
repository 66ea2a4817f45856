"""One stack as it is deployed: its state, which images run where, whether they are healthy, and how it is changed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

from promotion.model import Preview
from settings import PlatformSettings
from settings.release_line import ReleaseLine, rewrite
from stacks import report, slots
from stacks.cloud.model import STAGING, Cloud, Health
from stacks.cloud.open import open_cloud
from stacks.events import Run
from stacks.images import ImageStock
from stacks.progress import Progress
from stacks.session import Session
from stacks.settings_files import read_settings
from stacks.slots import DeployedApp
from stacks.state import require_state
from support.checkout import ROOT
from support.console import Console
from support.errors import Exit, OperationError
from support.files import replace_file


class DeployedStack:
    """One stack on one target."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._apps: list[DeployedApp] | None = None

    @property
    def console(self) -> Console:
        """Where progress is reported."""
        return self.session.console

    @cached_property
    def cloud(self) -> Cloud:
        """Azure, real or local, outside the engine."""
        return open_cloud(self.session.target, self.session.settings)

    def settings(self, line: ReleaseLine | None = None) -> PlatformSettings:
        """Return the stack's settings at another release line.

        Raises:
            OperationError: exit code 2, with every problem.

        """
        return read_settings(self.session.stack, line)

    @property
    def apps(self) -> list[DeployedApp]:
        """The applications with their sites and slots in the state; read again after a run of the engine."""
        if self._apps is None:
            self._apps = slots.deployed_apps(self.session.pulumi.export()["deployment"], self.session.settings)
        return self._apps

    def state(self) -> dict[str, Any]:
        """Return the exported state, its secrets encrypted; looking creates no stack where there is none.

        Raises:
            OperationError: the stack is not deployed there.

        """
        return require_state(self.session, "so nothing runs there")

    # What Azure has

    def health(self, *, staging: bool = False) -> list[Health]:
        """Ask production, or the staging slots, for their health; all at once, since a container starts slowly."""
        sites = [
            (app, app.slot_host, app.slot_id) if staging else (app, app.host, app.site_id)
            for app in self.apps
        ]  # fmt: skip
        slot = STAGING if staging else None
        probes = [(host, app.health_path, site, app.key) for app, host, site in sites if host and site]
        with ThreadPoolExecutor(max(len(probes), 1)) as pool:
            return list(pool.map(lambda probe: self.cloud.health(*probe, slot=slot), probes))

    def apps_to_swap(self, release: str, instead_of: str) -> list[DeployedApp]:
        """Return the applications whose slot has the image of ``release`` while production has not.

        Applications whose image is the same in the release ``instead_of`` need no swap.

        Raises:
            OperationError: neither production nor slot of an application has the image.

        """
        wanted, other = self.settings(release), self.settings(instead_of)
        to_swap = []
        for app in self.apps:
            reference = wanted.app(app.key).image_reference
            if reference == other.app(app.key).image_reference or app.slot_id is None:
                continue
            if slots.same_image(self.cloud.image(app.site_id), reference):
                continue
            if not slots.same_image(in_slot := self.cloud.image(app.site_id, STAGING), reference):
                raise OperationError(
                    f"neither production nor the staging slot of {app.key} has {reference} of release {release}; the "
                    f"slot has {slots.image_reference(in_slot)}. Somebody changed it meanwhile: "
                    f"`./fabrix drift {self.session.stack}` shows who."
                )
            to_swap.append(app)
        return to_swap

    def wrong_images(self, release: str, *, staging: bool = False) -> list[str]:
        """Return a sentence for each application whose production, or slot, does not have the image of ``release``."""
        wanted, wrong = self.settings(release), []
        for app in self.apps:
            if staging and app.slot_id is None:
                continue
            reference = wanted.app(app.key).image_reference
            actual = self.cloud.image(app.site_id, STAGING if staging else None)
            if not slots.same_image(actual, reference):
                wrong.append(f"{app.key} runs {slots.image_reference(actual)}, the release has {reference}")
        return wrong

    # Changing it

    def preview(self, line: ReleaseLine) -> Preview:
        """Preview the stack with the release line, and keep the engine's plan.

        Raises:
            OperationError: exit code 1, the engine cannot plan it; the message has its errors.

        """
        session = self.session
        arguments = session.target.config_arguments(session.stack, line)
        with tempfile.TemporaryDirectory(prefix="fabrix-plan-") as folder:
            file = Path(folder) / "plan.json"
            with Progress(session.console, f"planning {session.stack}") as progress:
                run, code = session.pulumi.run(
                    "preview", "--save-plan", str(file), *arguments, log=session.log("plan"), on_event=progress.update
                )
            details = report.to_json("preview", session.stack, session.target.name.value, run, code)
            report.raise_if_failed("planning", run, code, session.console, details)
            return Preview(run, file.read_text(encoding="utf-8"))

    def import_images(self, line: ReleaseLine) -> None:
        """Import the images of a release line into the stack's registry; nothing else is changed.

        Raises:
            OperationError: some cannot be imported; all of them, each with its reason.

        """
        session = self.session
        ImageStock.of(session.stack, session.target, self.settings(line)).import_before(self.console.info)

    def up(self, line: ReleaseLine | None, plan: Path | None, on_event: Callable[[Run], None]) -> tuple[Run, int]:
        """Run the engine with the release line, or with the stack file as it is; return the run and its exit code."""
        session = self.session
        self._apps = None
        session.target.prepare(session.engine, session.stack)
        arguments = session.target.config_arguments(session.stack, line)
        if plan is not None:
            arguments += ["--plan", str(plan)]
        return session.pulumi.run(
            "up", "--yes", "--skip-preview", *arguments, log=session.log("promote"), on_event=on_event
        )

    def run_slots(self, *, start: bool) -> None:
        """Start the slots that run only during a release, or stop them again.

        Raises:
            OperationError: Azure refuses, or does not answer.

        """
        for app in self.apps:
            if app.slot_stopped:
                self.cloud.run_slot(app.site_id, start=start)
                self.console.info(f"{'started' if start else 'stopped'} the staging slot of {app.key}")

    def swap(self, app: DeployedApp) -> None:
        """Exchange the contents of slot and production.

        Raises:
            OutcomeUnknownError: it is not known how it ended.
            OperationError: Azure refused.

        """
        self.cloud.swap(app.key, app.site_id)

    def record_state(self, line: ReleaseLine) -> None:
        """Write into the state what swaps changed in Azure, and which releases production and slots now have."""
        pulumi = self.session.pulumi
        exported = pulumi.export()
        deployment = exported["deployment"]
        swapped = [
            app
            for app in slots.deployed_apps(deployment, self.session.settings)
            if app.slot_id is not None and not slots.same_image(self.cloud.image(app.site_id), app.image)
        ]
        outputs = self.settings(line).released
        if not swapped and slots.release_output(deployment) == outputs:
            return
        exported["deployment"] = slots.swap_in_state(deployment, swapped, outputs)
        pulumi.query("stack", "import", stdin=json.dumps(exported))

    def record_file(self, line: ReleaseLine) -> None:
        """Write the release line into the stack file; nothing else in it changes, not even how lines end.

        Raises:
            OperationError: exit code 2, the line cannot be changed alone.

        """
        content = self.rewritten_file(line).encode()
        if self._stack_file.read_bytes() != content:
            replace_file(self._stack_file, content)

    def rewritten_file(self, line: ReleaseLine) -> str:
        """Return the text of the stack file with that release line.

        Raises:
            OperationError: exit code 2, the line cannot be changed alone.

        """
        try:
            return rewrite(self._stack_file.read_bytes().decode("utf-8"), line)
        except ValueError as error:
            raise OperationError(f"{self._stack_file.name}: {error}", Exit.BAD_INPUT) from None

    @property
    def _stack_file(self) -> Path:
        return ROOT / f"Pulumi.{self.session.stack}.yaml"
