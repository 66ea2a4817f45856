"""Protection of data, the vault, and who administers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from settings.base import Guid, IsoDate, Model, Text, epoch_of, refused
from settings.groups import GROUPS

ROLES = tuple(group.role for group in GROUPS)


def _roles(names: dict[str, str]) -> dict[str, str]:
    for role in names:
        if role not in ROLES:
            raise refused(
                f"no role {role!r}", f"one of {', '.join(ROLES)}", f"{{{ROLES[0]}: {GROUPS[0].display_name}}}"
            )
    return names


def _ids(ids: dict[str, str]) -> dict[str, str]:
    example = "{aifabrix-developer: 5f0c2a9e-7d41-4b7e-9a53-0c8e1d6b2f34}"
    if missing := [role for role in ROLES if role not in _roles(ids)]:
        raise refused(f"no object id for {', '.join(missing)}", f"one for each of {', '.join(ROLES)}", example)
    for value in ids.values():
        if twice := [role for role, other in ids.items() if other == value][1:]:
            # Azure refuses the same right twice, and the groups are meant to differ in what they may do.
            raise refused(f"{', '.join(twice)} has the group of another role", "a group for each role", example)
    return ids


GroupNames = Annotated[dict[str, Text], AfterValidator(_roles)]
GroupIds = Annotated[dict[str, Guid], AfterValidator(_ids)]


class NewGroups(Model):
    """Entra groups that this stack creates."""

    mode: Literal["create"]
    """``create``: this stack creates the groups."""
    suffix: str = Field(default="", pattern=r"^[A-Za-z0-9 ._-]{0,20}$", examples=["-dev"])
    """Appended to each display name, so that several environments of one tenant have groups of their own."""
    names: GroupNames = Field(default={}, examples=[{"aifabrix-developer": "Fabrix developers"}])
    """Role → display name, where the customer's convention differs."""


class ExistingGroups(Model):
    """Entra groups that are looked up by display name; nothing is changed in Entra."""

    mode: Literal["existing"]
    """``existing``: the groups exist already."""
    suffix: str = Field(default="", pattern=r"^[A-Za-z0-9 ._-]{0,20}$", examples=["-dev"])
    """Appended to each display name before looking it up."""
    names: GroupNames = Field(default={}, examples=[{"aifabrix-developer": "Fabrix developers"}])
    """Role → display name, where the customer's convention differs."""


class ListedGroups(Model):
    """Entra groups that exist, by object id: Microsoft Graph is never asked, so a pipeline needs no right there.

    A stack that created its groups keeps ``create`` (docs/pipelines.md): the engine deletes what is no longer declared.
    """

    mode: Literal["ids"]
    """``ids``: the groups exist already, and their object ids are listed here."""
    object_ids: GroupIds = Field(
        examples=[{role: f"5f0c2a9e-7d41-4b7e-9a53-0c8e1d6b2f3{place}" for place, role in enumerate(ROLES)}]
    )
    """Role → object id of its group, for all seven roles."""
    suffix: str = Field(default="", pattern=r"^[A-Za-z0-9 ._-]{0,20}$", examples=["-dev"])
    """Appended to each display name below."""
    names: GroupNames = Field(default={}, examples=[{"aifabrix-developer": "Fabrix developers"}])
    """Role → display name in Entra. Members of the database administrators' group log in to PostgreSQL by it."""


Groups = Annotated[NewGroups | ExistingGroups | ListedGroups, Field(discriminator="mode")]


VaultSecret = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9-]{1,127}$", json_schema_extra={"allowed": "letters, digits and hyphens, at most 127"}),
]
Rotations = Annotated[int, Field(ge=0, le=9999)]


class Security(Model):
    """Protection and administration. The posture is the same everywhere; only the guard against deletion differs."""

    protect: bool = Field(examples=[True])
    """Pulumi refuses to delete what holds data until the protection is lifted."""
    locks: bool = Field(examples=[True])
    """Azure refuses to delete it too (a CanNotDelete lock), whoever tries."""
    groups: Groups = NewGroups(mode="create")
    """The seven administrative groups."""
    recover_deleted_vault: bool = False
    """Recover a soft-deleted vault of the same name instead of creating one; needed once, after a destroy."""
    vault_soft_delete_days: int = Field(default=90, ge=7, le=90, examples=[90])
    """Days for which Azure keeps a deleted vault; fixed when the vault is created."""
    secrets_expire: IsoDate | None = Field(default=None, examples=["2027-06-30"])
    """Day on which secrets in the vault expire; moving it is how a rotation is recorded."""

    vault_generation: int = Field(default=1, ge=1, le=99, examples=[2])
    """Counts the vaults that this installation has had. A deleted vault keeps its name for the soft-delete days and
    cannot be purged, so an installation that is built again after a destroy takes the next number and with it another
    name."""
    rotations: dict[VaultSecret, Rotations] = Field(default={}, examples=[{"keycloak-databases-0-passwordKeyVault": 1}])
    """Secret → how often it was rotated; `./fabrix rotate` raises the number. 0 prepares a rotation: applications refer
    to a version of the secret from then on, so that a later one reaches them with the login that it belongs to."""
    supplied_secrets: tuple[str, ...] = Field(default=(), examples=[["dataplane-secrets-openaiApiKeyVault"]])
    """Secrets that an operator has put into the vault. `up` lists those that are still missing; applications refer to a
    supplied secret, and may read it, only once it is named here."""

    @property
    def secrets_expire_epoch(self) -> int | None:
        """The day of expiry as Azure takes it: seconds since 1970, UTC."""
        return None if self.secrets_expire is None else epoch_of(self.secrets_expire)
