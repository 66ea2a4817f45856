"""Children of one resource are written in the order, and as many at a time, as Azure takes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from components.bootstrap.bootstrap import Bootstrap
from components.platform import Platform
from components.shared.order import ENDPOINT, EVERY, ORDERS, Step, Writers
from settings import bootstrap, load

ROOT = Path(__file__).parents[2]

NAMED = {
    "storage:StorageAccount": "accountName",
    "dbforpostgresql:Server": "serverName",
    "redisenterprise:RedisEnterprise": "clusterName",
    "keyvault:Vault": "vaultName",
    "web:WebApp": "name",
    "monitor:PrivateLinkScope": "scopeName",
}
"""Type → the input that names it, in itself and in its children."""


def _builds() -> dict[str, Callable[[], Any]]:
    stacks: dict[str, Callable[[], Any]] = {
        name: (lambda name=name: Platform.of(load.stack(ROOT, name))) for name in load.stacks(ROOT)
    }
    return {**stacks, "bootstrap": lambda: Bootstrap.of(bootstrap.load(ROOT, "bootstrap/Pulumi.bootstrap.yaml"))}


class Graph:
    """What a program would make, and what each resource waits for."""

    def __init__(self, resources: Sequence[Any]) -> None:
        self.resources = {f"{each.type} {each.name}": each for each in resources}
        self._closure: dict[str, frozenset[str]] = {}

    def before(self, label: str) -> frozenset[str]:
        """Everything that must exist before the resource ``label``."""
        if label not in self._closure:
            direct = self.resources[label].depends_on & self.resources.keys()
            self._closure[label] = frozenset(direct).union(*(self.before(each) for each in direct))
        return self._closure[label]

    def writers(self, kind: str, name: str) -> list[str]:
        """The labels of everything that writes to the resource ``name`` of type ``kind``, first come first."""
        module = kind.partition(":")[0]
        found = [
            label
            for label, each in self.resources.items()
            if (each.type.startswith(f"{module}:") and each.type != kind and each.inputs.get(NAMED[kind]) == name)
            or (each.type == ENDPOINT and _target(each).endswith(f"/{name}"))
        ]
        return sorted(found, key=lambda label: len(self.before(label)))

    def width(self, labels: Sequence[str]) -> int:
        """How many of ``labels`` can be written at once: the fewest chains that hold them all (Dilworth)."""
        follower: dict[str, str] = {}

        def chained(label: str, seen: set[str]) -> bool:
            for later in labels:
                if label in self.before(later) and later not in seen:
                    seen.add(later)
                    if later not in follower or chained(follower[later], seen):
                        follower[later] = label
                        return True
            return False

        return len(labels) - sum(chained(label, set()) for label in labels)


def _target(endpoint: Any) -> str:
    return str(endpoint.inputs["privateLinkServiceConnections"][0]["privateLinkServiceId"])


@pytest.fixture(scope="module", params=_builds())
def graph(request: pytest.FixtureRequest, plan: Any) -> Graph:
    """The graph of each stack that ships, and of the bootstrap."""
    return Graph(plan(_builds()[request.param], preview=True).resources)


def _by_step(graph: Graph, kind: str, writers: Sequence[str]) -> list[tuple[Step, list[str]]]:
    """Writers in the step that each belongs to; fails when one comes too late or has no place in the table."""
    steps = ORDERS[kind].steps
    found: list[tuple[Step, list[str]]] = [(step, []) for step in steps]
    current = 0
    for label in writers:
        of = graph.resources[label].type
        places = [index for index in range(current, len(steps)) if of in steps[index].types]
        assert places, f"{label} has no place in the order of {kind} after {writers[: writers.index(label)]}"
        current = places[0]
        found[current][1].append(label)
    return [(step, labels) for step, labels in found if labels]


def _parents(graph: Graph) -> list[tuple[str, str]]:
    return [(each.type, each.inputs[NAMED[each.type]]) for each in graph.resources.values() if each.type in ORDERS]


def test_there_are_parents_and_children_to_look_at(graph: Graph) -> None:
    assert all(graph.writers(kind, name) for kind, name in _parents(graph))
    assert {"storage:StorageAccount", "keyvault:Vault"} <= {kind for kind, _ in _parents(graph)}


def test_no_child_is_written_while_an_earlier_one_still_is(graph: Graph) -> None:
    for kind, name in _parents(graph):
        done: list[str] = []
        for _, labels in _by_step(graph, kind, graph.writers(kind, name)):
            for label in labels:
                missing = set(done) - graph.before(label)
                assert not missing, f"{label} may run beside {sorted(missing)}: {ORDERS[kind].source}"
            done += labels


def test_no_more_are_written_at_once_than_the_resource_takes_and_no_fewer(graph: Graph) -> None:
    for kind, name in _parents(graph):
        for step, labels in _by_step(graph, kind, graph.writers(kind, name)):
            assert graph.width(labels) == min(step.at_once, len(labels)), f"{step.types} of {name}"


def test_every_target_of_an_endpoint_with_other_writers_has_an_order(graph: Graph) -> None:
    ordered = {name for _, name in _parents(graph)}
    targets = {_target(each).rpartition("/")[2] for each in graph.resources.values() if each.type == ENDPOINT}
    registries = {e.inputs["registryName"] for e in graph.resources.values() if e.type == "containerregistry:Registry"}
    assert targets - ordered <= registries, "only a registry has no child that is written"


def test_a_writer_out_of_turn_is_refused() -> None:
    writers = Writers("keyvault:Vault")
    writers.next("keyvault:Secret")
    with pytest.raises(ValueError, match=r"network:PrivateEndpoint has no place after .* keyvault:Vault"):
        writers.next(ENDPOINT)
    with pytest.raises(ValueError, match="keyvault:Certificate has no place"):
        writers.next("keyvault:Certificate")


def test_every_row_says_where_it_is_from() -> None:
    assert all(len(order.source) > 20 for order in ORDERS.values())
    assert all(1 <= step.at_once <= EVERY for order in ORDERS.values() for step in order.steps)
    assert NAMED.keys() == ORDERS.keys()
