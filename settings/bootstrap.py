"""The settings of the bootstrap stack: where state, keys and ledgers are kept, and which pipelines act for which stack.

A file of its own, ``bootstrap/Pulumi.<name>.yaml``, because it is installed once for all stacks of the platform and by
a person with more rights than any pipeline.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as FilePath
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from settings import document
from settings.base import Guid, IsoDate, Key, Model, Text, epoch_of, refused
from settings.explain import validate
from settings.installation import Classification, RegionName
from settings.names import Names
from settings.network import Dns, VnetId
from settings.problems import Issue, SettingsError
from settings.regions import REGIONS, Region

PROJECT = "aifabrix-bootstrap"
CONFIG_KEY = f"{PROJECT}:bootstrap"
STACK = "bootstrap"
"""Name of the stack, on every target: its own state is in a container of that name, beside those of the others."""

ENVIRONMENT = "ops"
"""Takes the place of the environment code in names."""

AUDIENCE = "api://AzureADTokenExchange"
"""Audience that Entra expects in a federated token (Microsoft Learn, "Workload identity federation")."""

GITHUB_ISSUER = "https://token.actions.githubusercontent.com"
PLAN = "-plan"
"""Suffix of the holder, and of the pipelines' environment, for the identity that plans a stack and changes nothing."""

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


def _written_out(value: str) -> str:
    if any(mark in value for mark in "*?{}"):
        raise refused("a pattern; Entra compares subjects letter by letter", "the exact text", "contoso")
    return value


def _plain(value: str) -> str:
    if not _NAME.fullmatch(_written_out(value)):
        raise refused("not a name that can be part of a subject", "letters, digits, dot, hyphen, underscore", "contoso")
    return value


Name = Annotated[str, Field(min_length=1, max_length=100, examples=["contoso"]), AfterValidator(_plain)]
Exact = Annotated[str, Field(min_length=1, max_length=600), AfterValidator(_written_out)]
StackName = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$",
        min_length=2,
        max_length=40,
        examples=["dev"],
        json_schema_extra={"allowed": "2-40 lower-case letters, digits and single hyphens: part of container names"},
    ),
]


class BootstrapInstallation(Model):
    """Where the bootstrap is installed, and who is responsible for it."""

    service_name: Key = Field(examples=["aifabrix"])
    """First part of every name, as in the stack files."""
    tenant_id: Guid
    """The customer's Entra tenant."""
    subscription_id: Guid
    """Subscription of state, keys and ledgers; best one that no stack of the platform uses."""
    region: RegionName = Field(examples=["swedencentral"])
    """Azure region by its ARM name."""
    owner: Text = Field(examples=["platform-team@contoso.example"])
    """Who is responsible for it; a tag on every resource."""
    cost_center: Text = Field(examples=["CC-4711"])
    """Who pays; a tag on every resource."""
    data_classification: Classification = "confidential"
    """Class of the data; state holds encrypted secrets."""


class EndpointSubnet(Model):
    """The subnet of the private endpoints: in a network that the pipelines' own runners are in or reach."""

    id: VnetId
    """ARM id of the virtual network."""
    subnet: Text = Field(examples=["snet-endpoints"])
    """Name of its subnet."""


class PlatformStack(Model):
    """One stack of the platform, in the order of promotion."""

    name: StackName
    """As in ``Pulumi.<name>.yaml``."""
    subscription_id: Guid
    """Subscription that the stack is installed in, alone: its pipeline may change everything there."""


class GitHub(Model):
    """The repository whose workflows deploy."""

    organization: Name
    """Owner of the repository."""
    repository: Name
    """Name of the repository."""
    subject_prefix: Exact | None = Field(default=None, examples=["repo:contoso@123456/platform@456789"])
    """Beginning of the subjects, if GitHub adds numbers to the names: repositories made, renamed or moved since summer
    2026 have ``repo:OWNER@OWNER-ID/REPOSITORY@REPOSITORY-ID``. The repository's OIDC settings show it."""

    @model_validator(mode="after")
    def _prefix_fits(self) -> Self:
        prefix = self.subject_prefix
        form = rf"repo:{re.escape(self.organization)}(?:@\d+)?/{re.escape(self.repository)}(?:@\d+)?"
        if prefix is not None and not re.fullmatch(form, prefix):
            example = f"repo:{self.organization}@123456/{self.repository}@456789"
            raise refused("subjectPrefix is not of this repository", "repo:OWNER@ID/REPOSITORY@ID", example)
        return self

    def subject(self, what: str) -> str:
        """Return the subject of a token: ``what`` is ``environment:NAME``."""
        return f"{self.subject_prefix or f'repo:{self.organization}/{self.repository}'}:{what}"


class AzureDevOps(Model):
    """The project whose pipelines deploy, by a service connection a stack."""

    organization: Name
    """Name in ``https://dev.azure.com/NAME``."""
    organization_id: Guid | None = None
    """GUID of the organization; needed for connections with the Azure DevOps issuer."""
    project: Text = Field(examples=["Platform"])
    """Name of the project."""
    service_connections: dict[StackName, Exact] = Field(min_length=1, examples=[{"dev": "/eid1/c/pub/t/…/a/…/sc/…"}])
    """Stack, or stack with ``-plan`` → the subject identifier that its service connection shows (``/eid1/…``: the Entra
    issuer, which new connections have); or, for a connection with the Azure DevOps issuer, which Microsoft retires on
    1 July 2027, the connection's name."""

    @model_validator(mode="after")
    def _issuer_known(self) -> Self:
        if self.organization_id is None and any(not _entra(one) for one in self.service_connections.values()):
            raise refused(
                "a service connection by its name needs organizationId, which its issuer is made of",
                "organizationId, or the subject identifier /eid1/… that the connection shows",
                "organizationId: 11111111-2222-3333-4444-555555555555",
            )
        return self


class BootstrapFile(Model):
    """The object under ``aifabrix-bootstrap:bootstrap``."""

    installation: BootstrapInstallation
    network: EndpointSubnet
    dns: Dns
    """Who resolves the private names of the state account and the vault."""
    stacks: tuple[PlatformStack, ...] = Field(min_length=1)
    """Every stack, in the order of promotion: each may read the one before it."""
    github: GitHub | None = None
    azure_dev_ops: AzureDevOps | None = None
    keys_expire: IsoDate = Field(examples=["2027-09-30"])
    """Day on which the first version of each key expires, within a year. The vault creates each later version itself,
    30 days before the previous one expires. A state stays readable: an expired version still decrypts what it
    encrypted."""
    ledger_days: int = Field(default=2555, ge=1, le=146_000, examples=[2555])
    """Days for which a ledger entry cannot be changed or deleted; seven years."""
    log_days: int = Field(default=365, ge=30, le=730, examples=[365])
    """Days for which the log of who used state and keys can be queried."""
    vault_generation: int = Field(default=1, ge=1, examples=[1])
    """Number of the vault: a deleted one keeps its name for 90 days, the next number gives another name."""
    protect: bool = True
    """Pulumi and Azure refuse to delete state, keys and ledgers. Switch it off only to destroy a test installation."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [stack.name for stack in self.stacks]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise refused(f"stacks named twice: {', '.join(repeated)}", "each stack once", "")
        if reserved := [name for name in names if name == STACK or name.endswith(PLAN)]:
            raise refused(f"{', '.join(reserved)}: a name of the bootstrap's own", f"not {STACK}, not …{PLAN}", "dev")
        self._refuse_shared_subscriptions()
        if self.github is None and self.azure_dev_ops is None:
            raise refused(
                "no pipeline may act for any stack", "github, azureDevOps or both", "github: {organization: contoso, …}"
            )
        known = {*names, *(name + PLAN for name in names)}
        unknown = sorted(set(self.azure_dev_ops.service_connections if self.azure_dev_ops else ()) - known)
        if unknown:
            raise refused(f"service connections of unknown stacks: {', '.join(unknown)}", ", ".join(names), names[0])
        return self

    def _refuse_shared_subscriptions(self) -> None:
        """Refuse a subscription in which a pipeline could reach what is not its stack's.

        A stack's pipeline is Contributor on its subscription and assigns roles there. In the bootstrap's own one it
        could give itself every state, key and ledger; in that of another stack it could change that stack, whatever the
        gates decided.
        """
        home = self.installation.subscription_id
        if inside := [stack.name for stack in self.stacks if stack.subscription_id == home]:
            raise refused(
                f"{', '.join(inside)}: in the bootstrap's own subscription, where its pipeline could give itself every "
                "state, key and ledger",
                "a subscription that no stack uses for the bootstrap, and another for each stack",
                "installation: {subscriptionId: 0f3b8a52-6c1d-4f7e-8a94-2d5e7c9b1a30, …}",
            )
        subscriptions = [stack.subscription_id for stack in self.stacks]
        if shared := [stack.name for stack in self.stacks if subscriptions.count(stack.subscription_id) > 1]:
            raise refused(
                f"{', '.join(shared)}: in one subscription, where the pipeline of each could change the other",
                "a subscription of its own for each stack",
                "{name: prod, subscriptionId: 3d813cbb-47fb-42ba-91df-831e1593ac29}",
            )

    @cached_property
    def names(self) -> Names:
        """Physical names of everything."""
        home = self.installation
        return Names(
            service_name=home.service_name,
            environment=ENVIRONMENT,
            region=home.region,
            subscription_id=home.subscription_id,
            vault_generation=self.vault_generation,
        )

    @property
    def keys_expire_epoch(self) -> int:
        """End of the first key versions in seconds since 1970, the form that Key Vault takes."""
        return epoch_of(self.keys_expire)

    @property
    def region_facts(self) -> Region:
        """Code, availability zones and geography of the region."""
        return REGIONS[self.installation.region]

    @property
    def tags(self) -> dict[str, str]:
        """Tags of every resource."""
        home = self.installation
        return {
            "application": home.service_name,
            "environment": ENVIRONMENT,
            "owner": home.owner,
            "cost-center": home.cost_center,
            "data-classification": home.data_classification,
            "managed-by": "pulumi",
        }

    @property
    def holders(self) -> tuple[str, ...]:
        """The identities: for each stack the one that changes it, and the one that only plans."""
        return tuple(stack.name + part for stack in self.stacks for part in ("", PLAN))

    @cached_property
    def trusts(self) -> tuple[Trust, ...]:
        """Every federated credential: exact subjects only."""
        trusts = []
        for holder in self.holders:
            if self.github:
                # Always an environment: `pull_request` or a branch would match every workflow that runs on one.
                subject = self.github.subject(f"environment:{holder}")
                trusts.append(Trust(holder=holder, name="github", issuer=GITHUB_ISSUER, subject=subject))
            if self.azure_dev_ops and (connection := self.azure_dev_ops.service_connections.get(holder)):
                trusts.append(self._azure_devops_trust(holder, self.azure_dev_ops, connection))
        return tuple(trusts)

    def _azure_devops_trust(self, stack: str, devops: AzureDevOps, connection: str) -> Trust:
        if _entra(connection):
            issuer, subject = f"https://login.microsoftonline.com/{self.installation.tenant_id}/v2.0", connection
        else:
            issuer = f"https://vstoken.dev.azure.com/{devops.organization_id}"
            subject = f"sc://{devops.organization}/{devops.project}/{connection}"
        return Trust(holder=stack, name="azure-devops", issuer=issuer, subject=subject)


@dataclass(frozen=True, kw_only=True)
class Trust:
    """One federated credential: whose tokens are accepted for which identity."""

    holder: str
    """Stack, or stack with ``-plan``."""
    name: str
    """Of the credential."""
    issuer: str
    """Address of the token's issuer, character by character."""
    subject: str
    """Subject of the token, character by character."""


BootstrapFile.model_rebuild()


def _entra(connection: str) -> bool:
    """Whether it is the subject of a service connection whose issuer is Entra."""
    return connection.startswith("/eid1/")


def load(root: FilePath, name: str) -> BootstrapFile:
    """Read the stack file ``name`` below ``root``. Raises :class:`SettingsError` with every problem."""
    text = document.read_yaml(root, name)
    issues: list[Issue] = []
    section = text.data.get("config") if isinstance(text.data, dict) else None
    if text.problems and text.data is None:
        raise SettingsError(text.problems)
    if not isinstance(section, dict) or not isinstance(section.get(CONFIG_KEY), dict):
        issues = [Issue(("config",), f"{CONFIG_KEY} is missing", "nothing", "the bootstrap object", f"{CONFIG_KEY}:")]
        settings = None
    else:
        settings, broken = validate(BootstrapFile, section[CONFIG_KEY])
        issues = [issue.under("config", CONFIG_KEY) for issue in broken]
    if text.problems or settings is None:
        raise SettingsError([*text.problems, *map(text.problem, issues)])
    return settings


def config(raw: Mapping[str, Any]) -> BootstrapFile:
    """Validate the object that Pulumi passes to the program. Raises :class:`SettingsError`."""
    settings, issues = validate(BootstrapFile, dict(raw))
    if settings is None:
        raise SettingsError([document.FROM_PULUMI.problem(issue.under("config", CONFIG_KEY)) for issue in issues])
    return settings
