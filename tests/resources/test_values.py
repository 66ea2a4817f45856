"""Three-valued reading: what is not known yet is never taken for set or unset."""

from __future__ import annotations

import pytest

from resources.values import (
    ABSENT,
    SECRET,
    UNKNOWN,
    all_of,
    any_of,
    at_least,
    at_most,
    entries,
    equals,
    every,
    find,
    get,
    items,
    matches,
    negate,
    one_of,
    present,
    some,
    strings,
    text,
)

PROPS = {"a": {"b": [{"c": 1}, {"c": UNKNOWN}, None], "null": None, "later": UNKNOWN}, "s": SECRET}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a.b[0].c", 1),
        ("a.b[1].c", UNKNOWN),
        ("a.b[7].c", ABSENT),
        ("a.null", ABSENT),
        ("a.null.deeper", ABSENT),
        ("a.later.deeper", UNKNOWN),
        ("s", SECRET),
        ("s.deeper", SECRET),
        ("a.b.c", ABSENT),
    ],
)
def test_a_path_gives_the_value_or_says_that_it_is_absent_or_not_known(path: str, value: object) -> None:
    assert get(PROPS, path) is value or get(PROPS, path) == value


def test_azures_default_stands_in_for_what_is_absent_but_not_for_what_is_unknown() -> None:
    assert get(PROPS, "a.null", "Enabled") == "Enabled"
    assert get(PROPS, "a.later", "Enabled") is UNKNOWN


def test_a_path_through_lists_gives_every_value_with_its_own_path() -> None:
    assert list(find(PROPS, "a.b[].c")) == [("a.b[0].c", 1), ("a.b[1].c", UNKNOWN)]
    assert list(find(PROPS, "a.later[].c")) == [("a.later", UNKNOWN)]
    assert list(find(PROPS, "nothing[].c")) == []


def test_an_unknown_value_taken_for_true_or_false_is_an_error() -> None:
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(UNKNOWN)
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(SECRET)
    assert not ABSENT


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (equals("TLS1_2", "tls1_2"), True),
        (equals(UNKNOWN, "x"), None),
        (equals(SECRET, "x"), None),
        (equals(ABSENT, "x"), False),
        (equals(1, True), False),
        (equals("", False), False),
        (one_of("b", ["a", "B"]), True),
        (one_of(UNKNOWN, ["a"]), None),
        (one_of(ABSENT, ["a"]), False),
        (present(ABSENT), False),
        (present([]), False),
        (present(""), False),
        (present(0), True),
        (present(False), True),
        (present(SECRET), True),
        (present(UNKNOWN), None),
        (at_least(7, 7), True),
        (at_least(6.5, 7), False),
        (at_least("35", 7), True),
        (at_least(ABSENT, 7), False),
        (at_least(True, 1), False),
        (at_least(UNKNOWN, 7), None),
        (at_most(7, 7), True),
        (at_most(8, 7), False),
        (matches("abc", lambda text: text.startswith("a")), True),
        (matches(ABSENT, lambda _: True), False),
        (matches(UNKNOWN, lambda _: True), None),
        (negate(None), None),
        (negate(True), False),
        (all_of(), True),
        (all_of(True, None), None),
        (all_of(None, False), False),
        (any_of(), False),
        (any_of(False, None), None),
        (any_of(None, True), True),
        (every(ABSENT, lambda _: False), True),
        (every(UNKNOWN, lambda _: False), None),
        (every([1, UNKNOWN], lambda each: each == 1), None),
        (every([2, UNKNOWN], lambda each: each == 1), False),
        (some(ABSENT, lambda _: True), False),
        (some([1, UNKNOWN], lambda each: each == 1), True),
        (some([2, UNKNOWN], lambda each: each == 1), None),
    ],
)
def test_a_question_is_answered_yes_no_or_not_yet(answer: bool | None, expected: bool | None) -> None:
    assert answer is expected


def test_a_list_is_a_list_however_it_is_written() -> None:
    assert items({"x": "one"}, "x") == ["one"]
    assert items({}, "x") == []
    assert items({"x": UNKNOWN}, "x") is UNKNOWN


def test_a_text_or_an_entry_that_is_not_known_is_none_here() -> None:
    assert text({"a": {"b": "c"}}, "a.b") == "c"
    assert [text(PROPS, path) for path in ("a.b", "a.later", "s", "nowhere")] == [None] * 4
    assert entries(PROPS, "a.b") == [{"c": 1}, {"c": UNKNOWN}, None]
    assert [entries(PROPS, path) for path in ("a.later", "s", "nowhere", "a")] == [[]] * 4


def test_texts_are_found_wherever_they_are() -> None:
    nested = {"a": ["x", {"b": "y"}], "c": UNKNOWN, "d": SECRET, "e": 1}
    assert dict(strings(nested)) == {"a[0]": "x", "a[1].b": "y"}
