"""An import of an image, word by word as the REST reference has it ("Registries - Import Image")."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stacks.cloud.arm import Arm
from stacks.cloud.azure import AzureCloud
from stacks.cloud.model import ImageImport
from support.errors import OperationError

from .conftest import Answer, Server
from .test_azure import SUBSCRIPTION, Credential

REGISTRY = f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/crone1"
DIGEST = f"sha256:{'1' * 64}"
WANTED = ImageImport(
    source="images.contoso.example", image=f"mirror/team/app@{DIGEST}", repository="team/app", tag="1-111111111111"
)
POST = f"POST {REGISTRY}/importImage?api-version=2023-07-01"


@pytest.fixture
def azure(server: Server) -> AzureCloud:
    return AzureCloud(
        Arm.signed_in("tenant-one", credential=Credential(), endpoint=server.url, timeout=2.0, every=0.01)
    )


def body(source: dict[str, Any]) -> dict[str, Any]:
    wanted = {"sourceImage": WANTED.image, **source}
    return {"source": wanted, "targetTags": ["team/app:1-111111111111"], "mode": "NoForce"}


@pytest.mark.parametrize(
    ("wanted", "source"),
    [
        (WANTED, {"registryUri": "images.contoso.example"}),
        (replace(WANTED, source=f"{REGISTRY}hub"), {"resourceId": f"{REGISTRY}hub"}),
        (
            replace(WANTED, username="pull", password="hunter2"),
            {"registryUri": "images.contoso.example", "credentials": {"username": "pull", "password": "hunter2"}},
        ),
    ],
)
def test_an_image_is_imported_by_digest_under_a_tag_of_its_own(
    azure: AzureCloud, server: Server, wanted: ImageImport, source: dict[str, Any]
) -> None:
    server.on(POST, Answer(202, "", {"Location": f"{server.url}/operation", "Retry-After": "0"}))
    server.on("GET /operation", Answer(202), Answer(200))
    assert azure.import_image(REGISTRY, wanted)
    assert server.seen[0].body == body(source)


def test_a_tag_that_is_there_was_imported_before(azure: AzureCloud, server: Server) -> None:
    error = {"code": "Conflict", "message": "Tag team/app:1-111111111111 already exists in target registry."}
    server.on(POST, Answer(409, {"error": error}))
    assert not azure.import_image(REGISTRY, WANTED)
    server.on(POST, Answer(202, "", {"Location": f"{server.url}/operation"}))
    server.on("GET /operation", Answer(200, {"status": "Failed", "error": error}))
    assert not azure.import_image(REGISTRY, WANTED), "Azure may say so at the end, too"


def test_an_image_that_the_source_does_not_have_is_said_in_azures_words(azure: AzureCloud, server: Server) -> None:
    server.on(POST, Answer(202, "", {"Location": f"{server.url}/operation"}))
    failed = {"status": "Failed", "error": {"code": "InvalidParameters", "message": "manifest unknown"}}
    server.on("GET /operation", Answer(200, failed))
    with pytest.raises(OperationError, match="InvalidParameters: manifest unknown"):
        azure.import_image(REGISTRY, WANTED)


def test_a_registry_is_known_by_the_time_of_its_creation(azure: AzureCloud, server: Server) -> None:
    assert azure.registry_created(REGISTRY) == "", "there is none"
    server.on(f"GET {REGISTRY}", Answer(200, {"properties": {"creationDate": "2026-11-24T08:00:00Z"}}))
    assert azure.registry_created(REGISTRY) == "2026-11-24T08:00:00Z"
    assert azure.image_digests(REGISTRY) is None, "it lists its images in its own network only"
