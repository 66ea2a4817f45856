"""Which installation this is: whose tenant, which subscription, which region, and who is responsible."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from settings.base import Environment, Guid, Key, Model, Text, refused
from settings.problems import nearest
from settings.regions import REGIONS, Feature, Region

_TAG_NAME = re.compile(r"[^<>%&\\?/]{1,128}")


def _known_region(value: str) -> str:
    if value not in REGIONS:
        near = nearest(value, list(REGIONS)) or "swedencentral"
        raise refused("no Azure region of that name", f"one of {', '.join(REGIONS)}", near)
    return value


RegionName = Annotated[str, AfterValidator(_known_region)]
"""Azure region by its ARM name."""


def _tag_names(tags: dict[str, str]) -> dict[str, str]:
    for name in tags:
        if not _TAG_NAME.fullmatch(name):
            raise refused("Azure refuses this tag name", "1-128 characters, none of < > % & \\ ? /", "business-unit")
    return tags


Classification = Literal["public", "internal", "confidential", "restricted"]


class Installation(Model):
    """Identity of the installation. Service name, environment, region and instance are in all names: fixed for life."""

    service_name: Key = Field(examples=["aifabrix"])
    """First part of every resource name: 3-40 lower-case letters, digits and single hyphens."""
    environment: Environment = Field(examples=["dev"], json_schema_extra={"allowed": "dev, tst or pro"})
    """Environment code; stacks are called dev, test and prod."""
    tenant_id: Guid
    """The customer's Entra tenant; the same in all stacks of an installation."""
    subscription_id: Guid
    """Subscription that everything is created in."""
    region: RegionName = Field(examples=["swedencentral"])
    """Azure region by its ARM name."""
    region_features: tuple[Feature, ...] = Field(default=(), examples=[["zoneRedundantHa"]])
    """What the subscription has in the region though the published tables say no, e.g. because Azure lifted a block or
    because the server exists already: ``zones``, ``pair``, ``zoneRedundantHa``, ``geoBackup``, ``postgresV3``,
    ``postgresV4``, ``postgresV5``, ``natGatewayV2``; none by default."""
    instance: int = Field(default=1, ge=1, le=999, examples=[1])
    """Tells two installations of one environment in one region apart."""
    owner: Text = Field(examples=["platform-team@contoso.example"])
    """Who is responsible for the installation; a tag on every resource."""
    cost_center: Text = Field(examples=["CC-4711"])
    """Who pays; a tag on every resource."""
    data_classification: Classification = Field(examples=["internal"])
    """Highest class of data that may be stored here; a tag, and it chooses stricter rules."""
    tags: Annotated[dict[str, Annotated[str, Field(max_length=256)]], AfterValidator(_tag_names)] = Field(
        default={}, max_length=40, examples=[{"business-unit": "finance"}]
    )
    """More tags for every resource."""

    @property
    def region_facts(self) -> Region:
        """Code, geography and features of the region, with those that the subscription has besides."""
        region = REGIONS[self.region]
        return region._replace(features=region.features | frozenset(self.region_features))
