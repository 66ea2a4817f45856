"""Azure's public regions: the short code that names carry, and whether the region has availability zones.

Codes follow the list that Azure Backup and the Cloud Adoption Framework use (``weu``, ``neu``, ``gwc``). Zones as
listed in Microsoft Learn, "Azure regions list". Sovereign clouds are not here.
"""

from __future__ import annotations

from typing import NamedTuple


class Region(NamedTuple):
    """One Azure region."""

    code: str
    """Two to four lower-case letters or digits, unique in this table."""
    zones: bool
    """Whether zone-redundant SKUs can be created there."""
    geography: str
    """Data residency boundary, as Azure names it."""


REGIONS: dict[str, Region] = {
    "australiacentral": Region("acl", zones=False, geography="Australia"),
    "australiaeast": Region("ae", zones=True, geography="Australia"),
    "australiasoutheast": Region("ase", zones=False, geography="Australia"),
    "austriaeast": Region("ate", zones=True, geography="Austria"),
    "belgiumcentral": Region("bec", zones=True, geography="Belgium"),
    "brazilsouth": Region("brs", zones=True, geography="Brazil"),
    "canadacentral": Region("cnc", zones=True, geography="Canada"),
    "canadaeast": Region("cne", zones=False, geography="Canada"),
    "centralindia": Region("inc", zones=True, geography="India"),
    "centralus": Region("cus", zones=True, geography="United States"),
    "chilecentral": Region("clc", zones=True, geography="Chile"),
    "eastasia": Region("ea", zones=True, geography="Asia Pacific"),
    "eastus": Region("eus", zones=True, geography="United States"),
    "eastus2": Region("eus2", zones=True, geography="United States"),
    "francecentral": Region("frc", zones=True, geography="France"),
    "germanywestcentral": Region("gwc", zones=True, geography="Germany"),
    "indonesiacentral": Region("idc", zones=True, geography="Indonesia"),
    "israelcentral": Region("ilc", zones=True, geography="Israel"),
    "italynorth": Region("itn", zones=True, geography="Italy"),
    "japaneast": Region("jpe", zones=True, geography="Japan"),
    "japanwest": Region("jpw", zones=True, geography="Japan"),
    "koreacentral": Region("krc", zones=True, geography="Korea"),
    "koreasouth": Region("krs", zones=False, geography="Korea"),
    "malaysiawest": Region("myw", zones=True, geography="Malaysia"),
    "mexicocentral": Region("mxc", zones=True, geography="Mexico"),
    "newzealandnorth": Region("nzn", zones=True, geography="New Zealand"),
    "northcentralus": Region("ncus", zones=False, geography="United States"),
    "northeurope": Region("neu", zones=True, geography="Europe"),
    "norwayeast": Region("nwe", zones=True, geography="Norway"),
    "polandcentral": Region("plc", zones=True, geography="Poland"),
    "qatarcentral": Region("qac", zones=True, geography="Qatar"),
    "southafricanorth": Region("san", zones=True, geography="South Africa"),
    "southcentralus": Region("scus", zones=True, geography="United States"),
    "southeastasia": Region("sea", zones=True, geography="Asia Pacific"),
    "southindia": Region("ins", zones=False, geography="India"),
    "spaincentral": Region("spc", zones=True, geography="Spain"),
    "swedencentral": Region("sdc", zones=True, geography="Sweden"),
    "switzerlandnorth": Region("szn", zones=True, geography="Switzerland"),
    "switzerlandwest": Region("szw", zones=False, geography="Switzerland"),
    "uaenorth": Region("uan", zones=True, geography="UAE"),
    "uksouth": Region("uks", zones=True, geography="United Kingdom"),
    "ukwest": Region("ukw", zones=False, geography="United Kingdom"),
    "westcentralus": Region("wcus", zones=False, geography="United States"),
    "westeurope": Region("weu", zones=True, geography="Europe"),
    "westindia": Region("inw", zones=False, geography="India"),
    "westus": Region("wus", zones=False, geography="United States"),
    "westus2": Region("wus2", zones=True, geography="United States"),
    "westus3": Region("wus3", zones=True, geography="United States"),
}
"""Region name, as ARM writes it → region."""
