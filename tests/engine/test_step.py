"""How progress is told."""

from __future__ import annotations

from engine.step import Step, throttled


def test_a_step_says_what_how_far_how_long_and_how_long_it_takes() -> None:
    step = Step(title="building", detail="package/one", fraction=0.25, elapsed=75, expected=300)
    assert str(step) == "building, 25%, 1 min 15 s of about 5 min 00 s: package/one"
    assert str(Step(title="asking")) == "asking"


def test_a_log_gets_the_first_step_of_each_title_and_not_a_thousand_packages() -> None:
    told: list[str] = []
    report = throttled(lambda step: told.append(str(step)), seconds=60)
    for title in ("downloading", "building"):
        for part in range(100):
            report(Step(title=title, detail=str(part)))
    assert told == ["downloading: 0", "building: 0"]
