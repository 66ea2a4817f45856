"""Questions about access to a resource: the operations that matter for each type.

Operations: Microsoft Learn, "Azure permissions" (resource provider operations).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from resources import arm
from resources.model import Graph
from topology.access import READ_SECRET, Access, Grant, Principal, sites_of
from topology.needs import secret_owners


@dataclass(frozen=True)
class Question:
    """Who may do one thing with a resource."""

    text: str
    operation: str
    data: bool = False
    """Whether it is done at the service rather than through Azure Resource Manager."""


_GIVE = Question("give rights on it to others", "Microsoft.Authorization/roleAssignments/write")
_WRITE_SECRET = Question(
    "write its value at the vault", "Microsoft.KeyVault/vaults/secrets/setSecret/action", data=True
)
_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
_SITE = (
    Question("change its settings or image, and so act as its identity", "Microsoft.Web/sites/config/write"),
    Question("read its settings", "Microsoft.Web/sites/config/list/action"),
    _GIVE,
)
_CONTAINER = (
    Question("read its blobs", f"{_BLOBS}/read", data=True),
    Question("write its blobs", f"{_BLOBS}/write", data=True),
)

QUESTIONS: Mapping[str, tuple[Question, ...]] = MappingProxyType(
    {
        "keyvault:Secret": (
            Question("read its value", READ_SECRET, data=True),
            _WRITE_SECRET,
            Question("replace its value through Azure Resource Manager", "Microsoft.KeyVault/vaults/secrets/write"),
            _GIVE,
        ),
        "keyvault:Vault": (
            Question("read every secret in it", READ_SECRET, data=True),
            Question("write secrets", "Microsoft.KeyVault/vaults/secrets/setSecret/action", data=True),
            Question("change the vault", "Microsoft.KeyVault/vaults/write"),
            _GIVE,
        ),
        "storage:StorageAccount": (
            *_CONTAINER,
            Question("read its keys", "Microsoft.Storage/storageAccounts/listKeys/action"),
            Question("change the account", "Microsoft.Storage/storageAccounts/write"),
            _GIVE,
        ),
        "storage:BlobContainer": (*_CONTAINER, _GIVE),
        "containerregistry:Registry": (
            Question("pull images", "Microsoft.ContainerRegistry/registries/pull/read"),
            Question("push images", "Microsoft.ContainerRegistry/registries/push/write"),
            Question("change the registry", "Microsoft.ContainerRegistry/registries/write"),
            _GIVE,
        ),
        "dbforpostgresql:Server": (
            Question(
                "administer its databases", "Microsoft.DBforPostgreSQL/flexibleServers/administer/action", data=True
            ),
            Question("change the server", "Microsoft.DBforPostgreSQL/flexibleServers/write"),
            _GIVE,
        ),
        "redisenterprise:RedisEnterprise": (
            Question(
                "read and write what it caches", "Microsoft.Cache/redisEnterprise/databases/data/action", data=True
            ),
            Question("read its keys", "Microsoft.Cache/redisEnterprise/databases/listKeys/action"),
            Question("change the cache", "Microsoft.Cache/redisEnterprise/write"),
            _GIVE,
        ),
        "web:WebApp": _SITE,
        "web:WebAppSlot": _SITE,
    }
)
"""Type -> what matters about access to it; other types have :data:`USUAL`."""

USUAL = (
    Question("see it", "Microsoft.Resources/subscriptions/resourceGroups/read"),
    Question("change it", "Microsoft.Resources/subscriptions/resourceGroups/write"),
    _GIVE,
)
"""For types without a row: operations on resource groups, which every broad role covers."""


@dataclass(frozen=True)
class AnsweredQuestion:
    """One question with every grant that answers it."""

    question: Question
    grants: tuple[Grant, ...]


@dataclass(frozen=True)
class IndirectReader:
    """A principal that may not read a secret, but may act as one of its readers."""

    grant: Grant
    through: Principal
    """The identity that it may act as."""


def answers_about(access: Access, resource_id: str, kind: str) -> list[AnsweredQuestion]:
    """Answer every question about a resource."""
    return [
        AnsweredQuestion(question, tuple(access.allowing(question.operation, resource_id, data=question.data)))
        for question in QUESTIONS.get(kind, USUAL)
    ]


def indirect_readers(graph: Graph, access: Access, secret_id: str) -> list[IndirectReader]:
    """Return who can read a secret through an app: whoever may change an app can act as its identity."""
    sites = sites_of(graph)
    readers = {grant.principal.key: grant.principal for grant in access.readers(secret_id)}
    owners = sorted(secret_owners(graph).get(arm.key(secret_id), frozenset()) & readers.keys())
    indirect = [
        IndirectReader(grant, readers[key])
        for key in owners
        for grant in access.acting_as(readers[key], sites)
        if grant.principal.key not in readers
    ]
    return list({(row.grant.principal.key, row.through.key): row for row in indirect}.values())
