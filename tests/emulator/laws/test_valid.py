"""What Azure accepts, the laws accept: a whole installation in order, against memory, a preview, and the real store."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path

import pytest

from emulator import laws
from emulator.control import ControlPlane
from emulator.facts import TABLE
from emulator.laws import CHECK_LAWS, LAWS, STATE_LAWS
from emulator.shape import check
from emulator.store import Store
from emulator.world import ANY_TYPE

from .memory import SUBSCRIPTION, TENANT, Memory, ask, preview
from .valid import VALID


def test_a_whole_installation_is_accepted_in_its_order() -> None:
    world = Memory()
    for kind, inputs in VALID.items():
        texts = ask(world, kind, inputs)
        assert not texts, f"{kind} is valid and everything before it exists, so nothing may refuse it: {texts}"
        world.add(kind, inputs)


@pytest.mark.parametrize("kind", VALID)
def test_a_preview_accepts_what_is_valid(kind: str) -> None:
    assert not preview(kind, VALID[kind]), "a preview knows nothing of Azure and may not refuse for that"


@pytest.mark.parametrize("kind", VALID)
def test_an_unchanged_object_may_be_updated(kind: str) -> None:
    world = Memory()
    for other, inputs in VALID.items():
        world.add(other, inputs)
        if other == kind:
            break
    texts = ask(world, kind, VALID[kind], olds=VALID[kind])
    assert not texts, f"an update that changes nothing of {kind} breaks no law: {texts}"


@pytest.mark.parametrize("kind", VALID)
def test_the_valid_inputs_have_the_shape_of_the_sdk(kind: str) -> None:
    problems = check(f"azure-native:{kind}", VALID[kind])
    assert not problems, f"the example of {kind} must be one that the SDK could send: {problems}"


def test_the_real_store_accepts_the_installation_and_gives_it_up_in_reverse(tmp_path: Path) -> None:
    store = Store(tmp_path / "azure.db")
    plane = ControlPlane(store=store, subscription_id=SUBSCRIPTION, tenant_id=TENANT, facts=TABLE, laws=LAWS)
    made = [plane.create(f"azure-native:{kind}", inputs).id for kind, inputs in VALID.items()]
    creators = store.creators()
    own = [one.id for one in store.objects() if creators[one.key] != "azure"]
    assert sorted(own) == sorted(made), "every object of the installation exists"
    for arm_id in reversed(made):
        plane.delete(arm_id)
    assert not store.objects(), "deleting in reverse order meets no law and leaves nothing"
    store.close()


def test_no_module_of_laws_is_forgotten() -> None:
    modules = {name: import_module(f"emulator.laws.{name}") for _, name, _ in pkgutil.iter_modules(laws.__path__)}
    holders = {name for name, module in modules.items() if hasattr(module, "CHECK") or hasattr(module, "STATE")}
    assert {*laws.SUBJECTS, "generic"} == holders, "laws of a module not listed in emulator/laws/__init__.py never run"


def test_every_law_belongs_to_a_type_with_facts() -> None:
    assert set(LAWS) - {ANY_TYPE} <= set(TABLE), "a law for a type without facts would never be asked"
    assert set(LAWS) == set(CHECK_LAWS) | set(STATE_LAWS), "the table of all laws is the two others together"
