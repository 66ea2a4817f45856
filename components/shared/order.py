"""In which order the children of one resource are written, and how many at a time.

Azure takes one management operation at a time on many resources, and answers another one with a code of the service's
own: ``ServerIsBusy``, ``StorageAccountOperationInProgress``, ``ConflictError``. azure-native repeats a 409 only when
its code is ``AnotherOperationInProgress`` (``client_azcore.go``). At the others an operation fails, though
:mod:`components.shared.busy` tries again, and a private endpoint that met one stays in state Failed. Networks answer
with the code that is repeated: that many endpoints are made in one subnet at once needs no order here.

A private endpoint is a write to its target: Azure adds the connection to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

import pulumi

Made = TypeVar("Made", bound=pulumi.Resource)

ENDPOINT = "network:PrivateEndpoint"

EVERY = 1_000_000
"""As many at a time as there are."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """Writers that may come in any order among themselves; the next step waits for all of them."""

    types: tuple[str, ...]
    """Type tokens without ``azure-native:``."""
    at_once: int = 1


@dataclass(frozen=True, kw_only=True)
class Order:
    """How the children of one type of resource are written."""

    steps: tuple[Step, ...]
    source: str
    """Who reported what happens otherwise."""


def _one_by_one(*types: str) -> tuple[Step, ...]:
    return tuple(Step(types=(kind,)) for kind in types)


ORDERS: Mapping[str, Order] = MappingProxyType(
    {
        "storage:StorageAccount": Order(
            steps=(
                Step(types=("storage:BlobServiceProperties",)),
                Step(types=("storage:BlobContainer",), at_once=EVERY),
                Step(types=("storage:ManagementPolicy",)),
                Step(types=("storage:FileServiceProperties",)),
                Step(types=("storage:FileShare",), at_once=EVERY),
                Step(types=(ENDPOINT,)),
                Step(types=("storage:BlobContainerImmutabilityPolicy",), at_once=EVERY),
            ),
            source="Azure/bicep-registry-modules issue 6001: an endpoint beside another operation ends in Failed",
        ),
        "dbforpostgresql:Server": Order(
            steps=_one_by_one(
                "dbforpostgresql:Database",
                "dbforpostgresql:AdministratorsMicrosoftEntra",
                "dbforpostgresql:Configuration",
                ENDPOINT,
            ),
            source="Azure/azure-service-operator issue 5646: ServerIsBusy while an endpoint is connected; "
            "Azure/bicep issues 4289, 4451: parameters and administrators at once",
        ),
        "redisenterprise:RedisEnterprise": Order(
            steps=_one_by_one("redisenterprise:Database", "redisenterprise:AccessPolicyAssignment", ENDPOINT),
            source="terraform-provider-azurerm pull request 30980 locks the cluster for every assignment; of endpoints "
            "nothing is documented, so they wait as they do elsewhere",
        ),
        "keyvault:Vault": Order(
            # The endpoint first: it is one write, and secrets wait for values of other services anyway.
            steps=(Step(types=(ENDPOINT,)), Step(types=("keyvault:Secret", "keyvault:Key"), at_once=4)),
            source="terraform-provider-azurerm pull request 32261: ConflictError for an endpoint beside other writes; "
            "pulumi-azure-native issue 1013: for many secrets at once",
        ),
        "web:WebApp": Order(
            steps=_one_by_one(
                "web:WebAppFtpAllowed",
                "web:WebAppScmAllowed",
                ENDPOINT,
                "web:WebAppSlot",
                "web:WebAppFtpAllowedSlot",
                "web:WebAppScmAllowedSlot",
                "web:WebAppSlotConfigurationNames",
                ENDPOINT,
            ),
            source="terraform-azurerm-avm-res-web-site pull request 272: 'Cannot modify this site because another "
            "operation is in progress'; pulumi-azure-native pull request 4458 keeps the sites of a plan apart, not "
            "what is below them",
        ),
        "monitor:PrivateLinkScope": Order(
            steps=_one_by_one("monitor:PrivateLinkScopedResource", ENDPOINT),
            source="terraform-provider-azurerm issue 22236: a scope that is being changed refuses the next change",
        ),
    }
)
"""Type of a resource → the order of its children."""


class Writers:
    """The writers to one resource, each told what it has to wait for."""

    def __init__(self, kind: str, *first: pulumi.Resource) -> None:
        """``kind`` is a key of :data:`ORDERS`; ``first`` what all writers wait for, usually the resource itself."""
        self._kind = kind
        self._steps = ORDERS[kind].steps
        self._step = 0
        self._before: list[pulumi.Resource] = [*first]
        self._lanes: list[pulumi.Resource] = []

    @property
    def last(self) -> list[pulumi.Resource]:
        """What everything that was added is finished with."""
        return list(self._lanes or self._before)

    def next(self, kind: str) -> list[pulumi.Resource]:
        """Return what the next writer, of type ``kind``, waits for; follow with :meth:`add`.

        Raises ``ValueError`` when its turn is over, or when the table has no place for it.
        """
        later = (index for index in range(self._step, len(self._steps)) if kind in self._steps[index].types)
        step = next(later, None)
        if step is None:
            raise ValueError(f"{kind} has no place after what was written to {self._kind}; see ORDERS")
        if step > self._step:
            self._step, self._before, self._lanes = step, self.last, []
        return list(self._before) if len(self._lanes) < self._at_once else self._lanes[:1]

    def add(self, resource: Made) -> Made:
        """Take the writer that :meth:`next` was asked for into its lane, and return it."""
        self._lanes = [*self._lanes[len(self._lanes) >= self._at_once :], resource]
        return resource

    @property
    def _at_once(self) -> int:
        return self._steps[self._step].at_once
