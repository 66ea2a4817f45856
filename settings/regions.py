"""Azure's public regions: the short code that names carry, where they are, and what Azure offers there.

Codes follow the list that Azure Backup and the Cloud Adoption Framework use (``weu``, ``neu``, ``gwc``). Sovereign
clouds are not here. The table is a copy of what Microsoft publishes, so it can be older than Azure; :data:`AS_OF` says
how old. ``installation.regionFeatures`` overrules it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal, NamedTuple, get_args

AS_OF = "December 2025"
"""Date of the newest PostgreSQL table that this one was copied from; the other columns are of 2025 and 2026."""

Feature = Literal[
    "zones", "pair", "zoneRedundantHa", "geoBackup", "postgresV3", "postgresV4", "postgresV5", "natGatewayV2"
]
"""What a region can have: availability zones; a paired region, to which storage can be copied; for PostgreSQL a standby
in another zone, backups in the paired region and each generation of Intel compute; a zone-redundant NAT gateway."""
FEATURES: tuple[Feature, ...] = get_args(Feature)


class Region(NamedTuple):
    """One Azure region."""

    code: str
    """Two to four lower-case letters or digits, unique in this table."""
    geography: str
    """Data residency boundary, as Azure names it."""
    place: tuple[int, int]
    """Latitude and longitude of its data centres, whole degrees: what is near."""
    features: frozenset[Feature]

    @property
    def zones(self) -> bool:
        """Whether zone-redundant SKUs can be created there."""
        return "zones" in self.features


_COLUMNS: dict[str, tuple[Feature, ...]] = {
    "Z": ("zones",),
    "P": ("pair",),
    "H": ("zoneRedundantHa",),
    "G": ("geoBackup",),
    "4": ("postgresV3", "postgresV4"),
    "5": ("postgresV3", "postgresV4", "postgresV5"),
    "N": ("natGatewayV2",),
}
"""Letter of the table → features.

Z, P: Microsoft Learn, "Azure regions list" (September 2025). H, G, 4, 5: "Azure Database for PostgreSQL flexible
server", regions table (22 December 2025); a region without H has no standby in another zone, or new ones are
"temporarily blocked". N: "Azure NAT Gateway SKUs" (27 July 2026).
"""

# A dot stands for what the region lacks. South India: H in the PostgreSQL table, yet no zones in the list of regions.
_TABLE = """
australiacentral    acl  .P.G5N  -35 149  Australia
australiaeast       ae   ZPHG5N  -34 151  Australia
australiasoutheast  ase  .P.G5N  -38 145  Australia
austriaeast         ate  Z.H.5N   48  16  Austria
belgiumcentral      bec  Z.H.5N   51   4  Belgium
brazilsouth         brs  ZP..5N  -24 -47  Brazil
canadacentral       cnc  ZPHG5N   44 -79  Canada
canadaeast          cne  .P.G5.   47 -71  Canada
centralindia        inc  ZP.G5N   19  74  India
centralus           cus  ZPHG5N   42 -94  United States
chilecentral        clc  Z.H.5N  -33 -71  Chile
eastasia            ea   ZP.G5N   22 114  Asia Pacific
eastus              eus  ZP.G5N   37 -79  United States
eastus2             eus2 ZP.G4N   37 -78  United States
francecentral       frc  ZPHG5N   49   2  France
germanywestcentral  gwc  ZP.G5N   50   9  Germany
indonesiacentral    idc  Z.H.5.   -6 107  Indonesia
israelcentral       ilc  Z.H.4N   32  35  Israel
italynorth          itn  Z.H.5N   45   9  Italy
japaneast           jpe  ZPHG4N   36 140  Japan
japanwest           jpw  ZP.G5N   35 136  Japan
koreacentral        krc  ZPHG5N   38 127  Korea
koreasouth          krs  .P.G5N   35 129  Korea
malaysiawest        myw  Z.H.5N    3 102  Malaysia
mexicocentral       mxc  Z...4N   21 -100 Mexico
newzealandnorth     nzn  Z.H.5N  -37 175  New Zealand
northcentralus      ncus .P.G5N   42 -88  United States
northeurope         neu  ZP.G5N   53  -6  Europe
norwayeast          nwe  ZPHG5N   60  11  Norway
polandcentral       plc  Z.H.4N   52  21  Poland
qatarcentral        qac  Z...4.   25  51  Qatar
southafricanorth    san  ZPHG5N  -26  28  South Africa
southcentralus      scus ZP.G4N   29 -98  United States
southeastasia       sea  ZP.G4N    1 104  Asia Pacific
southindia          ins  .P.G5N   13  80  India
spaincentral        spc  Z.H.4N   40  -4  Spain
swedencentral       sdc  ZPHG5N   61  17  Sweden
switzerlandnorth    szn  ZPHG5N   47   9  Switzerland
switzerlandwest     szw  .P.G5N   46   6  Switzerland
uaenorth            uan  ZPHG5N   25  55  UAE
uksouth             uks  ZPHG5N   51   0  United Kingdom
ukwest              ukw  .P.G5N   51  -3  United Kingdom
westcentralus       wcus .P.G5N   41 -105 United States
westeurope          weu  ZP.G5N   52   5  Europe
westindia           inw  .P....   19  73  India
westus              wus  .P.G5N   38 -122 United States
westus2             wus2 ZP.G4N   47 -120 United States
westus3             wus3 ZPH.5N   33 -112 United States
"""


def _read() -> dict[str, Region]:
    """Return the table as :data:`REGIONS`."""
    regions = {}
    for line in _TABLE.split("\n")[1:-1]:
        name, code, letters, latitude, longitude, geography = line.split(maxsplit=5)
        features = (feature for letter in letters if letter != "." for feature in _COLUMNS[letter])
        regions[name] = Region(code, geography, (int(latitude), int(longitude)), frozenset(features))
    return regions


REGIONS: dict[str, Region] = _read()
"""Region name, as ARM writes it → region."""


def nearest_with(name: str, features: Iterable[Feature]) -> list[str]:
    """Return the regions that have all ``features``: those of the same geography first, then by distance."""
    home, needed = REGIONS[name], frozenset(features)

    def order(other: str) -> tuple[bool, float]:
        region = REGIONS[other]
        return region.geography != home.geography, _distance(home.place, region.place)

    return sorted(
        (other for other, region in REGIONS.items() if other != name and needed <= region.features), key=order
    )


def _distance(one: tuple[int, int], other: tuple[int, int]) -> float:
    """Return the angle between two places on the globe, radians."""
    (lat1, lon1), (lat2, lon2) = ([math.radians(value) for value in place] for place in (one, other))
    cosine = math.sin(lat1) * math.sin(lat2) + math.cos(lat1) * math.cos(lat2) * math.cos(lon1 - lon2)
    return math.acos(max(-1.0, min(1.0, cosine)))
