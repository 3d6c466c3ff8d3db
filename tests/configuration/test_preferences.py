import pytest

from reviewer.configuration.preferences import (
    AS_SHIPPED,
    CONTEXTS,
    WHOLE_FILES,
    KeyChoice,
    Layout,
    Order,
    Tree,
    meant,
    preferences_from,
    written,
)


def test_what_is_not_said_is_as_shipped() -> None:
    assert preferences_from({}) == AS_SHIPPED
    assert AS_SHIPPED.context == CONTEXTS[0]


def test_a_table_becomes_a_value() -> None:
    read = preferences_from({"layout": "split", "context": WHOLE_FILES, "tree": "off", "order": "risk-first"})

    assert (read.layout, read.context, read.tree, read.order) == (
        Layout.SPLIT, WHOLE_FILES, Tree.OFF, Order.RISK_FIRST,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("mouse", "Off", False), ("wrap", "yes", True), ("wrap", True, True), ("mouse", "perhaps", "perhaps"),
        ("tree", True, "on"), ("tree", "no", "off"), ("tree", "auto", "auto"),
        ("context", "whole", WHOLE_FILES), ("context", "30", 30), ("context", "9" * 99, "9" * 99),
        ("theme", "on", "on"), ("tree", {}, {}), ("mouse", [], []), ("context", True, True),
    ],
)  # fmt: skip
def test_words_mean_what_people_write_them_for(name: str, value: object, expected: object) -> None:
    assert meant(name, value) == expected


def test_a_value_is_shown_as_one_would_write_it() -> None:
    assert [written("context", WHOLE_FILES), written("layout", Layout.SPLIT), written("mouse", False)] == [
        "whole", "split", False,
    ]  # fmt: skip


def test_a_preset_and_keys_lie_on_each_other() -> None:
    weightier = KeyChoice(None, {"mark": ("a",)})

    assert weightier.over(KeyChoice("plain", {"mark": ("b",), "undo": ()})) == KeyChoice(
        "plain", {"mark": ("a",), "undo": ()}
    )
