"""Where the control layer (miso-controller and keycloak) of this environment runs."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from settings.base import Model, refused

CONTROL_APPS = ("miso-controller", "keycloak")
"""Keys of the applications that make up the control layer."""


def _https(value: str) -> str:
    parts = urlsplit(value)
    if (
        parts.scheme != "https"
        or not re.fullmatch(r"[a-z0-9.-]+", parts.hostname or "")
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
    ):
        raise refused(
            "not an HTTPS address",
            "https://<host>/<path> without user, query and fragment",
            "https://fabrix.contoso.example/miso",
        )
    return value.rstrip("/")


HttpsUrl = Annotated[str, AfterValidator(_https), Field(examples=["https://fabrix.contoso.example/miso"])]


class OwnControl(Model):
    """The control layer runs in this stack: environments stay isolated from each other."""

    mode: Literal["create"]
    """``create``: miso-controller and keycloak are applications of this stack."""
    deployments: Literal["database", "azure"] = "database"
    """What the controller does when it is asked to deploy: ``database`` records it and needs no right in Azure (the
    pipeline deploys); ``azure`` deploys into a resource group of its own, with rights there. Default: ``database``."""

    @property
    def deploys(self) -> bool:
        """Whether the controller changes Azure."""
        return self.deployments == "azure"


class StackControl(Model):
    """Another stack of this project runs the control layer."""

    mode: Literal["stack"]
    """``stack``: read from that stack's outputs."""
    name: str = Field(pattern=r"^[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+){0,2}$", examples=["prod"])
    """Name of the stack, or organization/project/stack."""


class ExistingControl(Model):
    """A control layer that runs elsewhere in the customer's tenant."""

    mode: Literal["existing"]
    """``existing``: it exists already."""
    url: HttpsUrl
    """Address of the controller."""
    keycloak_url: HttpsUrl
    """Address of its keycloak."""


Control = Annotated[OwnControl | StackControl | ExistingControl, Field(discriminator="mode")]
