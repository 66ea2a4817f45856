"""When an application counts as well."""

from __future__ import annotations

import pytest

from stacks.cloud.rule import judge


@pytest.mark.parametrize(
    "body",
    ['{"status": "UP"}', '{"status": "ok"}', '{"status": "Healthy"}', '{"success": true}', '{"status": true}',
     "pong", "", '"pong"', "<html>"],
)  # fmt: skip
def test_a_healthy_answer_is_recognised(body: str) -> None:
    assert judge(200, body)[0], f"200 with {body!r} is a healthy answer by the platform's rule"


@pytest.mark.parametrize("body", ['{"status": "DOWN"}', '{"success": false}', '{"status": false}', "{}", '{"up": 1}'])
def test_an_answer_that_says_otherwise_is_not_healthy(body: str) -> None:
    assert not judge(200, body)[0]


@pytest.mark.parametrize("status", [201, 204, 302, 401, 403, 404, 500, 503])
def test_only_status_200_is_healthy(status: int) -> None:
    assert judge(status, '{"status": "UP"}') == (False, f"HTTP {status}")


def test_the_body_is_not_repeated() -> None:
    ok, said = judge(200, '{"status": "DOWN", "password": "hunter2"}')
    assert not ok
    assert "hunter2" not in said
    assert len(judge(200, f'{{"status": "{"x" * 500}"}}')[1]) < 100
