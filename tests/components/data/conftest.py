"""What the data components need to be built: a private subnet with its zones, and a workspace."""

from __future__ import annotations

import pytest

from components.shared.diagnostics import Sink
from components.shared.endpoints import ENDPOINTS, PrivateAccess, zones_of


@pytest.fixture(scope="session")
def access() -> PrivateAccess:
    """A subnet for endpoints, and every zone that there is."""
    zones = zones_of(ENDPOINTS)
    return PrivateAccess(subnet_id="/id/subnet/endpoints", zone_ids={zone: f"/id/zone/{zone}" for zone in zones})


@pytest.fixture(scope="session")
def sink() -> Sink:
    """The workspace of the region."""
    return Sink(workspace_id="/id/workspace")
