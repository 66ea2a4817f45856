"""The images of a stack: what is missing is imported by digest, and what is there is left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from emulator.control import ControlPlane
from emulator.facts import TABLE
from emulator.laws import LAWS
from records.file_documents import FileDocuments
from settings import PlatformSettings, load
from settings.data import RegistrySource
from stacks.cloud.local import LocalCloud
from stacks.cloud.model import ImageImport
from stacks.images import MISSING, PRESENT, RECORDED, ImageStock
from support.errors import Exit, OperationError
from targets.local import LocalTarget

ROOT = Path(__file__).resolve().parents[2]
HUB = RegistrySource(registry="images.contoso.example", prefix="mirror")


class PrivateCloud(LocalCloud):
    """The local Azure as Azure is from outside its network: nobody lists the images of a registry."""

    def image_digests(self, registry_id: str) -> frozenset[str] | None:
        """Answer nothing."""


@pytest.fixture
def settings() -> PlatformSettings:
    return load.stack(ROOT, "dev")


@pytest.fixture
def target(tmp_path: Path) -> LocalTarget:
    return LocalTarget(tmp_path)


@pytest.fixture
def stock(target: LocalTarget, settings: PlatformSettings) -> ImageStock:
    return replace(ImageStock.of("dev", target, settings), source=HUB)


def create_registry(target: LocalTarget, settings: PlatformSettings, **inputs: object) -> None:
    placed = settings.registry_id.split("/")
    group, name = placed[4], placed[-1]
    with target.store() as store:
        plane = ControlPlane(
            store, settings.installation.subscription_id, settings.installation.tenant_id, facts=TABLE, laws=LAWS
        )
        where = {"resourceGroupName": group, "location": settings.installation.region}
        if store.get(f"/subscriptions/{settings.installation.subscription_id}/resourceGroups/{group}") is None:
            plane.create("azure-native:resources:ResourceGroup", where)
        own = {**where, "registryName": name, "sku": {"name": "Premium"}, **inputs}
        plane.create("azure-native:containerregistry:Registry", own)


def break_source(target: LocalTarget, *what: str) -> None:
    with target.store() as store:
        for each in what:
            store.add_fault(f"source:{each}")


def said(stock: ImageStock) -> list[str]:
    lines: list[str] = []
    stock.import_missing(lines.append)
    return lines


def test_without_a_registry_everything_is_missing_and_nothing_is_tried(stock: ImageStock) -> None:
    assert set(stock.states().values()) == {MISSING}
    stock.import_before(pytest.fail)


def test_what_is_missing_is_imported_and_then_there(
    stock: ImageStock, target: LocalTarget, settings: PlatformSettings
) -> None:
    create_registry(target, settings)
    assert {image.reference for image in stock.import_missing(lambda _: None)} == {
        image.reference for image in settings.images
    }
    assert set(stock.states().values()) == {PRESENT}
    assert said(stock) == [], "a second time nothing is asked of the source"


def test_what_the_source_lacks_is_reported_together_and_the_rest_is_imported(
    stock: ImageStock, target: LocalTarget, settings: PlatformSettings
) -> None:
    create_registry(target, settings)
    break_source(target, "mirror/flowiseai/flowise", settings.app("keycloak").digest or "")
    with pytest.raises(OperationError) as refused:
        said(stock)
    message = str(refused.value)
    assert "2 of 5 images" in message and "images.contoso.example has no mirror/flowiseai/flowise@sha256:" in message
    assert "aifabrix/keycloak@sha256:" in message and "./fabrix images import dev" in message
    states = {image.repository: state for image, state in stock.states().items()}
    assert [name for name, state in states.items() if state == MISSING] == ["aifabrix/keycloak", "flowiseai/flowise"]
    with target.store() as store:
        for what in list(store.faults()):
            store.clear_fault(what)
    assert {image.repository for image in stock.import_missing(lambda _: None)} == {
        "aifabrix/keycloak",
        "flowiseai/flowise",
    }, "it goes on where it stopped"


def test_a_registry_whose_export_policy_is_off_is_no_source(
    stock: ImageStock, target: LocalTarget, settings: PlatformSettings
) -> None:
    create_registry(target, settings)
    create_registry(
        target,
        load.stack(ROOT, "test"),
        publicNetworkAccess="Disabled",
        policies={"exportPolicy": {"status": "disabled"}},
    )
    other = replace(stock, source=RegistrySource(registry=load.stack(ROOT, "test").registry_id))
    with pytest.raises(OperationError, match=r"exporting artifacts from [a-z0-9]+ is disabled"):
        said(other)


def test_where_nothing_names_a_source_the_images_are_named(
    stock: ImageStock, target: LocalTarget, settings: PlatformSettings
) -> None:
    create_registry(target, settings)
    with pytest.raises(OperationError, match=r"data\.registry\.source") as refused:
        said(replace(stock, source=None))
    assert refused.value.code is Exit.BAD_INPUT
    assert all(image.reference in str(refused.value) for image in settings.images)


def test_a_password_comes_from_the_environment_alone(
    stock: ImageStock, target: LocalTarget, settings: PlatformSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_registry(target, settings)
    private = HUB.model_copy(update={"username": "pull"})
    monkeypatch.delenv("FABRIX_REGISTRY_PASSWORD", raising=False)
    with pytest.raises(OperationError, match="FABRIX_REGISTRY_PASSWORD") as refused:
        said(replace(stock, source=private))
    assert refused.value.code is Exit.BAD_INPUT
    monkeypatch.setenv("FABRIX_REGISTRY_PASSWORD", "hunter2")
    assert "hunter2" not in "".join(said(replace(stock, source=private)))
    wanted = ImageImport(source="x.example", image="a@b", repository="a", tag="1", username="u", password="hunter2")
    assert "hunter2" not in repr(wanted)


class TestWhereARegistryCannotBeAsked:
    """On Azure, from outside its network: what was imported is recorded, for that registry."""

    @pytest.fixture
    def private(self, stock: ImageStock, target: LocalTarget, tmp_path: Path) -> ImageStock:
        return replace(stock, cloud=PrivateCloud(target), documents=FileDocuments(tmp_path / "records"))

    def test_an_import_is_recorded(self, private: ImageStock, target: LocalTarget, settings: PlatformSettings) -> None:
        create_registry(target, settings)
        assert set(private.states().values()) == {MISSING}
        said(private)
        assert set(private.states().values()) == {RECORDED}
        assert said(private) == []

    def test_images_that_are_there_are_not_fetched_again_when_the_record_is_lost(
        self, private: ImageStock, target: LocalTarget, settings: PlatformSettings, tmp_path: Path
    ) -> None:
        create_registry(target, settings)
        said(private)
        break_source(target, "mirror/")
        forgetful = replace(private, documents=FileDocuments(tmp_path / "other"))
        assert all("was there" in line for line in said(forgetful)[1:])

    def test_a_registry_that_was_created_again_is_empty(
        self, private: ImageStock, target: LocalTarget, settings: PlatformSettings
    ) -> None:
        create_registry(target, settings)
        said(private)
        with target.store() as store:
            store.remove(store.object(settings.registry_id) or pytest.fail("no registry"), keep_name=False)
        create_registry(target, settings)
        assert set(private.states().values()) == {MISSING}
