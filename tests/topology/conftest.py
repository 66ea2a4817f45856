import pytest

from tests.topology.small import Small


@pytest.fixture
def small() -> Small:
    return Small()
