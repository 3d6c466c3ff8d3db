"""Names written by habit, and what was meant by them."""

from reviewer.analysis.meant_names import foreign_method, lacks, meant_method, suggestion


def test_a_habit_of_another_language_is_known_for_what_it_means() -> None:
    assert suggestion("json", "parse", frozenset()) == "; `json.loads` was meant?"


def test_a_name_much_like_one_that_is_there_is_taken_for_it() -> None:
    assert suggestion("shop", "totall", frozenset({"total", "price"})) == "; `total` was meant?"
    assert suggestion("shop", "weather", frozenset({"total", "price"})) == ""


def test_what_is_lacking_is_said_with_what_was_meant() -> None:
    assert lacks("math", "round", {}) == "`math` has no `round`; `round` was meant?"


def test_some_methods_are_foreign_on_known_types_only() -> None:
    assert foreign_method("toLowerCase") == "lower()"
    assert foreign_method("push") is None
    assert meant_method("push") == "append()"
