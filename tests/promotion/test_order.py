"""dev → test → prod, and which stack that is."""

from pathlib import Path

import pytest

from promotion import gates, order
from support.console import Console
from support.errors import Exit, OperationError
from tests.promotion.cases import Case


def files(root: Path, **environments: str) -> Path:
    """Stack files that say nothing but where on the way they are."""
    for stack, written in environments.items():
        environment, _, service = written.partition("@")
        text = f"{{environment: {environment}, serviceName: {service or 'aifabrix'}}}"
        (root / f"Pulumi.{stack}.yaml").write_text(f"config:\n  aifabrix:platform:\n    installation: {text}\n")
    return root


def test_each_environment_takes_releases_from_the_one_before() -> None:
    assert [order.predecessor(stack) for stack in ("dev", "test", "prod")] == [None, "dev", "test"]


def test_an_installation_without_test_goes_from_dev_to_prod(tmp_path) -> None:
    assert order.predecessors("live", files(tmp_path, play="dev", live="pro")) == ("play",)


def test_several_stacks_of_an_environment_are_all_predecessors(tmp_path) -> None:
    root = files(tmp_path, east="tst", west="tst", d="dev", live="pro")
    assert order.predecessors("live", root) == ("east", "west")
    assert order.predecessor("live", root) == "east"


def test_another_installation_is_no_predecessor(tmp_path) -> None:
    assert order.predecessors("live", files(tmp_path, d="dev", other="tst@another", live="pro")) == ("d",)


def test_a_stack_file_that_is_wrong_elsewhere_keeps_its_place(tmp_path) -> None:
    root = files(tmp_path, t="tst", live="pro")
    (root / "Pulumi.t.yaml").write_text((root / "Pulumi.t.yaml").read_text() + "    size: [nonsense\n")
    (root / "Pulumi.odd.yaml").write_text("- not a mapping\n")
    assert [stop.stack for stop in order.path(files(root, t="tst"))] == ["t", "live"]


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("dev", "prod", "`./fabrix promote dev test`, then `./fabrix promote test prod`"),
        ("prod", "test", "`./fabrix promote dev test`"),
        ("test", "dev", "where releases begin"),
        ("prod", "prod", "onto itself"),
    ],
)
def test_what_is_out_of_order_is_refused_with_the_order_that_is_right(case: Case, source, target, said) -> None:
    with pytest.raises(OperationError) as refused:
        order.require_order(case.session(source), case.session(target))
    assert refused.value.code is Exit.REFUSED
    assert said in str(refused.value), "a refusal says what to do instead"


@pytest.mark.parametrize(("source", "target"), [("dev", "test"), ("test", "prod")])
def test_what_is_in_order_passes(case: Case, source, target) -> None:
    assert not order.require_order(case.session(source), case.session(target)).stops


def test_the_gate_reports_what_was_judged_before_the_lock(case: Case) -> None:
    verdict = order.require_order(case.session("test"), case.session("prod"))
    candidate = case.candidate(source="dev", order=verdict)
    assert gates.evaluate_gates(candidate, Console(as_json=True), only={"order"})[0].reason == verdict.reason
