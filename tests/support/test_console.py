"""Text of commands."""

from support.console import shortened


def test_a_few_names_are_listed_and_the_rest_is_counted() -> None:
    assert shortened(["a", "b"], 2) == "a, b"
    assert shortened(["a", "b", "c", "d"], 2, "; ") == "a; b and 2 more"
    assert shortened([], 2) == ""
