"""The settings of one stack: what its file says, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from pydantic import Field

from settings.addresses import AddressPlan
from settings.applications import App, PlatformSecret
from settings.base import Model
from settings.control import Control, OwnControl
from settings.data import Compute, Data, Observability, RegistrySource
from settings.editions import Edition
from settings.groups import GROUPS, Group
from settings.installation import Installation
from settings.names import Names
from settings.needed_images import NeededImage, needed_images
from settings.network import Dns, Network, NewNetwork, NewZones
from settings.promotion import Promotion
from settings.release import JobImage, Release, ReleaseLine, order
from settings.release_line import ROLES, plain
from settings.security import ListedGroups, Security
from settings.selection import Applications
from settings.sizes import Size, Sizing
from settings.sizing import size_of


class PlatformFile(Model):
    """The platform of one environment, as its stack file declares it under ``aifabrix:platform``."""

    installation: Installation
    """Whose installation this is, and where."""
    edition: Edition = Field(examples=["enterprise"])
    """What was licensed: community is one dev environment, standard dev and pro, enterprise all three."""
    size: Size = Field(examples=["m"])
    """Size preset. Changing it changes SKUs in place and replaces nothing."""
    release: ReleaseLine = Field(examples=["2026.11.0"])
    """Which release runs here: the name of a manifest in ``releases/``, or ``{running: …, standby: …}`` where the
    staging slots hold another one. A promotion changes this line and no other; keep it on one line."""
    network: Network
    """The virtual network."""
    dns: Dns = NewZones(mode="create")
    """Who resolves private names."""
    control: Control = OwnControl(mode="create")
    """Where the control layer runs."""
    security: Security
    """Protection of data, and administration."""
    data: Data = Data()
    """Sizes of database, cache, storage and registry, where they differ from the preset's."""
    compute: Compute = Compute()
    """Size of the App Service plan, where it differs from the preset's."""
    observability: Observability = Observability()
    """What is monitored."""
    applications: Applications = Applications()
    """What runs on the platform."""
    promotion: Promotion = Promotion()
    """What is required before a release is promoted to this stack."""

    @property
    def sizing(self) -> Sizing:
        """The preset's row with the overrides of this file."""
        return size_of(self.size, self.installation, self.data, self.compute, self.observability)


@dataclass(frozen=True, kw_only=True)
class PlatformSettings:
    """Everything that program, checks and documentation know about a stack. Created by :mod:`settings.load` only."""

    file: PlatformFile
    release: Release
    """The manifest of the release that production runs."""
    standby: Release
    """The manifest of the release that the staging slots hold; the same object where the stack names one release."""
    apps: tuple[App, ...]
    """Every application, resolved; in the order catalogue, then the customer's own."""
    secrets: tuple[PlatformSecret, ...]
    """Every secret of the vault once, with its readers; sorted by name."""

    @property
    def installation(self) -> Installation:
        """Identity of the installation."""
        return self.file.installation

    @property
    def edition(self) -> Edition:
        """What was licensed."""
        return self.file.edition

    @property
    def size(self) -> Size:
        """The size preset."""
        return self.file.size

    @property
    def release_id(self) -> str:
        """Name of the release that production runs."""
        return self.release.id

    @property
    def standby_id(self) -> str:
        """Name of the release that the staging slots hold."""
        return self.standby.id

    @property
    def audit_immutable(self) -> bool:
        """Whether nobody may change audit records: then nobody can delete their account either while it holds one."""
        asked = self.observability.audit_immutable
        return asked if asked is not None else self.security.protect or self.installation.environment == "pro"

    @property
    def line(self) -> str | dict[str, str]:
        """The release line as the file has it."""
        written = self.file.release
        return written if isinstance(written, str) else plain((written.running, written.standby))

    @property
    def released(self) -> dict[str, dict[str, str]]:
        """The stack output ``release``: id and hash of what runs, and of what the staging slots hold."""
        pairs = zip(ROLES, (self.release, self.standby), strict=True)
        return {role: {"id": release.id, "hash": release.hash} for role, release in pairs}

    @property
    def sql_job_image(self) -> JobImage | None:
        """Image of the databases' job: of the newer release, so that a swap of slots and production changes no job."""
        return max((self.release, self.standby), key=lambda release: order(release.id)).database.job

    @property
    def promotion(self) -> Promotion:
        """What is required before a release is promoted to this stack."""
        return self.file.promotion

    @property
    def network(self) -> Network:
        """The virtual network."""
        return self.file.network

    @property
    def dns(self) -> Dns:
        """Who resolves private names."""
        return self.file.dns

    @property
    def control(self) -> Control:
        """Where the control layer runs."""
        return self.file.control

    @property
    def security(self) -> Security:
        """Protection and administration."""
        return self.file.security

    @property
    def observability(self) -> Observability:
        """What is monitored."""
        return self.file.observability

    @cached_property
    def sizing(self) -> Sizing:
        """The preset's row with the stack's overrides."""
        return self.file.sizing

    @cached_property
    def addresses(self) -> AddressPlan:
        """Every subnet; empty when the network is the customer's own."""
        if not isinstance(self.network, NewNetwork):
            return AddressPlan(spaces=(), subnets=())
        return AddressPlan.make(self.network.address_space, [s.as_subnet for s in self.network.subnets])

    @cached_property
    def names(self) -> Names:
        """Every physical name."""
        return names_of(self.installation, self.security.vault_generation)

    @cached_property
    def tags(self) -> dict[str, str]:
        """Tags of every resource; the platform's own win over the customer's."""
        i = self.installation
        return {
            **i.tags,
            "application": i.service_name,
            "environment": i.environment,
            "owner": i.owner,
            "cost-center": i.cost_center,
            "data-classification": i.data_classification,
            "edition": self.edition,
            "managed-by": "pulumi",
        }

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The administrative Entra groups under their names in this environment."""
        declared = self.security.groups
        return tuple(g.named(declared.names.get(g.role, g.display_name + declared.suffix)) for g in GROUPS)

    @property
    def group_ids(self) -> Mapping[str, str]:
        """Role → object id of its group, where the stack file lists them."""
        groups = self.security.groups
        return groups.object_ids if isinstance(groups, ListedGroups) else {}

    @cached_property
    def images(self) -> tuple[NeededImage, ...]:
        """The images that have to be in the stack's registry: those of the running and of the standby release."""
        return needed_images(self.apps)

    @property
    def image_source(self) -> RegistrySource | None:
        """The registry that images are imported from; None where somebody else puts them in."""
        return self.file.data.registry.source

    @property
    def registry_id(self) -> str:
        """ARM id of the stack's container registry."""
        group = self.names.of("resource_group", "data")
        name = self.names.of("registry")
        subscription = f"/subscriptions/{self.installation.subscription_id}"
        return f"{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{name}"

    def app(self, key: str) -> App:
        """Return the application of that key; ``KeyError`` when the stack does not run it."""
        return {app.key: app for app in self.apps}[key]


def names_of(installation: Installation, vault_generation: int = 1) -> Names:
    """Names of one installation."""
    return Names(
        service_name=installation.service_name,
        environment=installation.environment,
        region=installation.region,
        subscription_id=installation.subscription_id,
        instance=installation.instance,
        vault_generation=vault_generation,
    )
