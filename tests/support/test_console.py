"""Text of commands."""

from support.console import some


def test_a_few_names_are_listed_and_the_rest_is_counted() -> None:
    assert some(["a", "b"], 2) == "a, b"
    assert some(["a", "b", "c", "d"], 2, "; ") == "a; b and 2 more"
    assert some([], 2) == ""
