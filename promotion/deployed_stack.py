"""A stack as a deployment sees it: what runs where, what is well, and how it is changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stacks.cloud.model import STAGING
from stacks.cloud.open import open_cloud
from stacks.session import Session
from stacks.settings_files import read_settings
from stacks.state import deployed_state
from support.checkout import ROOT
from support.console import Console
from support.errors import Exit, OperationError
from support.files import replace_file

if TYPE_CHECKING:
    from settings import PlatformSettings
    from settings.release_line import ReleaseLine
    from stacks.cloud.model import Cloud, Health
    from stacks.events import Run
    from stacks.slots import DeployedApp


class DeployedStack:
    """One stack on one target."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @property
    def console(self) -> Console:
        """Who speaks."""
        return self.session.console

    @cached_property
    def cloud(self) -> Cloud:
        """Azure, real or local, outside the engine."""
        return open_cloud(self.session.target, self.session.settings)

    def settings(self, line: ReleaseLine | None = None) -> PlatformSettings:
        """Return the stack's settings with another release line.

        Raises:
            OperationError: exit code 2, with every problem.

        """
        return read_settings(self.session.stack, line)

    @cached_property
    def apps(self) -> list[DeployedApp]:
        """The applications with their sites and slots, as the state knows them; read again after the engine ran."""
        from stacks import slots

        return slots.deployed_apps(self.session.pulumi.export()["deployment"], self.session.settings)

    def state(self) -> dict[str, Any]:
        """Return the exported state, its secrets encrypted; looking creates no stack where there is none.

        Raises:
            OperationError: the stack is not deployed there.

        """
        session = self.session
        state = deployed_state(session)
        if state is None:
            raise OperationError(
                f"{session.stack} is not deployed on the {session.target.name.value} target; "
                f"`./fabrix up {session.stack}` deploys it for the first time"
            )
        return state

    # Asking Azure

    def health(self, *, slots: bool = False) -> list[Health]:
        """Ask production, or the staging slots, whether they are well; all at once, since a container starts slowly."""
        asked = [
            (app.slot_host, app.health_path, app.slot_id, app.key, STAGING) if slots else
            (app.host, app.health_path, app.site_id, app.key, None)
            for app in self.apps
        ]  # fmt: skip
        asked = [one for one in asked if one[0] and one[2]]
        with ThreadPoolExecutor(max(len(asked), 1)) as pool:
            return list(pool.map(lambda one: self.cloud.health(one[0], one[1], one[2], one[3], slot=one[4]), asked))

    def to_swap(self, wanted: str, other: str) -> list[DeployedApp]:
        """Return the applications whose slot has what ``wanted`` names, and whose production has not."""
        from stacks import slots

        want, have = self.settings(wanted), self.settings(other)
        found = []
        for app in self.apps:
            reference = want.app(app.key).image_reference
            if reference == have.app(app.key).image_reference or app.slot_id is None:
                continue
            if slots.same_image(self.cloud.image(app.site_id), reference):
                continue
            if not slots.same_image(held := self.cloud.image(app.site_id, STAGING), reference):
                raise OperationError(
                    f"neither production nor the staging slot of {app.key} has {reference} of release {wanted}; the "
                    f"slot has {slots.image_reference(held)}. Somebody changed it meanwhile: "
                    f"`./fabrix drift {self.session.stack}` says who."
                )
            found.append(app)
        return found

    def not_running(self, release: str, *, slot: bool = False) -> list[str]:
        """Say of which applications production, or the slot, does not have the image of ``release``."""
        from stacks import slots

        want, wrong = self.settings(release), []
        for app in self.apps:
            reference = want.app(app.key).image_reference
            if slot and app.slot_id is None:
                continue
            actual = self.cloud.image(app.site_id, STAGING if slot else None)
            if not slots.same_image(actual, reference):
                wrong.append(f"{app.key} runs {slots.image_reference(actual)}, the release has {reference}")
        return wrong

    # Changing

    def swap(self, app: DeployedApp) -> None:
        """Exchange the contents of slot and production.

        Raises:
            OperationError: Azure refused, or it took too long.

        """
        self.cloud.swap(app.key, app.site_id)

    def up(self, line: ReleaseLine | None, plan: Path | None, on_event: Callable[[Run], None]) -> tuple[Run, int]:
        """Run the engine with the release line given, or with the stack file as it is."""
        session = self.session
        self.__dict__.pop("apps", None)
        session.target.prepare(session.engine, session.stack)
        arguments = session.target.config_arguments(session.stack, line)
        if plan is not None:
            arguments += ["--plan", str(plan)]
        return session.pulumi.run(
            "up", "--yes", "--skip-preview", *arguments, log=session.log("promote"), on_event=on_event
        )

    def record_state(self, line: ReleaseLine) -> None:
        """Tell the state what Azure has, where they differ by a swap, and which releases that is."""
        from stacks import slots

        cli = self.session.pulumi
        exported = cli.export()
        deployment = exported["deployment"]
        apart = [
            app
            for app in slots.deployed_apps(deployment, self.session.settings)
            if app.slot_id is not None and not slots.same_image(self.cloud.image(app.site_id), app.image)
        ]
        outputs = self.settings(line).released
        if not apart and slots.release_output(deployment) == outputs:
            return
        exported["deployment"] = slots.swap_in_state(deployment, apart, outputs)
        cli.query("stack", "import", stdin=json.dumps(exported))

    def record_file(self, line: ReleaseLine) -> None:
        """Write the release line into the stack file; nothing else in it changes, not even how lines end."""
        path = self._stack_file
        written = self.rewritten(line).encode()
        if path.read_bytes() != written:
            replace_file(path, written)

    def rewritten(self, line: ReleaseLine) -> str:
        """Return the text of the stack file with that release line.

        Raises:
            OperationError: exit code 2, the line cannot be changed alone.

        """
        from settings.release_line import rewrite

        try:
            return rewrite(self._stack_file.read_bytes().decode("utf-8"), line)
        except ValueError as error:
            raise OperationError(f"{self._stack_file.name}: {error}", Exit.BAD_INPUT) from None

    @property
    def _stack_file(self) -> Path:
        return ROOT / f"Pulumi.{self.session.stack}.yaml"
