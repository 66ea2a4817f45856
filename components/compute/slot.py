"""The staging slot of an application: where a release proves itself before it is swapped into production."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import web

from components.base import FabrixComponent
from components.compute.appsettings import Setting
from components.compute.webapp import SiteArgs, WebApp, site_inputs
from components.shared.diagnostics import diagnostics
from components.shared.endpoints import private_endpoint
from components.shared.ids import arm_id

STAGING = "staging"
"""Name of the slot; part of its host name and of its endpoint's group id."""

WORKERS = 1
"""Instances of a slot. Scale settings are not swapped: production keeps its own number."""


@dataclass(frozen=True, kw_only=True)
class StagingSlotArgs:
    """Inputs of :class:`StagingSlot`."""

    app: WebApp
    """The application whose slot it is."""
    site: SiteArgs
    """The arguments that the application was created with, and the image of the release that the slot holds."""
    settings: Sequence[Setting]
    """The slot's own app settings. What differs from production (a site's own address) stays with its slot when the two
    are swapped; what is equal travels with the release."""
    stopped: bool = False
    """Whether it runs only during a release, which starts and stops it: beside an application of which one instance
    may run, it would be a second one on the same database and files, all the time."""


class StagingSlot(FabrixComponent[StagingSlotArgs]):
    """A second site with the posture of the first, an endpoint of its own, and settings that do not swap."""

    slot_id: pulumi.Output[str]
    """ARM id, known in a preview."""

    def build(self, name: str, args: StagingSlotArgs) -> None:
        """Create the slot and everything that a slot does not inherit from its site."""
        common, writers = args.site, args.app.writers
        slot = writers.add(
            web.WebAppSlot(
                name,
                **site_inputs(common, args.settings, workers=WORKERS),
                slot=STAGING,
                enabled=False if args.stopped else None,
                opts=self.child(depends_on=[*writers.next("web:WebAppSlot"), *common.after]),
            )
        )
        for part, policy in (("ftp", web.WebAppFtpAllowedSlot), ("scm", web.WebAppScmAllowedSlot)):
            writers.add(
                policy(
                    f"{name}-{part}",
                    name=common.site_name,
                    slot=STAGING,
                    resource_group_name=common.resource_group_name,
                    allow=False,
                    opts=self.child(depends_on=writers.next(f"web:{policy.__name__}"), deleted_with=slot),
                )
            )
        production = args.app.settings
        sticky = sorted(s.name for s in args.settings if s.name not in production or s.value != production[s.name])
        if sticky:
            writers.add(
                web.WebAppSlotConfigurationNames(
                    name,
                    name=common.site_name,
                    resource_group_name=common.resource_group_name,
                    app_setting_names=sticky,
                    # After the slot: no swap can happen between its creation and the protection of its settings.
                    opts=self.child(depends_on=writers.next("web:WebAppSlotConfigurationNames")),
                )
            )
        # The target is the site, not the slot: Azure refuses slot ids and tells slots apart by the group id alone.
        private_endpoint(
            self,
            name,
            service="sites",
            # ... and it must wait for the slot, which is among the writers.
            target_id=args.app.site_id,
            context=common.context,
            resource_group_name=common.resource_group_name,
            access=common.access,
            group_id=f"sites-{STAGING}",
            writers=writers,
        )
        self.slot_id = arm_id(
            common.context,
            common.resource_group_name,
            f"Microsoft.Web/sites/{common.site_name}/slots/{STAGING}",
            slot,
        )
        diagnostics(self, name, kind="web:WebAppSlot", resource_id=self.slot_id, sink=common.sink)
